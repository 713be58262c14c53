"""A call as far as its events tell, and what its handlers have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.changes import changed

if TYPE_CHECKING:
    from datetime import datetime

    from router.calls.events import CelEvent
    from router.calls.record import CallRecord, StepResult

MAX_INSIDE: Final = 40
"""Channels of one call that are remembered to be in a bridge."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A channel in a bridge; ``data`` are the arguments of what it runs, ``room``: a conference."""

    bridge: str
    channel: str
    data: str
    room: bool = False


@dataclass(frozen=True, slots=True)
class Seat:
    """What leads a handset into a room: ``channel``.

    ``handset`` is the channel that is led now; empty: it rings still.
    """

    channel: str
    handset: str


@dataclass(frozen=True, slots=True)
class CallState:
    """A call as far as its events tell.

    Attributes:
        record: what is known.
        channel: name of the caller's channel, ``unique`` its id.
        emergency_call: whether this is a call to 112, not one between handsets.
        up: whether the centre has taken the call. An ``ANSWER`` does not say so: it comes also when
            the caller's CANCEL is already on its way.
        refused: whether there was no room for it.
        post: of the step that rings, when it rings one post of its agency; else empty.
        moved: whether it was sent to another agency after a human had answered.
        inside: the channels that are in a bridge now.
        seats: what leads handsets into the room that others have put in their own place.
        alone: when the caller left the others, unless he has gone on to somebody since.
        referred: when a handset sent the caller on, until he is with somebody or rings elsewhere.
        hung_up: when the caller's channel ended, and ``by``, the channel that asked for it.
    """

    record: CallRecord
    channel: str
    unique: str
    emergency_call: bool = False
    up: bool = False
    refused: bool = False
    post: str = ""
    moved: bool = False
    inside: tuple[Inside, ...] = ()
    seats: tuple[Seat, ...] = ()
    alone: datetime | None = None
    referred: datetime | None = None
    hung_up: datetime | None = None
    by: str = ""

    @property
    def in_room(self) -> bool:
        """Whether the caller is in the room of his call now."""
        return self.is_inside(self.channel)

    def is_inside(self, channel: str) -> bool:
        """Whether a channel is in the room of the call now."""
        return any(one.channel == channel and one.room for one in self.inside)


def amend(state: CallState, **changes: object) -> CallState:
    """The state with these fields of its record changed."""
    return changed(state, record=changed(state.record, **changes))  # type: ignore[arg-type]


def is_caller(state: CallState, event: CelEvent) -> bool:
    """Whether an event is of the caller's own channel."""
    return event.unique == state.unique


def close_step(state: CallState, at: datetime, result: StepResult) -> CallState:
    """End the step that still rings, if any."""
    steps = state.record.steps
    if not steps or steps[-1].left is not None:
        return state
    closed = changed(steps[-1], left=max(at, steps[-1].entered), result=result)
    return amend(state, steps=(*steps[:-1], closed))
