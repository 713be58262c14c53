"""The call's record as a pure function of its channel events.

One small function an event, gathered in a table. Events that mean nothing to the record are not in
it. The fold never fails: what is missing stays unknown, what is hostile stays text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from router.calls import legs
from router.calls.address import sender
from router.calls.record import (
    WATCH,
    CallRecord,
    LegKind,
    Outcome,
    Reason,
    Recording,
    Step,
    StepResult,
)
from siaga.names import HANDSET_STEP, Context, Milestone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from router.calls.events import CelEvent

QUEUE: Final = "queue"
PSTN: Final = "pstn"
CONFERENCE: Final = "ConfBridge"
"""What a channel in a room runs."""

MAX_STEPS: Final = 200
"""Steps kept of one call. Whoever holds for hours goes round in the last resort; the newest step
then takes the place of the one before, and the CEL file alone has them all."""

_STATUS: Final = {
    "TIMEOUT": StepResult.NO_ANSWER,
    "NOANSWER": StepResult.NO_ANSWER,
    "BUSY": StepResult.NO_ANSWER,
    "FULL": StepResult.NO_ANSWER,
    "CONTINUE": StepResult.ANSWERED,
    "ANSWER": StepResult.ANSWERED,
    "HEARD": StepResult.HEARD,
    "HELD": StepResult.NO_ANSWER,
}
"""``QUEUESTATUS`` and ``DIALSTATUS`` with which a step may end, and how a watch may; any other
means unavailable."""


MAX_INSIDE: Final = 8
"""Channels of one call that are remembered to be in a bridge."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A channel in a bridge; ``data`` are the arguments of what it runs, ``room``: a conference."""

    bridge: str
    channel: str
    data: str
    room: bool = False


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
        moved: whether it was sent to another agency after a human had answered.
        inside: the channels that are in a bridge now.
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
    moved: bool = False
    inside: tuple[Inside, ...] = ()
    alone: datetime | None = None
    referred: datetime | None = None
    hung_up: datetime | None = None
    by: str = ""

    @property
    def in_room(self) -> bool:
        """Whether the caller is in the room of his call now."""
        return any(one.channel == self.channel and one.room for one in self.inside)


Handler: TypeAlias = "Callable[[CallState, CelEvent], CallState]"


def begin(event: CelEvent, node: str) -> CallState:
    """The state of a call whose first known event is ``event``."""
    mine = event.unique == event.linked
    return CallState(
        CallRecord(
            id=event.linked, node=node, caller=event.number if mine else "", began=event.time
        ),
        channel=event.channel if mine else "",
        unique=event.linked,
        emergency_call=event.context == Context.TRUNK,
    )


def step(state: CallState, event: CelEvent) -> CallState:
    """The state after ``event``."""
    handler = _HANDLERS.get(event.kind)
    return state if handler is None else handler(state, event)


def known(record: CallRecord, channel: str = "") -> CallState:
    """The state of a call of which a record is known and, so far, no event."""
    answered = record.answered
    return CallState(
        record,
        channel,
        unique=record.id,
        emergency_call=True,
        up=record.recording is not None or bool(record.steps),
        moved=answered is not None and (_rung_again(record, answered) or _sent_on(record)),
    )


def _rung_again(record: CallRecord, answered: datetime) -> bool:
    """Whether the caller was sent to others; to be watched and listened to again is not that."""
    others = (step for step in record.steps if step.kind != HANDSET_STEP)
    again = (step for step in others if step.entered > answered)
    first = next(again, None)
    return first is not None and first.kind != WATCH


def _sent_on(record: CallRecord) -> bool:
    return any(leg.kind is LegKind.TRANSFER and leg.joined for leg in record.legs)


def fold(events: Iterable[CelEvent], node: str, base: CallState | None = None) -> CallState:
    """The state after all ``events``, in the order in which they happened.

    Args:
        events: of one call.
        node: name of the Asterisk node.
        base: what is known from before the first of them, if that does not begin the call.

    Raises:
        ValueError: there is neither an event nor a base.
    """
    state = base
    for event in sorted(events, key=lambda event: event.order):
        state = step(begin(event, node) if state is None else state, event)
    if state is None:
        raise ValueError("a call has at least one event")
    return state


def _amend(state: CallState, **changes: object) -> CallState:
    return replace(state, record=replace(state.record, **changes))  # type: ignore[arg-type]


def _is_caller(state: CallState, event: CelEvent) -> bool:
    return event.unique == state.unique


