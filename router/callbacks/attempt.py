"""A try to call somebody back, as a pure function of the channel events of the operator's call.

Each event arrives twice, over AMI and in the CEL file; the first to come counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from siaga.names import Milestone

if TYPE_CHECKING:
    from datetime import datetime

    from router.calls.events import CelEvent

ASK_S: Final = 4
"""Seconds that an operator waits for the router's answer."""
RING_S: Final = 45
"""Seconds that a caller is rung."""
RANG_S: Final = 15
"""An operator who hangs up after so many seconds of ringing has tried; earlier, he has not."""


class TryResult(StrEnum):
    """What became of a try; a closed list."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    """Rang for its time, or was busy or declined."""
    UNAVAILABLE = "unavailable"
    """The network, or the trunk, could not put it through."""
    GIVEN_UP = "given_up"
    """The operator hung up before it had rung for long: does not count."""
    NOT_DIALLED = "not_dialled"
    """The operator had hung up by then, or the number came too late: does not count."""
    UNKNOWN = "unknown"
    """Nothing tells: does not count."""


@dataclass(frozen=True, slots=True)
class Try:
    """A try, times in UTC.

    Attributes:
        node, call: id of the operator's call.
        handset: extension that it was made from.
        asked: when the operator asked whom to call back.
        dialled: when the number was dialled; None: it was not.
        status: dial status, when the operator heard the end of it.
        answered: when the caller answered.
        ended: when the operator's call was over.
        over: whether nothing more will come.
        recording: path below the recordings folder.
    """

    node: str
    call: str
    handset: str
    asked: datetime
    dialled: datetime | None = None
    status: str = ""
    answered: datetime | None = None
    ended: datetime | None = None
    over: bool = False
    recording: str | None = None

    @property
    def result(self) -> TryResult | None:
        """What became of it; None while it lasts."""
        if self.answered is not None:
            return TryResult.ANSWERED
        if self.status:
            return _STATUS.get(self.status) or self._left()
        return self._left() if self.over else None

    def _left(self) -> TryResult:
        if self.dialled is None:
            return TryResult.NOT_DIALLED
        rang = self.ended is not None and (self.ended - self.dialled).total_seconds() >= RANG_S
        return TryResult.NO_ANSWER if rang else TryResult.GIVEN_UP


_STATUS: Final = {
    "NOANSWER": TryResult.NO_ANSWER,
    "BUSY": TryResult.NO_ANSWER,
    "CHANUNAVAIL": TryResult.UNAVAILABLE,
    "CONGESTION": TryResult.UNAVAILABLE,
}
"""Dial status by which nobody answered; after any other the operator left."""


def begins(event: CelEvent) -> bool:
    """Whether an operator asks for somebody to call back."""
    return event.kind == Milestone.CALLBACK_ASKED and event.unique == event.linked


def begin(event: CelEvent, node: str) -> Try:
    """The try that begins with this event."""
    handset = event.channel.partition("/")[2].rpartition("-")[0]
    return Try(node, event.linked, handset, event.time)


def ends(event: CelEvent) -> bool:
    """Whether nothing of the operator's call comes after it."""
    return event.kind == "LINKEDID_END"


def step(attempt: Try, event: CelEvent) -> Try:
    """The try after ``event``."""
    kind = event.kind
    if kind == Milestone.CALLBACK_DIALLED and attempt.dialled is None:
        recording = [*event.milestone(), ""][1]
        return replace(attempt, dialled=event.time, recording=recording or None)
    if kind == "BRIDGE_ENTER" and attempt.dialled is not None and attempt.answered is None:
        return replace(attempt, answered=event.time)
    if kind == Milestone.CALLBACK_ENDED and not attempt.status:
        return replace(attempt, status=[*event.milestone(), ""][1], ended=event.time)
    if kind == "HANGUP" and event.unique == event.linked and attempt.ended is None:
        return replace(attempt, ended=event.time)
    if ends(event):
        return replace(attempt, ended=attempt.ended or event.time, over=True)
    return attempt
