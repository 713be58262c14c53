"""The call record: what is kept of a call for ever, and the words it is told in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from siaga.names import REFERRED, TEST_FOLDER

if TYPE_CHECKING:
    from datetime import datetime


ERASED: Final = "erased"
"""Stands in place of a caller's number once it may no longer be kept."""


class Outcome(StrEnum):
    """How a call went, seen from the caller; a closed list."""

    ANSWERED = "answered"
    """A human answered."""
    ABANDONED_MENU = "abandoned_menu"
    """The caller left before anybody was rung."""
    ABANDONED_RINGING = "abandoned_ringing"
    """The caller left while handsets rang."""
    TRANSFERRED = "transferred"
    """A human answered and sent the call to another agency, or to its handset by his own button."""
    REFUSED = "refused"
    """There was no room: not taken, and the network told so, that it may send it elsewhere."""
    LOST = "lost"
    """The system ended the call before a human answered, or nothing tells that one did. Must never
    occur; exists to be counted."""


class Reason(StrEnum):
    """Who or what ended a call."""

    CALLER_HUNG_UP = "caller_hung_up"
    HANDSET_HUNG_UP = "handset_hung_up"
    CANCELLED = "cancelled"
    """The caller gave up before the call was up."""
    REFUSED = "refused"
    """More calls at once than ``SIAGA_HARD_CALLS``."""
    SYSTEM = "system"
    """Neither side: the switch ended it."""
    RESTARTED = "restarted"
    """Asterisk ended or was restarted in the middle of the call."""
    NODE_LOST = "node_lost"
    """Its node is not heard of any more: nobody knows yet whether and when it ended."""
    UNKNOWN = "unknown"
    """The call is over, and nothing that is left tells when and why."""


class StepResult(StrEnum):
    """How a step of the route was left."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    """Rang for its whole time, or everybody declined."""
    UNAVAILABLE = "unavailable"
    """Nobody was logged in, or the number could not be reached."""
    ABANDONED = "abandoned"
    """The caller left."""
    TRANSFERRED = "transferred"
    """The call was sent elsewhere."""
    HEARD = "heard"
    """Of a step of kind :data:`WATCH`: a sound or a key of the caller's ended it. Such a step whose
    time was over is left as one that nobody answered."""


WATCH: Final = "watch"
"""Kind of the step in which a silent caller is watched and nobody is rung."""


class LegKind(StrEnum):
    """Why somebody was put through to the caller."""

    ROUTE = "route"
    """By the call's route."""
    ADD = "add"
    """An agency brought in beside whoever had the caller."""
    TRANSFER = "transfer"
    """An agency in place of whoever had the caller."""
    TAKE_OVER = "take_over"
    """A handset in place of another."""
    REFERRED = REFERRED
    """A handset that another one sent the caller on to by its own button."""


class LegEnd(StrEnum):
    """How a leg ended."""

    HUNG_UP = "hung_up"
    """Its own handset hung up."""
    RELEASED = "released"
    """The centre let it go: it left, was taken over from, or the call was sent on."""
    CALL_ENDED = "call_ended"
    """The call ended."""
    NO_ANSWER = "no_answer"
    """It was rung, and nobody answered."""
    UNAVAILABLE = "unavailable"
    """Nobody could be rung: not logged in, closed, not reached."""
    CANCELLED = "cancelled"
    """The ringing was given up by the centre."""