def _close_step(state: CallState, at: datetime, result: StepResult) -> CallState:
    """End the step that still rings, if any."""
    steps = state.record.steps
    if not steps or steps[-1].left is not None:
        return state
    closed = replace(steps[-1], left=max(at, steps[-1].entered), result=result)
    return _amend(state, steps=(*steps[:-1], closed))


def _started(state: CallState, event: CelEvent) -> CallState:
    if not _is_caller(state, event):
        return state
    state = replace(state, channel=event.channel)
    return _amend(state, caller=event.number, began=event.time)


def _arrived(state: CallState, event: CelEvent) -> CallState:
    path, version, source = [*event.milestone(), "", ""][:3]
    address = sender(event.channel, path, source)
    state = replace(state, emergency_call=True, channel=event.channel, up=True)
    return _amend(state, recording=Recording(path), plan_version=version, address=address)


def _refused(state: CallState, _event: CelEvent) -> CallState:
    return replace(state, refused=True)


def _tier(state: CallState, event: CelEvent) -> CallState:
    number = event.detail("extra")
    return _amend(state, tier=int(number)) if number in {"1", "2", "3"} else state


def _chosen(state: CallState, event: CelEvent) -> CallState:
    emergency, language, choice, _tier_number = [*event.milestone(), "", "", ""][:4]
    return _amend(state, emergency=emergency, language=language, choice=choice)


def _entered(state: CallState, event: CelEvent) -> CallState:
    agency, kind = [*event.milestone(), ""][:2]
    entered = state.referred if kind == HANDSET_STEP and state.referred else event.time
    state = _close_step(state, event.time, StepResult.NO_ANSWER)
    state = replace(state, alone=None, referred=None)
    kept = state.record.steps[: MAX_STEPS - 1]
    return _amend(state, steps=(*kept, Step(agency, kind or QUEUE, entered)))


def _watched(state: CallState, event: CelEvent) -> CallState:
    agency = event.milestone()[0]
    state = replace(_close_step(state, event.time, StepResult.TRANSFERRED), alone=None)
    kept = state.record.steps[: MAX_STEPS - 1]
    return _amend(state, steps=(*kept, Step(agency, WATCH, event.time)))


def _left(state: CallState, event: CelEvent) -> CallState:
    status = [*event.milestone(), ""][1]
    result = _STATUS.get(status, StepResult.UNAVAILABLE)
    return _close_step(state, event.time, result)


def _bridged(state: CallState, event: CelEvent) -> CallState:
    """A channel enters a bridge; the second of two has joined them.

    ``Peer`` alone does not tell: on a busy machine Asterisk 22.10.1 leaves it empty for both.
    """
    bridge = event.detail("bridge_id")
    others = [inside for inside in state.inside if inside.bridge == bridge]
    room = event.application == CONFERENCE
    entered = Inside(bridge, event.channel, event.data, room)
    if bridge:
        state = replace(state, inside=(*state.inside, entered)[-MAX_INSIDE:])
    if _is_caller(state, event):
        state = replace(state, alone=None)
    if room:
        return state
    if _is_caller(state, event):
        handset = event.peer.partition(",")[0] or next((one.channel for one in others), "")
        return _joined(state, event.time, handset, event.data) if handset else state
    caller = next((one for one in others if one.channel == state.channel), None)
    if caller is None or len(others) > 1:
        return state
    return _joined(state, event.time, event.channel, caller.data)


def _joined(state: CallState, at: datetime, handset: str, data: str) -> CallState:
    """The caller talks with ``handset``, a channel; ``data`` is what rang it."""
    steps = state.record.steps
    if not steps:
        return state
    if steps[-1].left is not None and state.record.answered is not None:
        record = legs.referred(state.record, state.referred or at, at, _extension(handset), handset)
        return replace(state, record=record, referred=None)
    state = replace(_close_step(state, at, StepResult.ANSWERED), referred=None)
    who = _dialled(data) if steps[-1].kind == PSTN else _extension(handset)
    state = replace(state, record=legs.put_through(state.record, at, who, handset))
    if state.record.answered is not None:
        return state
    return _amend(state, answered=at, answered_by=steps[-1].agency, handset=who)


def _extension(channel: str) -> str:
    return channel.partition("/")[2].rpartition("-")[0]


def _dialled(data: str) -> str:
    """The number outside that a step dialled."""
    return data.partition("/")[2].partition("@")[0]


def _unbridged(state: CallState, event: CelEvent) -> CallState:
    left = tuple(one for one in state.inside if one.channel != event.channel)
    if _is_caller(state, event) and state.referred is None:
        state = replace(state, alone=event.time)
    return replace(state, inside=left) if left != state.inside else state


