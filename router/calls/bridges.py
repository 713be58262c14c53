"""Who talks with the caller, by the bridges that channels enter and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.calls import legs
from router.calls.record import StepResult
from router.calls.state import (
    MAX_INSIDE,
    CallState,
    Inside,
    Seat,
    amend,
    close_step,
    is_caller,
)
from siaga.changes import changed
from siaga.names import SEAT

if TYPE_CHECKING:
    from datetime import datetime

    from router.calls.events import CelEvent

QUEUE: Final = "queue"
PSTN: Final = "pstn"
CONFERENCE: Final = "ConfBridge"
"""What a channel in a room runs."""

NOBODY_YET: Final = "N/A"
"""The target of a transfer that rings still."""


def bridged(state: CallState, event: CelEvent) -> CallState:
    """A channel enters a bridge; the second of two has joined them.

    ``Peer`` alone does not tell: on a busy machine Asterisk 22.10.1 leaves it empty for both.
    """
    bridge = event.detail("bridge_id")
    others = [inside for inside in state.inside if inside.bridge == bridge]
    room = event.application == CONFERENCE
    entered = Inside(bridge, event.channel, event.data, room)
    if bridge:
        state = changed(state, inside=(*state.inside, entered)[-MAX_INSIDE:])
    if is_caller(state, event):
        state = changed(state, alone=None)
    if room:
        return state
    handset = event.peer.partition(",")[0] or next((one.channel for one in others), "")
    if event.channel.startswith(SEAT):
        return _seated(state, event.time, event.channel, handset) if handset else state
    if is_caller(state, event):
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
        return changed(state, record=record, referred=None)
    state = changed(close_step(state, at, StepResult.ANSWERED), referred=None)
    who = _dialled(data) if steps[-1].kind == PSTN else _extension(handset)
    state = changed(state, record=legs.put_through(state.record, at, who, handset))
    if state.record.answered is not None:
        return state
    return amend(state, answered=at, answered_by=steps[-1].agency, handset=who)


def _seated(state: CallState, at: datetime, seat: str, handset: str) -> CallState:
    """``handset``, a channel, is led into the room by ``seat``, which led who put it there.

    It is empty while it rings; who puts it there does not wait.
    """
    known = state.record.legs
    if not known or any(leg.channel == handset and leg.left is None for leg in known):
        return state
    state = _stood_up(state, at, seat, "")
    if handset:
        record = legs.referred(state.record, at, at, _extension(handset), handset)
        state = changed(state, record=record)
    return changed(state, seats=(*state.seats, Seat(seat, handset)))


def _in_his_place(state: CallState, at: datetime, officer: str, handset: str) -> CallState:
    """An officer whom the route found has put ``handset``, a channel, into the room for himself.

    Of one whose coming was not heard there is no leg to go on from; the CEL file tells of both.
    """
    if not (state.is_inside(officer) and state.record.legs):
        return state
    record = legs.hung_up(state.record, at, officer, "")
    record = legs.referred(record, at, at, _extension(handset), handset)
    inside = tuple(
        changed(one, channel=handset) if one.channel == officer else one for one in state.inside
    )
    return changed(state, record=record, inside=inside)


def _stood_up(state: CallState, at: datetime, seat: str, by: str) -> CallState:
    """``seat`` does not lead the handset any more that it did; ``by`` asked for its end."""
    for one in state.seats:
        if one.channel == seat:
            state = changed(state, record=legs.hung_up(state.record, at, one.handset, by))
    return changed(state, seats=tuple(one for one in state.seats if one.channel != seat))


def hung_up(state: CallState, event: CelEvent) -> CallState:
    """A channel that is not the caller's is gone."""
    by = event.detail("hangupsource")
    state = changed(state, record=legs.hung_up(state.record, event.time, event.channel, by))
    return _stood_up(state, event.time, event.channel, by) if state.seats else state


def _extension(channel: str) -> str:
    return channel.partition("/")[2].rpartition("-")[0]


def _dialled(data: str) -> str:
    """The number outside that a step dialled."""
    return data.partition("/")[2].partition("@")[0]


def unbridged(state: CallState, event: CelEvent) -> CallState:
    """A channel leaves a bridge."""
    left = tuple(one for one in state.inside if one.channel != event.channel)
    if is_caller(state, event) and state.referred is None:
        state = changed(state, alone=event.time)
    return changed(state, inside=left) if left != state.inside else state


def referred(state: CallState, event: CelEvent) -> CallState:
    """A handset has sent on whoever it talked with; of the caller it is told before he moves.

    In the one case in which the other one is there already, he has come before this is told.
    """
    if event.detail("transferee_channel_uniqueid") != state.unique:
        seat, handset = map(
            event.detail, ("transferee_channel_name", "transfer_target_channel_name")
        )
        if seat.startswith(SEAT):
            return _seated(state, event.time, seat, "" if handset == NOBODY_YET else handset)
        if event.detail("app") != CONFERENCE or handset == NOBODY_YET:
            return state
        return _in_his_place(state, event.time, event.detail("channel2_name"), handset)
    if any(leg.talks and leg.channel != event.channel for leg in state.record.legs):
        return state
    return changed(state, referred=event.time)
