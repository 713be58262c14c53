"""The call's record as a pure function of its channel events.

One small function an event, gathered in a table. Events that mean nothing to the record are not in
it. The fold never fails: what is missing stays unknown, what is hostile stays text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from router.calls import bridges, legs
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
from router.calls.state import CallState, amend, close_step, is_caller
from siaga.changes import changed
from siaga.names import HANDSET_STEP, Context, Milestone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from router.calls.events import CelEvent

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


def _started(state: CallState, event: CelEvent) -> CallState:
    if not is_caller(state, event):
        return state
    state = changed(state, channel=event.channel)
    return amend(state, caller=event.number, began=event.time)


def _arrived(state: CallState, event: CelEvent) -> CallState:
    path, version, source = [*event.milestone(), "", ""][:3]
    address = sender(event.channel, path, source)
    state = changed(state, emergency_call=True, channel=event.channel, up=True)
    return amend(state, recording=Recording(path), plan_version=version, address=address)


def _refused(state: CallState, _event: CelEvent) -> CallState:
    return changed(state, refused=True)


def _tier(state: CallState, event: CelEvent) -> CallState:
    number = event.detail("extra")
    return amend(state, tier=int(number)) if number in {"1", "2", "3"} else state


def _chosen(state: CallState, event: CelEvent) -> CallState:
    emergency, language, choice, _tier_number = [*event.milestone(), "", "", ""][:4]
    return amend(state, emergency=emergency, language=language, choice=choice)


def _entered(state: CallState, event: CelEvent) -> CallState:
    agency, kind, post = [*event.milestone(), "", ""][:3]
    entered = state.referred if kind == HANDSET_STEP and state.referred else event.time
    state = close_step(state, event.time, StepResult.NO_ANSWER)
    state = changed(state, alone=None, referred=None, post=post)
    kept = state.record.steps[: MAX_STEPS - 1]
    return amend(state, steps=(*kept, Step(agency, kind or bridges.QUEUE, entered)))


def _watched(state: CallState, event: CelEvent) -> CallState:
    agency = event.milestone()[0]
    state = changed(close_step(state, event.time, StepResult.TRANSFERRED), alone=None)
    kept = state.record.steps[: MAX_STEPS - 1]
    return amend(state, steps=(*kept, Step(agency, WATCH, event.time)))


def _left(state: CallState, event: CelEvent) -> CallState:
    status = [*event.milestone(), ""][1]
    result = _STATUS.get(status, StepResult.UNAVAILABLE)
    return close_step(state, event.time, result)


def _sent(state: CallState, event: CelEvent) -> CallState:
    state = changed(close_step(state, event.time, StepResult.TRANSFERRED), alone=None)
    return changed(state, moved=state.moved or state.record.answered is not None)


def _command(state: CallState, event: CelEvent) -> CallState:
    """An officer has pressed keys; but for his word that he takes the call they change nothing."""
    if event.milestone()[1:] != ["accept"] or state.record.ended is not None:
        return state
    return changed(state, record=legs.accepted(state.record, event.time, event.channel))


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
    return changed(state, record=record, moved=state.moved or _sent_on(record))


def _hung_up(state: CallState, event: CelEvent) -> CallState:
    if not is_caller(state, event):
        return bridges.hung_up(state, event)
    return changed(
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
    state = close_step(state, ended, StepResult.ABANDONED)
    alone = state.alone or state.hung_up
    state = changed(state, record=legs.all_over(state.record, ended, alone))
    return amend(state, ended=ended, reason=reason, outcome=_outcome(state, reason))


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
    if reason in (Reason.SYSTEM, Reason.RESTARTED, Reason.NODE_LOST, Reason.UNKNOWN):
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
    "BLINDTRANSFER": bridges.referred,
    "ATTENDEDTRANSFER": bridges.referred,
    "BRIDGE_ENTER": bridges.bridged,
    "BRIDGE_EXIT": bridges.unbridged,
    "HANGUP": _hung_up,
    "LINKEDID_END": _over,
}