def _sent(state: CallState, event: CelEvent) -> CallState:
    state = replace(_close_step(state, event.time, StepResult.TRANSFERRED), alone=None)
    return replace(state, moved=state.moved or state.record.answered is not None)


def _referred(state: CallState, event: CelEvent) -> CallState:
    """A handset has sent on whoever it talked with; of the caller it is told before he moves.

    In the one case in which the other one is there already, he has come before this is told.
    """
    if event.detail("transferee_channel_uniqueid") != state.unique:
        return state
    if any(leg.talks and leg.channel != event.channel for leg in state.record.legs):
        return state
    return replace(state, referred=event.time)


def _command(state: CallState, event: CelEvent) -> CallState:
    """An officer has pressed keys; but for his word that he takes the call they change nothing."""
    if event.milestone()[1:] != ["accept"] or state.record.ended is not None:
        return state
    return replace(state, record=legs.accepted(state.record, event.time, event.channel))


def _leg(state: CallState, event: CelEvent) -> CallState:
    """A milestone of a leg; its first field is the call."""
    record, fields = state.record, event.milestone()[1:]
    if record.ended is not None:
        return state
    if event.kind == Milestone.LEG:
        record = legs.rung(record, event.time, fields, event.channel)
    elif event.kind == Milestone.LEG_ANSWERED:
        record = legs.answered(record, fields, event.channel)
    elif event.kind == Milestone.LEG_JOINED:
        record = legs.joined(record, event.time, fields[0] if fields else "")
    else:
        record = legs.over(record, event.time, fields)
    return replace(state, record=record, moved=state.moved or _sent_on(record))


def _hung_up(state: CallState, event: CelEvent) -> CallState:
    if not _is_caller(state, event):
        by = event.detail("hangupsource")
        return replace(state, record=legs.hung_up(state.record, event.time, event.channel, by))
    return replace(
        state,
        channel=state.channel or event.channel,
        hung_up=event.time,
        by=event.detail("hangupsource"),
    )


def _over(state: CallState, event: CelEvent) -> CallState:
    ended = state.hung_up or event.time
    return close(state, ended, _reason(state))


def close(state: CallState, ended: datetime, reason: Reason) -> CallState:
    """End a call whose last event is known, or will never come."""
    if state.record.ended is not None:
        return state
    state = _close_step(state, ended, StepResult.ABANDONED)
    alone = state.alone or state.hung_up
    state = replace(state, record=legs.all_over(state.record, ended, alone))
    return _amend(state, ended=ended, reason=reason, outcome=_outcome(state, reason))


def _reason(state: CallState) -> Reason:
    if state.refused:
        return Reason.REFUSED
    if state.hung_up is None:
        return Reason.SYSTEM
    if state.by == state.channel:
        return Reason.CALLER_HUNG_UP if state.up else Reason.CANCELLED
    # A call that was never up can only have been given up by whoever placed it.
    if not state.up:
        return Reason.CANCELLED
    if state.record.answered is not None and state.by:
        return Reason.HANDSET_HUNG_UP
    return Reason.SYSTEM


def _outcome(state: CallState, reason: Reason) -> Outcome:
    if state.record.answered is not None:
        return Outcome.TRANSFERRED if state.moved else Outcome.ANSWERED
    if reason is Reason.REFUSED:
        return Outcome.REFUSED
    if reason in (Reason.SYSTEM, Reason.RESTARTED, Reason.UNKNOWN):
        return Outcome.LOST
    return Outcome.ABANDONED_RINGING if state.record.steps else Outcome.ABANDONED_MENU


_HANDLERS: Final[dict[str, Handler]] = {
    "CHAN_START": _started,
    Milestone.ARRIVED: _arrived,
    Milestone.REFUSED: _refused,
    Milestone.TIER: _tier,
    Milestone.CHOICE: _chosen,
    Milestone.STEP: _entered,
    Milestone.STEP_END: _left,
    Milestone.TRANSFER: _sent,
    Milestone.SILENT: _watched,
    Milestone.SILENT_END: _left,
    Milestone.LEG: _leg,
    Milestone.LEG_ANSWERED: _leg,
    Milestone.LEG_JOINED: _leg,
    Milestone.LEG_OVER: _leg,
    Milestone.COMMAND: _command,
    "BLINDTRANSFER": _referred,
    "ATTENDEDTRANSFER": _referred,
    "BRIDGE_ENTER": _bridged,
    "BRIDGE_EXIT": _unbridged,
    "HANGUP": _hung_up,
    "LINKEDID_END": _over,
}
