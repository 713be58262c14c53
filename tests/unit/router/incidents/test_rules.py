"""Which incidents may be one, and how far help has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.incidents.model import Incident, Place, State, Unit
from router.incidents.rules import Suggestion, Why, is_false_alarm, state, suggestions
from siaga.places import Position

AT = datetime(2026, 11, 27, 19, 0, tzinfo=UTC)
NORTH = Position(0.5500, 117.5731)
KM = 1 / 111.19
"""Degrees north."""


def incident(number: int, minutes: float = 0, place: Place | None = None, **more: Any) -> Incident:
    """A fire, told of by one call so many minutes after the first."""
    at = AT + timedelta(minutes=minutes)
    return replace(Incident(number, "fire", State.OPEN, at, at, at, place or Place()), **more)


def at_km(north: float) -> Place:
    """So many kilometres north of a point."""
    return Place(position=Position(NORTH.latitude + north * KM, NORTH.longitude))


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (at_km(0), at_km(2.9), Why.POSITION),
        (at_km(0), at_km(3.1), None),
        (Place("d", "v"), Place("d", "v"), Why.VILLAGE),
        (Place("d", "v"), Place("d", "w"), None),
        (Place("d", "v"), Place("d"), Why.DISTRICT),
        (Place("d"), Place("e"), None),
        (Place(), Place("d", "v"), Why.TIME),
        (Place(), Place(), Why.TIME),
        (replace(at_km(0), district="d"), Place("d"), Why.DISTRICT),
        (replace(at_km(0), district="d"), Place("e"), None),
    ],
)
def test_near_is_near_by_the_best_that_is_known(one: Place, other: Place, why: Why | None) -> None:
    """Positions first, then village, then district; where nothing is known, the time alone."""
    found = suggestions(incident(1, 0, one), [incident(2, 5, other)])
    assert [each.why for each in found] == ([why] if why else [])


@pytest.mark.parametrize(
    ("minutes", "place", "suggested"),
    [
        (60, Place("d"), True),
        (61, Place("d"), False),
        (10, Place(), True),
        (11, Place(), False),
    ],
)
def test_what_is_long_ago_is_another(minutes: float, place: Place, *, suggested: bool) -> None:
    """An hour from the latest call about one, ten minutes where nobody knows the place."""
    one, other = incident(1, 0, place), incident(2, minutes, place)
    assert bool(suggestions(one, [other])) is suggested
    assert bool(suggestions(other, [one])) is suggested
    still = replace(one, last=AT + timedelta(minutes=30))
    assert bool(suggestions(other, [still])) is True


def test_it_is_the_calls_that_are_near_in_time() -> None:
    """Not when somebody came to open an incident about them."""
    late = replace(incident(1), opened=AT + timedelta(hours=5))
    assert suggestions(late, [incident(2, 1)])
    assert suggestions(incident(2, 1), [late])


def test_another_kind_or_one_that_is_closed_is_another() -> None:
    """Nor is an incident itself."""
    one, place = incident(1, 0, Place("d")), Place("d")
    others = [
        one,
        incident(2, 0, place, emergency="disaster"),
        incident(3, 0, place, state=State.CLOSED),
    ]
    assert suggestions(one, others) == ()


def test_the_most_likely_comes_first() -> None:
    """The nearest, then the same village, district, time."""
    here = replace(at_km(0), district="d", village="v")
    others = [
        incident(2, 1, Place()),
        incident(3, 1, Place("d")),
        incident(4, 1, Place("d", "v")),
        incident(5, 1, at_km(2)),
        incident(6, 1, at_km(1)),
    ]
    found = suggestions(incident(1, 0, here), others)
    assert [each.incident for each in found] == [6, 5, 4, 3, 2]
    assert found[0] == Suggestion(6, Why.POSITION, 1.0)


_PLACES = st.builds(
    Place,
    st.sampled_from((None, "d", "e")),
    st.sampled_from((None, "v", "w")),
    position=st.none() | st.floats(0, 10).map(lambda km: at_km(km).position),
)


@given(_PLACES, _PLACES, st.floats(0, 120))
def test_what_suggests_is_suggested(one: Place, other: Place, minutes: float) -> None:
    """Whoever of the two is asked about."""
    first, second = incident(1, 0, one), incident(2, minutes, other)
    there = [each.why for each in suggestions(first, [second])]
    assert there == [each.why for each in suggestions(second, [first])]


def test_help_comes_step_by_step() -> None:
    """By the farthest that any unit has come; closed is closed."""
    sent, accepted = Unit("damkar", sent=AT), Unit("rsud", accepted=AT)
    there = Unit("bpbd", arrived=AT)
    one = incident(1)
    assert state(one) is State.OPEN
    assert state(replace(one, units=(sent,))) is State.DISPATCHED
    assert state(replace(one, units=(accepted,))) is State.DISPATCHED
    assert state(replace(one, units=(sent, there))) is State.ON_SCENE
    assert state(replace(one, units=(sent, there), closed=AT)) is State.CLOSED


def test_an_incident_without_calls_that_nobody_goes_to_is_none() -> None:
    """A call or a unit on its way speaks for it."""
    assert is_false_alarm((), 0)
    assert not is_false_alarm((), 1)
    assert not is_false_alarm((Unit("damkar", sent=AT),), 0)
    assert not is_false_alarm((Unit("damkar", accepted=AT),), 0)
