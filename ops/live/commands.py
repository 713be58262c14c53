"""The commands of ``siaga112 live``: each connects, changes one thing and says what came of it."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from ops.live import times
from ops.live.link import opened
from ops.live.words import sentence
from router.live import Item, NotSetError, TermsError
from router.live import hush as all_silenced
from router.live.proof import prover
from siaga.plan.arrival import digits_of, flag_of
from siaga.plan.live import Override

if TYPE_CHECKING:
    from collections.abc import Sequence

    from siaga.settings import Settings

MAX_NUMBER: Final = 40


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms an override is set.

    Attributes:
        for_: how long, like ``2h``. ``until``: or its end, like ``16:30``.
        why: the reason. ``by``: who; None: the user of this machine.
        force: although callers would be stranded.
    """

    for_: str | None
    until: str | None
    why: str
    by: str | None = None
    force: bool = False


def author(by: str | None) -> str:
    """Who gives a command: as told, as ``SIAGA_USER`` says, or the user of this machine."""
    if by:
        return by
    try:
        return os.environ.get("SIAGA_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


async def close(settings: Settings, agency: str, terms: Terms) -> str:
    """Have an agency not answer; gives what to print, as all of these do.

    Raises:
        LiveError: it cannot be set, or should not.
        MissingError: Asterisk does not run.
        AmiError: Asterisk does not do it.
    """
    return await _set(settings, Override.CLOSED, agency, terms)


async def open_(settings: Settings, agency: str, terms: Terms) -> str:
    """Have an agency answer whatever its hours and closures say."""
    return await _set(settings, Override.OPEN, agency, terms)


async def divert(settings: Settings, agency: str, to: str, terms: Terms) -> str:
    """Have another agency rung instead."""
    return await _set(settings, Override.DIVERT, agency, terms, to)


async def pause(settings: Settings, extension: str, terms: Terms) -> str:
    """Have queues not ring a handset."""
    return await _set(settings, Override.PAUSE, extension, terms)


async def announce(settings: Settings, name: str, terms: Terms) -> str:
    """Have an announcement of the plan said."""
    return await _set(settings, Override.ANNOUNCE, name, terms)


async def silence(settings: Settings, name: str, terms: Terms) -> str:
    """Have an announcement not said."""
    return await _set(settings, Override.SILENCE, name, terms)


async def hush(settings: Settings, terms: Terms) -> str:
    """Have no announcement said at all, whatever its dates say and whoever switched it on.

    Raises:
        NotSetError: the plan has none.
    """
    async with opened(settings) as (store, plan):
        zone = ZoneInfo(plan.centre.timezone)
        until = times.end(terms.for_, terms.until, datetime.now(UTC), zone)
        names, warnings = await all_silenced(
            store, until, reason=terms.why.strip(), by=author(terms.by)
        )
        end = until.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        return _told(
            f"Tidak ada pengumuman sampai {end} / no announcement until {end}: {', '.join(names)}",
            warnings,
        )


async def flag(settings: Settings, number: str, terms: Terms) -> str:
    """Have callers of a number warned, and ranked last; nobody is refused."""
    return await _set(settings, Override.FLAG, flag_of(digits_of(number[:MAX_NUMBER])), terms)


async def clear(settings: Settings, name: str, why: str, by: str | None = None) -> str:
    """End what is set, ``closed/damkar`` or, when that is the only one, ``damkar``.

    Raises:
        NotSetError: nothing of that name is set.
        TermsError: several are, or the reason cannot be taken.
    """
    async with opened(settings) as (store, plan):
        item = _find(await store.items(), name)
        warnings = await store.clear(item, reason=why, by=author(by))
        zone = ZoneInfo(plan.centre.timezone)
        return _told(f"Diakhiri / ended: {sentence(item, plan, zone)}", warnings)


async def _set(
    settings: Settings, override: Override, name: str, terms: Terms, target: str | None = None
) -> str:
    async with opened(settings, prover(settings)) as (store, plan):
        zone = ZoneInfo(plan.centre.timezone)
        now = datetime.now(UTC)
        until = times.end(terms.for_, terms.until, now, zone)
        item = Item(override, name, until, target, terms.why.strip(), author(terms.by), now)
        warnings = await store.set(item, force=terms.force)
        return _told(sentence(item, plan, zone), warnings)


def _find(items: Sequence[Item], name: str) -> Item:
    number = f"{Override.FLAG}/{flag_of(digits_of(name[:MAX_NUMBER]))}"
    found = [item for item in items if name in (item.key, item.name) or number == item.key]
    if not found:
        known = ", ".join(item.key for item in items) or "-"
        raise NotSetError(
            f"Tidak ada yang berlaku dengan nama itu. Yang berlaku: {known}\n"
            f"Nothing of that name is set. What is set: {known}"
        )
    if len(found) > 1:
        keys = ", ".join(item.key for item in found)
        raise TermsError(f"Yang mana? {keys}\nWhich one? {keys}")
    return found[0]


def _told(line: str, warnings: Sequence[str]) -> str:
    return "\n".join([line, *(f"! {warning}" for warning in warnings)])
