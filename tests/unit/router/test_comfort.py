"""Music in a room that everybody has put on hold: when it begins, and what goes along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from router.calls.record import CallRecord, Leg, LegKind
from router.calls.state import CallState, Inside, Seat
from router.dispatch.comfort import is_alone, music
from siaga.names import Var

BEGAN = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
CALLER, FIRST, SECOND = "PJSIP/trunk-00000001", "PJSIP/101-00000002", "PJSIP/301-00000003"


def leg(channel: str, left: datetime | None = None) -> Leg:
    """An officer who talks, or has left."""
    return Leg(channel, LegKind.ADD, "rsud", BEGAN, "301", BEGAN, left, channel=channel)


def room(*legs: Leg, seats: tuple[Seat, ...] = ()) -> CallState:
    """A caller in his room with these officers."""
    record = CallRecord(id="node1-1.0", node="node1", caller="0811", began=BEGAN, legs=legs)
    inside = (Inside("room", CALLER, "", room=True),)
    return CallState(record, CALLER, record.id, emergency_call=True, inside=inside, seats=seats)


def test_whom_everybody_has_put_on_hold_is_alone() -> None:
    """One who talks is enough for peace; who has left does not count."""
    both = room(leg(FIRST), leg(SECOND))
    assert not is_alone(both, frozenset({FIRST}))
    assert is_alone(both, frozenset({FIRST, SECOND}))
    gone = room(leg(FIRST), leg(SECOND, BEGAN + timedelta(seconds=9)))
    assert is_alone(gone, frozenset({FIRST}))


def test_whom_the_last_has_left_with_one_who_rings_is_alone() -> None:
    """Until that one is there."""
    seat = Seat("Local/to-rsud@siaga-dispatch-00000000;2", "")
    left = room(leg(FIRST, BEGAN), seats=(seat,))
    assert is_alone(left, frozenset())
    assert not is_alone(replace(left, seats=(replace(seat, handset=SECOND),)), frozenset())
    assert not is_alone(room(leg(SECOND), seats=(seat,)), frozenset())


def test_a_caller_in_no_room_or_gone_is_not_played_to() -> None:
    """On hold in a call of two Asterisk itself plays to him."""
    state = room(leg(FIRST))
    for other in (replace(state, inside=()), replace(state, hung_up=BEGAN), room()):
        assert not is_alone(other, frozenset({FIRST}))


def test_nothing_hostile_goes_along() -> None:
    """Whatever stands in the record: the language is one of ours, and the caller is not in it."""
    hostile = replace(room(leg(FIRST)).record, language="${SHELL(id)}", caller="${EVAL(x)}")
    variables = music(hostile, "comfort-1").variables
    assert variables == {f"__{Var.ROOM}": "node1-1.0", f"__{Var.LANGUAGE}": "id"}
