"""What lasts and is wrong, of a snapshot: the alarms that are no moments. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from router.alarms import Kind
from router.handsets import HandsetState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.watch.snapshot import Snapshot

Found: TypeAlias = "dict[tuple[Kind, str], str]"

DISK_SHARE: Final = 0.05
DISK_BYTES: Final = 2 << 30
"""About a day and a half of one line talking; of a small disk :data:`DISK_SHARE` counts."""
DAY_S: Final = 24 * 3600.0
MISSED: Final = 3
"""Test calls that may be missed before it is said that none are made."""


def found(now: Snapshot) -> Found:
    """Everything that is wrong: what was seen, by kind and subject."""
    return {(kind, subject): detail for kind, subject, detail in _wrong(now)}


def unknown(now: Snapshot) -> frozenset[Kind]:
    """Kinds of which nothing can be said now."""
    kinds = set[Kind]()
    if not now.ami or not now.handsets_known:
        kinds.add(Kind.AGENCY_ABSENT)
    if not now.ami or HandsetState.UNKNOWN in now.trunks.values():
        kinds.add(Kind.TRUNK_DEAD)
    if now.menu is None:
        kinds.add(Kind.MENU_AWAY)
    return frozenset(kinds)


def _wrong(now: Snapshot) -> Iterator[tuple[Kind, str, str]]:
    if not now.ami:
        yield Kind.AMI_AWAY, "", ""
    if now.menu is False:
        yield Kind.MENU_AWAY, "", ""
    if not now.database:
        yield Kind.DATABASE_AWAY, "", f"{now.pending} catatan menunggu / records wait"
    if disk_is_low(now):
        free = f"{now.disk_free / 1e9:.1f} GB bebas / free"
        yield Kind.DISK_LOW, "", f"{free}, {now.disk_free / max(now.disk_total, 1):.0%}"
    for channel, fault in sorted(now.stuck.items()):
        yield Kind.CHANNEL_STUCK, channel, fault
    for name, fault in sorted(now.hooks.items()):
        yield Kind.HOOK_FAILING, name, fault
    yield from _lines(now)
    yield from _trials(now)


def _lines(now: Snapshot) -> Iterator[tuple[Kind, str, str]]:
    """What is wrong with the telephones and the trunks."""
    if Kind.AGENCY_ABSENT not in unknown(now):
        for agency in sorted(now.duty & now.handsets.keys()):
            if not now.present(agency):
                yield Kind.AGENCY_ABSENT, agency, f"0/{len(now.handsets[agency])}"
    for trunk, state in sorted(now.trunks.items()):
        if state is HandsetState.UNAVAILABLE:
            yield Kind.TRUNK_DEAD, trunk, ""
    for trunk, figures in sorted(now.silent.items()):
        yield Kind.MENU_SILENT, trunk, figures


def disk_is_low(now: Snapshot) -> bool:
    """Whether recordings will soon find no room."""
    return now.disk_free < min(DISK_BYTES, now.disk_total * DISK_SHARE)


def _trials(now: Snapshot) -> Iterator[tuple[Kind, str, str]]:
    if not now.trial_every:
        return
    for way, trial in sorted(now.trials.failing.items()):
        if way in now.trials.wanted:
            yield Kind.CANARY_FAILED, way, trial.wrong
    limit = MISSED * now.trial_every
    last = now.trials.last
    silent_s = now.uptime if last is None else min(now.uptime, now.at - last.at)
    if silent_s > limit:
        yield Kind.CANARY_STALE, "", f"{silent_s / 60:.0f} menit / minutes"
    for way in now.trials.overdue(now.at, DAY_S):
        yield Kind.CANARY_STALE, way, ""
