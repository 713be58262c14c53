from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import settings as searching
from hypothesis import strategies as st

from ops.evening.model import Kind, Leaves, Wanted
from ops.evening.script import APART_S, LEAST_CALLS, MOST_CALLS, ScriptError, make
from router.incidents.rules import NEAR_KM
from siaga import places
from siaga.settings import KUTIM
from tests.unit.ops.evening.history import EVENING

REGENCY = places.load(KUTIM)


@st.composite
def evenings(draw: st.DrawFn) -> Wanted:
    """Any evening that can be asked for."""
    calls = draw(st.integers(LEAST_CALLS, MOST_CALLS))
    minutes = draw(st.floats((calls + 12) / 60 + 0.01, 60))
    return Wanted(calls, minutes, draw(st.integers(0, 10**6)))


@searching(max_examples=30)
@given(evenings())
def test_an_evening_is_as_it_was_asked_for(wanted: Wanted) -> None:
    """So many calls within the time, in order, three in five of them nobody's who needs help."""
    script = make(wanted, REGENCY)
    assert len(script.visits) == wanted.calls
    times = [visit.at_s for visit in script.visits]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= wanted.seconds + 0.001
    kinds = Counter(visit.kind for visit in script.visits)
    assert kinds[Kind.REAL] == round(wanted.calls * 0.4)
    assert min(kinds[kind] for kind in Kind) > 0
    for visit in script.visits:
        real = visit.kind is Kind.REAL
        assert real == bool(visit.emergency) == bool(visit.case) == (visit.spot is not None)
        assert all(key.key in "0123459" for key in visit.keys)


@searching(max_examples=30)
@given(evenings())
def test_a_number_calls_again_only_when_it_may_be_done(wanted: Wanted) -> None:
    """And says then that it does; real callers' numbers are nobody's who calls in fun, but one."""
    script = make(wanted, REGENCY)
    calls = defaultdict(list)
    for visit in script.visits:
        calls[visit.number].append(visit)
    for visits in calls.values():
        apart = min(APART_S, wanted.seconds / len(visits))
        assert all(b.at_s - a.at_s >= apart - 0.001 for a, b in pairwise(visits))
        assert [visit.again for visit in visits] == [place > 0 for place in range(len(visits))]
    mixed = [
        visits for visits in calls.values() if {Kind.REAL, Kind.PRANK} <= {v.kind for v in visits}
    ]
    assert len(mixed) == 1
    assert mixed[0][-1].kind is Kind.REAL


@searching(max_examples=30)
@given(evenings())
def test_what_is_one_is_near_and_what_is_not_is_far(wanted: Wanted) -> None:
    """The centre suggests two callers of one case as one, and no others of a kind."""
    script = make(wanted, REGENCY)
    assert len(script.incidents) == 2
    real = [visit for visit in script.visits if visit.kind is Kind.REAL]
    for one, other in combinations(real, 2):
        if one.emergency == other.emergency:
            assert one.spot is not None
            assert other.spot is not None
            near = one.spot.position.km_to(other.spot.position) <= NEAR_KM
            assert near == (one.case == other.case)
    for case in script.incidents:
        assert sum(visit.leaves is Leaves.NEVER for visit in script.cases[case]) >= 3


@searching(max_examples=30)
@given(evenings())
def test_an_evening_has_all_that_is_to_be_shown(wanted: Wanted) -> None:
    """Callers who leave in the menu and while it rings, fires while nobody is there for them."""
    script = make(wanted, REGENCY)
    gone, back = wanted.away_s
    real = [visit for visit in script.visits if visit.kind is Kind.REAL]
    assert {visit.leaves for visit in real} == set(Leaves)
    assert any(visit.emergency == "fire" and gone < visit.at_s < back for visit in real)
    after = EVENING.callers.pranks.after if EVENING.callers.pranks else 0
    pranks = Counter(visit.number for visit in script.visits if visit.kind is Kind.PRANK)
    assert max(pranks.values()) > after


def test_the_same_seed_is_the_same_evening() -> None:
    """And another seed is another."""
    assert make(Wanted(seed=7), REGENCY) == make(Wanted(seed=7), REGENCY)
    assert make(Wanted(seed=7), REGENCY).visits != make(Wanted(seed=8), REGENCY).visits


@pytest.mark.parametrize(
    "wanted", [Wanted(10), Wanted(401, 60), Wanted(200, 2), Wanted(200, 61), Wanted(40, 0)]
)
def test_what_cannot_be_played_is_refused(wanted: Wanted) -> None:
    """Too few, too many, too quick, too long; the error says what can be."""
    with pytest.raises(ScriptError, match=r"--(calls|minutes)"):
        make(wanted, REGENCY)
