"""The switch for all announcements at once: none is said from now on, until a time.

One that was put in force by mistake, or that frightens people, is not looked for in a list first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.live.errors import NotSetError
from router.live.items import Item, live_at
from siaga.plan import calendar
from siaga.plan.live import Override

if TYPE_CHECKING:
    from datetime import datetime

    from router.live.store import LiveStore


async def hush(
    store: LiveStore, until: datetime, *, reason: str, by: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Silence every announcement of the plan, and end those that were switched on by hand.

    What is said now is silenced first. If Asterisk goes away in between, those that were done stay
    so, and the same once more does the rest.

    Args:
        store: of overrides.
        until: when dates count again.
        reason: why.
        by: who.

    Returns:
        The names, and warnings for who did it.

    Raises:
        NotSetError: there is no announcement at all.
        TermsError: end, reason or author cannot be taken; nothing was changed.
        AmiError: Asterisk does not do it.
    """
    plan, before = store.plan(), await store.items()
    now = store.now()
    said = calendar.announcement(plan, calendar.local(plan, now), live_at(before, now))
    names = sorted(plan.announcements, key=lambda name: name != said)
    by_hand = (item for item in before if item.override is Override.ANNOUNCE)
    foreign = [item for item in by_hand if item.name not in plan.announcements]
    if not names and not foreign:
        raise NotSetError("Rencana tidak punya pengumuman.\nThe plan has no announcements.")
    warnings: list[str] = []
    for name in names:
        item = Item(Override.SILENCE, name, until, None, reason, by)
        warnings += await store.silence(item)
    for item in foreign:
        warnings += await store.clear(item, reason=reason, by=by)
    return (*names, *(item.name for item in foreign)), tuple(dict.fromkeys(warnings))
