"""What one call counts as: its one final class, its times, and where it is counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from router.calls.record import ERASED, CallRecord, Outcome, Source
from router.report.breakdowns import NOTHING, Beside, By, keys
from siaga.keys import CallClass
from siaga.names import MenuReason
from siaga.plan.arrival import MIN_DIGITS, digits_of
from siaga.plan.model import WAITS_S

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


class FinalClass(StrEnum):
    """What became of a call; each call has exactly one. An :class:`Outcome`, or not over yet."""

    ANSWERED = "answered"
    TRANSFERRED = "transferred"
    ABANDONED_MENU = "abandoned_menu"
    ABANDONED_RINGING = "abandoned_ringing"
    REFUSED = "refused"
    LOST = "lost"
    OPEN = "open"
    """The call is up as far as the database knows."""


LIMITS_S: Final = WAITS_S
"""Seconds within which a call is answered or left."""
WAIT_CAP: Final = 36_000
"""Tenths of a second; whoever waited longer than an hour is counted as an hour."""
_FLAGGED: Final = frozenset((MenuReason.FLAGGED, MenuReason.FLAGGED_SILENT))
ABANDONED: Final = frozenset((FinalClass.ABANDONED_MENU, FinalClass.ABANDONED_RINGING))


class Mark(StrEnum):
    """What else is counted of a call; a call may have several, or none."""

    SILENT = "silent"
    """Went through the menu and pressed nothing."""
    HIDDEN = "hidden"
    """Sent no number."""
    ERASED = "erased"
    """The number is no longer kept, so that nobody can tell whether it was hidden or a repeat."""
    REPEAT = "repeat"
    """The same number had called a short while ago, see :mod:`router.report.repeats`."""
    LOWER_TIER = "lower_tier"
    """The menu was led by tier 2 or 3."""
    BACKFILL = "backfill"
    """Something of the record had to be recovered."""
    FLAGGED = "flagged"
    """The number was flagged for pranks when it called."""
    FLAGGED_EMERGENCY = "flagged_emergency"
    """Of these: an officer said that it was an emergency."""
    WATCHED = "watched"
    """Nothing was heard of the caller, and an officer was freed of him."""
    SPOKE_UP = "spoke_up"
    """Of these: he was heard, or pressed a key, while he was watched."""
    OVERFLOW = "overflow"
    """Answered by another agency than the first of the emergency's chain in the plan."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is counted of one call.

    Attributes:
        final: its class.
        wait: tenths of a second from arrival to two-way talk, menu included, rounded up; None when
            nobody talked.
        within: the limits, in seconds, within which a human talked.
        left_before: those before which the caller left.
        marks: what else is counted of it.
        keys: where it is counted.
        given: what an officer said that it was; None: nobody did.
    """

    final: FinalClass
    wait: int | None
    within: tuple[int, ...]
    left_before: tuple[int, ...]
    marks: frozenset[Mark]
    keys: dict[By, str]
    given: CallClass | None = None


def facts(record: CallRecord, zone: tzinfo, beside: Beside = NOTHING) -> CallFacts:
    """What a call counts as.

    Args:
        record: of the call.
        zone: in whose time hours and days are counted.
        beside: what is known of it beside its record.
    """
    final = final_class(record)
    wait = None if record.answered is None else _ms(record.began, record.answered)
    left = None
    if final in ABANDONED and wait is None and record.ended is not None:
        left = _ms(record.began, record.ended)
    return CallFacts(
        final,
        None if wait is None else min(-(-wait // 100), WAIT_CAP),
        () if wait is None else tuple(limit for limit in LIMITS_S if wait <= limit * 1000),
        () if left is None else tuple(limit for limit in LIMITS_S if left < limit * 1000),
        frozenset(_marks(record, beside)),
        keys(record, zone, beside),
        beside.given,
    )


def final_class(record: CallRecord) -> FinalClass:
    """The one class of a call."""
    if record.ended is None or record.outcome is None:
        return FinalClass.OPEN
    return _CLASSES[record.outcome]


_CLASSES: Final = {outcome: FinalClass(outcome.value) for outcome in Outcome}


def is_hidden(caller: str) -> bool:
    """Whether the caller sent no number, as the plan judges it."""
    return caller != ERASED and len(digits_of(caller)) < MIN_DIGITS


def _marks(record: CallRecord, beside: Beside) -> list[Mark]:
    flagged, first = record.choice in _FLAGGED, beside.planned.first
    found = {
        Mark.SILENT: record.choice == MenuReason.NO_INPUT,
        Mark.HIDDEN: is_hidden(record.caller),
        Mark.ERASED: record.caller == ERASED,
        Mark.REPEAT: beside.repeat,
        Mark.LOWER_TIER: record.tier in (2, 3),
        Mark.BACKFILL: record.source is Source.BACKFILL,
        Mark.FLAGGED: flagged,
        Mark.FLAGGED_EMERGENCY: flagged and beside.given is CallClass.EMERGENCY,
        Mark.WATCHED: record.was_watched,
        Mark.SPOKE_UP: record.spoke_up,
        Mark.OVERFLOW: None not in (first, record.answered_by) and record.answered_by != first,
    }
    return [mark for mark, holds in found.items() if holds]


def _ms(begin: datetime, end: datetime) -> int:
    # A clock that was set back must not make a wait shorter than none.
    return max(0, round((end - begin).total_seconds() * 1000))