class Source(StrEnum):
    """How the record came to be."""

    LIVE = "live"
    """Every event was seen as it happened."""
    BACKFILL = "backfill"
    """At least one event was missed and came from the CEL file."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the route.

    Attributes:
        agency: who was rung; of a watch, who is rung after it.
        kind: ``post``, ``queue`` or ``pstn``; ``handset``: another one sent the caller on to it;
            or :data:`WATCH`.
        entered: when, in UTC.
        left: when it was left or answered; None while it rings.
        result: how; None while it rings.
    """

    agency: str
    kind: str
    entered: datetime
    left: datetime | None = None
    result: StepResult | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """Somebody whom the caller talks with, or who was rung in order to.

    Attributes:
        id: unique in the call.
        kind: why.
        agency: whose handset it is.
        rung: when it began to ring, in UTC.
        handset: its extension or number outside; None while nobody answered.
        joined: when it was together with the caller.
        accepted: when its officer pressed that he takes the call that was handed over to him.
        left: when it was over.
        end: how; None while it lasts.
        channel: Asterisk's name of it; to act on it, not to be shown.
    """

    id: str
    kind: LegKind
    agency: str
    rung: datetime
    handset: str | None = None
    joined: datetime | None = None
    left: datetime | None = None
    end: LegEnd | None = None
    channel: str = ""
    accepted: datetime | None = None

    @property
    def talks(self) -> bool:
        """Whether it is with the caller now."""
        return self.joined is not None and self.left is None

    @property
    def rings(self) -> bool:
        """Whether it is being rung."""
        return self.joined is None and self.left is None


@dataclass(frozen=True, slots=True)
class Recording:
    """The recording of a call, as filed.

    Attributes:
        path: below the recordings folder, by date.
        sha256: of the whole file, hex; None until the file is complete.
        duration_ms: length of the audio; None until the file is complete.
    """

    path: str
    sha256: str | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything known of one call. All times are aware, in UTC.

    Attributes:
        id: linkedid of the caller's channel; unique with ``node``.
        node: name of the Asterisk node.
        caller: number as the carrier sent it, ``anonymous`` or empty when hidden; hostile text.
        began: arrival at the centre.
        language: spoken to the caller, ``id`` or ``en``.
        emergency: what was chosen, or what the plan takes for callers who chose nothing.
        choice: why the menu ended, a value of ``siaga.names.MenuReason``; None while in it.
        tier: tier of the menu that led the call, 1 to 3.
        plan_version: plan in force at arrival.
        steps: of the route, in order.
        legs: whoever was put through to the caller, in order.
        answered_by: agency of the first human who answered.
        handset: their extension or PSTN number.
        answered: begin of two-way talk.
        ended: None while the call is up.
        outcome: None while the call is up.
        reason: who ended it; None while the call is up.
        recording: where the audio lies.
        source: whether anything of it had to be recovered.
        address: the carrier's that sent it; None: not told, or it came by no trunk.
    """

    id: str
    node: str
    caller: str
    began: datetime
    language: str | None = None
    emergency: str | None = None
    choice: str | None = None
    tier: int | None = None
    plan_version: str | None = None
    steps: tuple[Step, ...] = ()
    legs: tuple[Leg, ...] = ()
    answered_by: str | None = None
    handset: str | None = None
    answered: datetime | None = None
    ended: datetime | None = None
    outcome: Outcome | None = None
    reason: Reason | None = None
    recording: Recording | None = None
    source: Source = Source.LIVE
    address: str | None = None

    @property
    def was_watched(self) -> bool:
        """Whether an officer heard nothing of the caller and was freed of him."""
        return any(step.kind == WATCH for step in self.steps)

    @property
    def spoke_up(self) -> bool:
        """Whether he was heard while he was watched."""
        return any(step.result is StepResult.HEARD for step in self.steps)

    @property
    def is_test(self) -> bool:
        """Whether a test call of our own; known by its recording's folder, which we name."""
        path = self.recording.path if self.recording else ""
        return path.startswith(f"{TEST_FOLDER}/")

    @property
    def wait_ms(self) -> int | None:
        """From arrival to two-way talk, menu included, in ms; None when nobody answered."""
        return _ms(self.began, self.answered)

    @property
    def talk_ms(self) -> int | None:
        """From two-way talk to the end, in ms."""
        return _ms(self.answered, self.ended)


def _ms(begin: datetime | None, end: datetime | None) -> int | None:
    return None if begin is None or end is None else round((end - begin).total_seconds() * 1000)
