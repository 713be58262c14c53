"""When an officer is freed of a silent caller, on paper and in any order of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.silence.rules import (
    WARN_S,
    Free,
    Keep,
    Kept,
    Key,
    Seen,
    Silent,
    Sound,
    Tick,
    Warn,
    step,
)
from siaga.names import MenuReason

if TYPE_CHECKING:
    from router.silence.rules import Command, Event

LISTEN = 10.0
CALL = Silent("node1-1.1", "PJSIP/trunk-1", LISTEN)
A, B = "PJSIP/101-1", "PJSIP/102-2"
NO_INPUT = MenuReason.NO_INPUT.value


def seen(now: float, *talking: str, choice: str = NO_INPUT, alone: bool = True) -> Seen:
    """How the call stands."""
    return Seen(now, choice, talking, alone)


def run(*events: Event, call: Silent = CALL) -> tuple[Silent, list[Command]]:
    """The call after all events, and all that was to be done."""
    done: list[Command] = []
    for event in events:
        call, commands = step(call, event)
        done += commands
    return call, done


def test_an_officer_is_warned_and_then_freed() -> None:
    """Four seconds before, and when he has listened as long as the plan says; once each."""
    call, done = run(seen(0), seen(5, A))
    assert (call.due, done) == (5 + LISTEN - WARN_S, [])
    call, done = run(Tick(10.9), Tick(11), Tick(14.9), Tick(15), Tick(16), call=call)
    assert done == [Warn(A), Free(A)]
    assert (call.due, call.watched) == (None, True)


def test_who_is_warned_late_has_his_four_seconds_all_the_same() -> None:
    """A router that was held up does not take the caller away in the middle of its sentence."""
    call, done = run(seen(0, A), Tick(60))
    assert done == [Warn(A)]
    assert call.due == 60 + WARN_S


def test_the_next_officer_listens_anew() -> None:
    """After a watch it goes on in the same way, for as long as the caller holds."""
    call, done = run(seen(0, A), Tick(6), Tick(10), seen(11), seen(140, B))
    assert call.due == 140 + LISTEN - WARN_S
    _, done = run(Tick(146), Tick(150), call=call)
    assert done == [Warn(B), Free(B)]


@pytest.mark.parametrize(
    "event",
    [
        Sound(),
        Keep("incident"),
        Key("accept"),
        Key("class-prank"),
        Key("add-3"),
        seen(5, A, alone=False),
        seen(5, A, B),
        seen(5, B),
        seen(5),
        seen(5, A, choice=MenuReason.DIGIT),
        Seen(5, NO_INPUT, (A,), alone=True, heard=True),
    ],
    ids=str,
)
def test_whatever_says_that_somebody_is_there_keeps_the_caller(event: Event) -> None:
    """Whether it comes before the officer is told or after."""
    for before in ((seen(0, A),), (seen(0, A), Tick(6))):
        call, done = run(*before, event, Tick(100), Tick(200), seen(300, B), Tick(400))
        assert call.kept
        assert not [one for one in done if isinstance(one, Free)]


def test_who_was_told_hears_that_the_caller_stays() -> None:
    """Only an officer who was told that he would be freed, and wants to keep the caller."""
    assert run(seen(0, A), Key("accept"))[1] == []
    assert run(seen(0, A), Tick(6), Key("accept"))[1] == [Warn(A), Kept(A)]


def test_a_ghost_may_be_called_one() -> None:
    """To say that nobody is there does not keep the caller."""
    assert run(seen(0, A), Key("class-ghost"), Tick(6), Tick(10))[1] == [Warn(A), Free(A)]


def test_a_caller_in_the_menu_is_nobodys_yet() -> None:
    """Nothing is due before it is known that nothing was pressed."""
    assert run(seen(0, A, choice=""))[0].due is None


EVENTS = st.one_of(
    st.just(Sound()),
    st.builds(Key, st.sampled_from(["accept", "class-ghost", "leave", "again"])),
    st.just(Keep("incident")),
    st.builds(Tick, st.floats(0, 500)),
    st.builds(
        Seen,
        st.floats(0, 500),
        st.sampled_from(["", NO_INPUT, MenuReason.FLAGGED_SILENT.value, MenuReason.DIGIT.value]),
        st.lists(st.sampled_from([A, B]), max_size=2, unique=True).map(tuple),
        st.sampled_from([True, True, True, False]),
    ),
)


@given(st.lists(EVENTS, max_size=40))
def test_no_order_of_events_moves_a_caller_who_was_heard_or_one_twice(events: list[Event]) -> None:
    """Of each officer he is freed once at most, who was told before; whoever is kept stays kept."""
    call = CALL
    done: list[Command] = []
    for event in events:
        was = call
        call, commands = step(call, event)
        if was.kept or isinstance(event, Sound):
            assert not commands
            assert call.kept
        done += commands
    freed = [one.officer for one in done if isinstance(one, Free)]
    warned = [one.officer for one in done if isinstance(one, Warn)]
    assert len(freed) == len(set(freed))
    assert set(freed) <= set(warned)
    assert freed == list(call.freed)


@given(st.lists(EVENTS, max_size=20), st.integers(0, 20))
def test_an_event_that_is_told_twice_moves_nobody_again(events: list[Event], at: int) -> None:
    """The same word again, at once or later, frees no officer a second time."""
    again = [*events, *events[at:]]
    freed = [one.officer for one in run(*again)[1] if isinstance(one, Free)]
    assert len(freed) == len(set(freed))
