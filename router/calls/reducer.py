"""The call's record as a pure function of its channel events.

One small function an event, gathered in a table. Events that mean nothing to the record are not in
it. The fold never fails: what is missing stays unknown, what is hostile stays text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from router.calls.record import CallRecord, Outcome, Reason, Recording, Step, StepResult
from siaga.names import Context, Milestone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from router.calls.events import CelEvent

QUEUE: Final = "queue"
PSTN: Final = "pstn"

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
}
"""``QUEUESTATUS`` and ``DIALSTATUS`` with which a step may end; any other means unavailable."""


@dataclass(frozen=True, slots=True)
class CallState:
    """A call as far as its events tell.

    Attributes:
        record: what is known.
        channel: name of the caller's channel, ``unique`` its id.
        emergency_call: whether this is a call to 112, not one between handsets.
        up: whether the centre has taken the call. An ``ANSWER`` does not say so: it comes also when
            the caller's CANCEL is already on its way.
        moved: whether it was sent to another agency after a human had answered.
        hung_up: when the caller's channel ended, and ``by``, the channel that asked for it.
        address: where the call came from, ``10.1.2.3:5060``; empty when that is not known.
    """

    record: CallRecord
    channel: str
    unique: str
    emergency_call: bool = False
    up: bool = False
    moved: bool = False
    hung_up: datetime | None = None
    by: str = ""
    address: str = ""


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


def fold(events: Iterable[CelEvent], node: str) -> CallState:
    """The state after all ``events``, in the order in which they happened.

    Raises:
        ValueError: there are none.
    """
    state: CallState | None = None
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
    path, version, address = [*event.milestone(), "", ""][:3]
    state = replace(state, emergency_call=True, channel=event.channel, up=True, address=address)
    return _amend(state, recording=Recording(path), plan_version=version)


def _tier(state: CallState, event: CelEvent) -> CallState:
    number = event.detail("extra")
    return _amend(state, tier=int(number)) if number in {"1", "2", "3"} else state


def _chosen(state: CallState, event: CelEvent) -> CallState:
    emergency, language, choice, _tier_number = [*event.milestone(), "", "", ""][:4]
    return _amend(state, emergency=emergency, language=language, choice=choice)


def _entered(state: CallState, event: CelEvent) -> CallState:
    agency, kind = [*event.milestone(), ""][:2]
    state = _close_step(state, event.time, StepResult.NO_ANSWER)
    kept = state.record.steps[: MAX_STEPS - 1]
    return _amend(state, steps=(*kept, Step(agency, kind or QUEUE, event.time)))


def _left(state: CallState, event: CelEvent) -> CallState:
    status = [*event.milestone(), ""][1]
    result = _STATUS.get(status, StepResult.UNAVAILABLE)
    return _close_step(state, event.time, result)


def _bridged(state: CallState, event: CelEvent) -> CallState:
    steps = state.record.steps
    if not _is_caller(state, event) or not steps or not event.peer:
        return state
    state = _close_step(state, event.time, StepResult.ANSWERED)
    if state.record.answered is not None:
        return state
    return _amend(
        state, answered=event.time, answered_by=steps[-1].agency, handset=_who(event, steps[-1])
    )


def _who(event: CelEvent, ringing: Step) -> str:
    """Extension of the handset, or the number outside that the step dialled."""
    if ringing.kind != PSTN:
        peer = event.peer.partition(",")[0]
        return peer.partition("/")[2].rpartition("-")[0]
    return event.data.partition("/")[2].partition("@")[0]


def _sent(state: CallState, event: CelEvent) -> CallState:
    state = _close_step(state, event.time, StepResult.TRANSFERRED)
    return replace(state, moved=state.moved or state.record.answered is not None)


def _hung_up(state: CallState, event: CelEvent) -> CallState:
    if not _is_caller(state, event):
        return state
    return replace(state, hung_up=event.time, by=event.detail("hangupsource"))


def _over(state: CallState, event: CelEvent) -> CallState:
    ended = state.hung_up or event.time
    return close(state, ended, _reason(state))


def close(state: CallState, ended: datetime, reason: Reason) -> CallState:
    """End a call whose last event is known, or will never come."""
    if state.record.ended is not None:
        return state
    state = _close_step(state, ended, StepResult.ABANDONED)
    return _amend(state, ended=ended, reason=reason, outcome=_outcome(state, reason))


def _reason(state: CallState) -> Reason:
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
    if reason in (Reason.SYSTEM, Reason.RESTARTED):
        return Outcome.LOST
    return Outcome.ABANDONED_RINGING if state.record.steps else Outcome.ABANDONED_MENU


_HANDLERS: Final[dict[str, Handler]] = {
    "CHAN_START": _started,
    Milestone.ARRIVED: _arrived,
    Milestone.TIER: _tier,
    Milestone.CHOICE: _chosen,
    Milestone.STEP: _entered,
    Milestone.STEP_END: _left,
    Milestone.TRANSFER: _sent,
    "BRIDGE_ENTER": _bridged,
    "HANGUP": _hung_up,
    "LINKEDID_END": _over,
}
