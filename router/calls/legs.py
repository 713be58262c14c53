"""The legs of a call: who was rung into it, who talked with the caller, from when to when.

Pure functions over the legs known so far. What comes twice, or for a leg that is over, changes
nothing; of two ends of a leg the first counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.calls.record import Leg, LegEnd, LegKind
from siaga.changes import changed
from siaga.names import HANDSET_STEP

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.calls.record import CallRecord

    Legs = tuple[Leg, ...]

MAX_LEGS: Final = 50
"""Legs kept of one call; the newest then takes the place of the one before."""

BRIDGED: Final = (LegKind.ROUTE, LegKind.REFERRED)
"""Legs whose handset is in one bridge with the caller, unless their dialplan tells of them."""

_KINDS: Final = {kind.value: kind for kind in LegKind}
_ENDS: Final = {
    "HANDSET": LegEnd.HUNG_UP,
    "CENTRE": LegEnd.RELEASED,
    "CANCELLED": LegEnd.CANCELLED,
    "TIMEOUT": LegEnd.NO_ANSWER,
    "NOANSWER": LegEnd.NO_ANSWER,
    "BUSY": LegEnd.NO_ANSWER,
}
"""By the words of the dialplan, of the queue and of the dial; any other means unavailable."""
_OF_HANDSETS: Final = (LegEnd.HUNG_UP, LegEnd.RELEASED)


def _begun(legs: Legs, leg: Leg) -> Legs:
    if any(known.id == leg.id and known.left is None for known in legs):
        return legs
    return (*legs[: MAX_LEGS - 1], leg)


def _changed(legs: Legs, leg_id: str, change: Callable[[Leg], Leg]) -> Legs:
    return tuple(change(leg) if leg.id == leg_id and leg.left is None else leg for leg in legs)


def put_through(record: CallRecord, at: datetime, handset: str, channel: str) -> CallRecord:
    """The route's present step has led the caller to ``handset``, which talks with him."""
    step = record.steps[-1]
    kind = LegKind.REFERRED if step.kind == HANDSET_STEP else LegKind.ROUTE
    leg = Leg(channel, kind, step.agency, step.entered, handset, at, channel=channel)
    return changed(record, legs=_begun(record.legs, leg))


def referred(
    record: CallRecord, rung: datetime, at: datetime, handset: str, channel: str
) -> CallRecord:
    """Another handset has sent the caller to ``handset``, which talks with him: no step did.

    Whose it is only the plan knows; until it is asked, it counts as of whoever had the caller.
    """
    agency = record.legs[-1].agency if record.legs else record.steps[-1].agency
    leg = Leg(channel, LegKind.REFERRED, agency, rung, handset, at, channel=channel)
    return changed(record, legs=_begun(record.legs, leg))


def rung(record: CallRecord, at: datetime, fields: list[str], channel: str) -> CallRecord:
    """Somebody is being rung into the call; ``channel`` rings."""
    leg_id, kind, agency = [*fields, "", "", ""][:3]
    if kind not in _KINDS:
        return record
    leg = Leg(leg_id, _KINDS[kind], agency, at, channel=channel)
    return changed(record, legs=_begun(record.legs, leg))


def answered(record: CallRecord, fields: list[str], channel: str) -> CallRecord:
    """A handset has answered: ``channel`` is it from now on."""
    leg_id, handset = [*fields, "", ""][:2]
    legs = _changed(record.legs, leg_id, lambda leg: changed(leg, handset=handset, channel=channel))
    return changed(record, legs=legs)


def joined(record: CallRecord, at: datetime, leg_id: str) -> CallRecord:
    """Who was rung is together with the caller."""
    legs = _changed(record.legs, leg_id, lambda leg: changed(leg, joined=leg.joined or at))
    return changed(record, legs=legs)


def accepted(record: CallRecord, at: datetime, channel: str) -> CallRecord:
    """The officer on ``channel`` takes the call that was handed over to him; once is enough."""
    legs = tuple(
        changed(leg, accepted=at)
        if leg.channel == channel
        and leg.kind is LegKind.TRANSFER
        and leg.talks
        and not leg.accepted
        else leg
        for leg in record.legs
    )
    return changed(record, legs=legs)


def over(record: CallRecord, at: datetime, fields: list[str]) -> CallRecord:
    """A leg is over; the words of why are the dialplan's.

    Once a handset has answered, only what its own channel tells counts.
    """
    leg_id, words = (fields or [""])[0], fields[1:]
    how = next((_ENDS[word] for word in words if word in _ENDS), LegEnd.UNAVAILABLE)
    told_by_handset = how in _OF_HANDSETS

    def ended(leg: Leg) -> Leg:
        was_answered = leg.handset is not None
        return changed(leg, left=at, end=how) if was_answered is told_by_handset else leg

    legs = _changed(record.legs, leg_id, ended)
    return changed(record, legs=legs)


def hung_up(record: CallRecord, at: datetime, channel: str, by: str) -> CallRecord:
    """The channel that the caller was bridged with is gone; ``by`` is the channel that asked."""
    end = LegEnd.HUNG_UP if by == channel else LegEnd.RELEASED
    legs = tuple(
        changed(leg, left=at, end=end)
        if leg.channel == channel and leg.kind in BRIDGED and leg.left is None
        else leg
        for leg in record.legs
    )
    return changed(record, legs=legs)


def all_over(record: CallRecord, ended: datetime, alone: datetime | None) -> CallRecord:
    """The call has ended.

    Args:
        record: of the call.
        ended: when.
        alone: when the caller had left the others for good: what ended since did so with the call.
    """
    return changed(record, legs=tuple(_closed(leg, ended, alone) for leg in record.legs))


def _closed(leg: Leg, ended: datetime, alone: datetime | None) -> Leg:
    left = min(leg.left or ended, max(ended, leg.joined or leg.rung))
    with_call = leg.left is None or (
        leg.end in {LegEnd.RELEASED, LegEnd.CANCELLED} and alone is not None and left >= alone
    )
    return changed(leg, left=left, end=LegEnd.CALL_ENDED if with_call else leg.end)
