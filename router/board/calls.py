"""A call of the board, of its record. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.board.model import Call, Flag, Party, Where
from router.calls.record import WATCH, Leg, LegKind
from siaga.names import SILENT_REASONS, STANDBY_TIERS, MenuReason
from siaga.plan.arrival import known_caller
from siaga.plan.trunks import trunk_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from router.calls.record import CallRecord, Step
    from siaga.plan import Plan

_HIDDEN: Final = frozenset(("", "anonymous", "unavailable", "restricted"))
_CHOICES: Final = {
    MenuReason.REPEAT: Flag.REPEAT,
    MenuReason.OVERLOAD: Flag.OVERLOAD,
    MenuReason.FLAGGED: Flag.PRANK,
    MenuReason.FLAGGED_SILENT: Flag.PRANK,
}


def call_of(record: CallRecord, plan: Plan, incident: int | None, node: str = "") -> Call:
    """What is shown of a call that is up.

    Args:
        record: its own, with the agency of each handset known.
        plan: that it began with.
        incident: that it tells of.
        node: that it is on, unless it is this one.
    """
    talking = tuple(_talking(leg) for leg in record.legs if leg.talks)
    ringing = tuple(_ringing(record, alone=not talking))
    where, since = _where(record, talking, ringing)
    hidden = record.caller.strip().lower() in _HIDDEN
    known = None if hidden else known_caller(plan, record.caller)
    return Call(
        id=record.id,
        caller="" if hidden else record.caller,
        name=None if known is None else known.name,
        began=record.began,
        where=where,
        since=since,
        trunk=trunk_of(plan, record.address),
        language=record.language,
        emergency=record.emergency,
        choice=record.choice,
        ringing=ringing,
        talking=talking,
        answered=record.answered,
        flags=tuple(_flags(record)),
        incident=incident,
        node=node,
    )


def _talking(leg: Leg) -> Party:
    return Party(leg.agency, leg.handset, leg.joined or leg.rung, leg.kind.value)


def _ringing(record: CallRecord, *, alone: bool) -> Iterator[Party]:
    """The route's step, and whoever is rung in beside; a step rings for nobody who has somebody."""
    step = _step(record)
    if alone and step is not None and step.kind != WATCH:
        yield Party(step.agency, None, step.entered, step.kind)
    for leg in record.legs:
        if leg.rings and leg.kind is not LegKind.ROUTE:
            yield Party(leg.agency, leg.handset, leg.rung, leg.kind.value)


def _step(record: CallRecord) -> Step | None:
    """The step that goes on."""
    last = record.steps[-1] if record.steps else None
    return last if last is not None and last.left is None else None


def _where(
    record: CallRecord, talking: tuple[Party, ...], ringing: tuple[Party, ...]
) -> tuple[Where, datetime]:
    if talking:
        return Where.TALKING, min(party.since for party in talking)
    if ringing:
        return Where.RINGING, min(party.since for party in ringing)
    step = _step(record)
    if step is not None:
        return Where.WATCHED, step.entered
    if not record.steps and record.choice is None:
        return Where.MENU, record.began
    left = [step.left for step in record.steps if step.left is not None]
    left += [leg.left for leg in record.legs if leg.left is not None]
    return Where.WAITING, max(left, default=record.began)


def _flags(record: CallRecord) -> Iterator[Flag]:
    if record.is_test:
        yield Flag.TEST
    silent = record.was_watched and not record.spoke_up
    if silent or record.choice in SILENT_REASONS:
        yield Flag.SILENT
    found = _CHOICES.get(record.choice) if record.choice is not None else None  # type: ignore[call-overload]
    if found is not None:
        yield found
    if record.tier in STANDBY_TIERS and not record.is_test:
        yield Flag.TIER
