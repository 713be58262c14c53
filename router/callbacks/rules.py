"""Who is to be called back: decided from all that is known of a number, in whatever order it came.

A number has an open task if, and only if, it has a call that no human answered and that began after
the number was last settled: by a later call of it that was answered, by a call-back that was
answered, by hand, or by as many unanswered tries as the rule has.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from router.calls.record import ERASED, Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from router.calls.record import CallRecord

UNANSWERED: Final = frozenset(
    (Outcome.ABANDONED_MENU, Outcome.ABANDONED_RINGING, Outcome.REFUSED, Outcome.LOST)
)
"""Outcomes of calls that no human answered."""

CUT_OFF: Final = frozenset((Reason.RESTARTED, Reason.NODE_LOST))
"""Reasons that are ours: whoever was on the line then was cut off, also in the middle of a talk."""


class How(StrEnum):
    """How a task was closed; a closed list."""

    GOT_THROUGH = "got_through"
    """The caller called again, and a human answered."""
    REACHED = "reached"
    """He answered a call-back."""
    UNREACHED = "unreached"
    """As many tries as the rule has were not answered."""
    BY_HAND = "by_hand"
    STILL_UP = "still_up"
    """He was taken for cut off with his node, and was on the line all the time."""
    ERASED = "erased"
    """His number may no longer be kept."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A call that is over, as far as calling back hangs on it. Times in UTC.

    Attributes:
        node, call: of which record.
        at: when a human answered; of an unanswered call, when it began; of one that was cut off
            while a human had it, when it was.
        outcome: of the call.
        agency: who answered, or who rang last; None: nobody did.
        emergency, language: as chosen so far.
        reason: what of ours cut the call off, if anything did.
    """

    node: str
    call: str
    at: datetime
    outcome: Outcome
    agency: str | None
    emergency: str | None
    language: str | None
    reason: Reason | None = None

    @property
    def is_answered(self) -> bool:
        """Whether a human answered."""
        return self.outcome not in UNANSWERED


def contact_of(record: CallRecord) -> Contact | None:
    """What a record says; None: the call is up, is a test of our own, or its number is erased."""
    if record.outcome is None or record.is_test or record.caller == ERASED:
        return None
    cut = record.reason if record.reason in CUT_OFF else None
    talked = record.outcome not in UNANSWERED
    if cut is not None and talked:
        return _cut_off(record, cut)
    rang = record.steps[-1].agency if record.steps else None
    return Contact(
        record.node,
        record.id,
        (record.answered or record.began) if talked else record.began,
        record.outcome,
        record.answered_by if talked else rang,
        record.emergency,
        record.language,
        cut,
    )


def _cut_off(record: CallRecord, cut: Reason) -> Contact:
    """A talk that did not come to its end: for calling back it is as if nobody had answered."""
    return Contact(
        record.node,
        record.id,
        record.ended or record.answered or record.began,
        Outcome.LOST,
        record.answered_by,
        record.emergency,
        record.language,
        cut,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a number.

    Attributes:
        waiting: unanswered calls that nothing has settled, oldest first; none: nobody waits.
        through: the latest call that a human answered, if any.
    """

    waiting: tuple[Contact, ...]
    through: Contact | None


def standing(contacts: Iterable[Contact], settled: datetime | None) -> Standing:
    """How it stands with a number, whose calls are ``contacts`` in any order.

    Args:
        contacts: its calls.
        settled: until when call-backs, a person or the rule have settled it.
    """
    known = sorted(contacts, key=lambda contact: (contact.at, contact.node, contact.call))
    through = next((contact for contact in reversed(known) if contact.is_answered), None)
    ends = [settled, through.at if through is not None else None]
    until = max((at for at in ends if at is not None), default=None)
    waiting = (each for each in known if not each.is_answered)
    return Standing(tuple(each for each in waiting if until is None or each.at > until), through)
