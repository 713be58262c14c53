"""Health by part, of a snapshot: which parts are well, whether calls can be taken. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from router.alarms import RULES, Kind
from router.handsets import HandsetState
from router.watch.conditions import disk_is_low
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from router.alarms import Rule
    from router.watch.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Part:
    """How one part is.

    Attributes:
        name: of the part, stable for machines.
        ok: whether it is well.
        needed: whether calls cannot be taken as they should without it.
        found: what was seen.
        todo: what to do in Indonesian, ``todo_en`` in English; empty when it is well.
    """

    name: str
    ok: bool
    needed: bool
    found: str
    todo: str = ""
    todo_en: str = ""


def parts(now: Snapshot, alarms: Mapping[str, Any]) -> tuple[Part, ...]:
    """Every part.

    Args:
        now: the snapshot.
        alarms: health of the alarms, as their service tells it.
    """
    return (
        _part("asterisk", Kind.AMI_AWAY, now.ami, "AMI", needed=True),
        _part("menu", Kind.MENU_AWAY, now.menu is not False, "FastAGI", needed=True),
        Part(
            "prompts",
            now.prompts,
            needed=True,
            found="" if now.prompts else "tidak ada / missing",
            todo="" if now.prompts else f"Jalankan ulang {COMMAND} up: suara dibuat lagi.",
            todo_en="" if now.prompts else f"Restart {COMMAND} up: the prompts are made again.",
        ),
        _somebody(now),
        _part(
            "database",
            Kind.DATABASE_AWAY,
            now.database,
            f"{now.pending} catatan menunggu / records wait",
        ),
        *_agencies(now),
        *_trunks(now),
        _part("disk", Kind.DISK_LOW, not disk_is_low(now), f"{now.disk_free / 1e9:.1f} GB"),
        _canary(now),
        _receiver(alarms),
    )


def document(found: tuple[Part, ...]) -> dict[str, Any]:
    """For ``/readyz``: whether calls can be taken, and every part."""
    return {
        "ok": all(part.ok for part in found if part.needed),
        "parts": [asdict(part) for part in found],
    }


def _part(name: str, kind: Kind, ok: bool, found: str, *, needed: bool = False) -> Part:  # noqa: FBT001
    rule: Rule = RULES[kind]
    if ok:
        return Part(name, ok, needed, found)
    return Part(name, ok, needed, found, rule.todo, rule.todo_en)


def _somebody(now: Snapshot) -> Part:
    """Whether anybody's handset can be rung at all."""
    there = sum(now.present(agency) for agency in now.handsets)
    every = sum(len(phones) for phones in now.handsets.values())
    found = f"{there}/{every}"
    return _part("handsets", Kind.AGENCY_ABSENT, there > 0, found, needed=True)


def _agencies(now: Snapshot) -> Iterator[Part]:
    for agency, phones in now.handsets.items():
        there = now.present(agency)
        is_well = there > 0 or agency not in now.duty
        closed = "" if agency in now.duty else ", tutup / closed"
        found = f"{there}/{len(phones)}{closed}"
        yield _part(f"handsets-{agency}", Kind.AGENCY_ABSENT, is_well, found)


def _trunks(now: Snapshot) -> Iterator[Part]:
    for trunk, state in now.trunks.items():
        is_well = state is not HandsetState.UNAVAILABLE
        yield _part(f"trunk-{trunk}", Kind.TRUNK_DEAD, is_well, state.value)


def _canary(now: Snapshot) -> Part:
    if not now.trial_every:
        return Part("canary", ok=True, needed=False, found="tidak dipakai / not in use")
    failing = {way: trial for way, trial in now.trials.failing.items() if way in now.trials.wanted}
    last = now.trials.last
    if last is None:
        return Part("canary", ok=True, needed=False, found="belum ada / none yet")
    ago = f"{(now.at - last.at) / 60:.0f} menit lalu / minutes ago"
    if failing:
        way, trial = next(iter(failing.items()))
        return _part("canary", Kind.CANARY_FAILED, ok=False, found=f"{way}: {trial.wrong} ({ago})")
    return Part("canary", ok=True, needed=False, found=f"{len(now.trials.ways)} baik / well, {ago}")


def _receiver(alarms: Mapping[str, Any]) -> Part:
    """Whether anybody hears of alarms."""
    receiver, unheard = alarms["receiver"], alarms["unheard"]
    if receiver == "none":
        return Part(
            "alarms",
            ok=False,
            needed=False,
            found=f"tidak ada penerima / no receiver; {unheard} tak terdengar / unheard",
            todo=f"Alarm tidak sampai ke siapa pun: setel SIAGA_WEBHOOK, lalu {COMMAND} alarms "
            "--trial.",
            todo_en=f"Alarms reach nobody: set SIAGA_WEBHOOK, then {COMMAND} alarms --trial.",
        )
    if receiver == "failing" or unheard:
        return Part(
            "alarms",
            ok=False,
            needed=False,
            found=f"penerima menolak atau mati / receiver down; {unheard} tak terdengar / unheard",
            todo=f"Periksa penerima di SIAGA_WEBHOOK, lalu {COMMAND} alarms --trial.",
            todo_en=f"Check the receiver at SIAGA_WEBHOOK, then {COMMAND} alarms --trial.",
        )
    return Part("alarms", ok=True, needed=False, found=f"{alarms['raised']} berlaku / standing")
