"""What single calls count as, and what is made of counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calls.record import ERASED, WATCH, Outcome, Recording, Source, Step, StepResult
from router.report import Beside, By, Counts, Goal, Mark, Planned, goals
from router.report.call import facts
from router.report.figures import percent, percentile
from router.report.repeats import WITHIN, Repeats
from siaga.plan import load_plan, parse_plan
from siaga.settings import PROJECT
from tests.unit.router.report.histories import BEGIN, ZONE
from tests.unit.router.store.records import at, closed, record

BY_DAMKAR = Beside(Planned(first="damkar"))


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"choice": "no_input"}, Mark.SILENT),
        ({"caller": "anonymous"}, Mark.HIDDEN),
        ({"caller": ""}, Mark.HIDDEN),
        ({"caller": ERASED}, Mark.ERASED),
        ({"tier": 3}, Mark.LOWER_TIER),
        ({"source": Source.BACKFILL}, Mark.BACKFILL),
        ({"answered_by": "kominfo"}, Mark.OVERFLOW),
        ({"steps": (Step("kominfo", WATCH, at(30)),)}, Mark.WATCHED),
        ({"choice": "flagged"}, Mark.FLAGGED),
        ({"choice": "flagged_silent"}, Mark.FLAGGED),
    ],
)
def test_a_call_is_marked(changes: dict[str, Any], mark: Mark) -> None:
    """One thing that differs from an ordinary call gives one mark."""
    plain = closed(answered_by="damkar")
    assert facts(plain, ZONE, BY_DAMKAR).marks == frozenset()
    found = facts(replace(plain, **changes), ZONE, BY_DAMKAR).marks
    assert found == {mark}


def test_who_spoke_up_was_watched() -> None:
    """A caller who was heard while he was watched is counted among those, too."""
    watched = Step("kominfo", WATCH, at(30), at(40), StepResult.HEARD)
    found = facts(closed(steps=(watched,)), ZONE).marks
    assert found == {Mark.WATCHED, Mark.SPOKE_UP}


def test_overflow_needs_a_plan_and_an_answer() -> None:
    """What the plan's first agency is must be known, and somebody have answered."""
    assert facts(closed(), ZONE).marks == frozenset()
    assert facts(closed(answered_by=None), ZONE, BY_DAMKAR).marks == frozenset()


@pytest.mark.parametrize(
    ("kind", "handset", "key"),
    [
        ("queue", "201", "damkar/201"),
        ("post", "211", "damkar/211"),
        ("pstn", "+6281234567890", "damkar/pstn"),
        ("queue", "+6281234567890", "damkar/?"),
        ("queue", "201\n", "damkar/?"),
        ("queue", None, "damkar/?"),
    ],
)
def test_only_extensions_are_told(kind: str, handset: str | None, key: str) -> None:
    """An outside number, or anything that is no extension, is not in the figures."""
    call = closed(
        answered_by="damkar",
        handset=handset,
        steps=(Step("damkar", kind, at(3), at(30), StepResult.ANSWERED),),
    )
    assert facts(call, ZONE).keys[By.HANDSET] == key


def test_hours_and_days_are_the_centre_s() -> None:
    """A call at 23:59:59 in Makassar is of that hour and day, whatever the day in UTC."""
    keys = facts(record(began=BEGIN - timedelta(microseconds=1)), ZONE).keys
    assert (keys[By.DAY], keys[By.HOUR], keys[By.WEEKDAY]) == ("2026-10-31", "23", "6")


@pytest.mark.parametrize(
    ("seconds", "within", "left"),
    [(10, {10, 15, 20}, {15, 20}), (10.001, {15, 20}, {15, 20}), (20.001, set(), set())],
)
def test_limits_include_answers_and_not_departures(
    seconds: float, within: set[int], left: set[int]
) -> None:
    """An answer after exactly ten seconds is within ten; who left then did not leave before ten."""
    answered, abandoned = Counts(), Counts()
    answered.add(facts(closed(answered=at(seconds)), ZONE))
    gone = record(ended=at(seconds), outcome=Outcome.ABANDONED_MENU)
    abandoned.add(facts(gone, ZONE))
    assert set(answered.within) == within
    assert set(abandoned.left_before) == left


def test_a_clock_set_back_makes_no_negative_wait() -> None:
    """An answer before the arrival is a wait of nothing."""
    assert facts(closed(answered=at(-5)), ZONE).wait == 0


@given(st.lists(st.integers(0, 4000), min_size=1), st.sampled_from([50, 90, 95]))
def test_percentiles_are_waits_that_were(waits: list[int], each: int) -> None:
    """So many per cent waited no longer, and fewer than that a tenth of a second less."""
    found = percentile(Counter(waits), each)
    assert found is not None
    tenths = round(found * 10)
    assert tenths in waits
    assert sum(wait <= tenths for wait in waits) * 100 >= each * len(waits)
    assert sum(wait < tenths for wait in waits) * 100 < each * len(waits)


def test_a_share_is_not_rounded_up_to_its_goal() -> None:
    """89.96 % is shown as 89.9 and is not yet 90 %; exactly 90 % is."""
    assert percent(8996, 10_000) == 89.9
    assert percent(1, 0) is None
    goal = Goal(90, 15)
    for answered, met in ((899, False), (900, True)):
        counts = Counts()
        for number in range(1000):
            wait = 15 if number < answered else 16
            counts.add(facts(closed(answered=at(wait)), ZONE))
        assert goal.met(counts) is met
    assert goal.met(Counts()) is None


def test_goals_are_the_plans() -> None:
    """Absent, as NENA has them; what a plan says counts, one of them alone too."""
    usual = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    assert goals(usual) == (Goal(90, 15), Goal(95, 20))
    own = parse_plan(
        (PROJECT / "plans" / "kutim.yaml")
        .read_bytes()
        .replace(b"centre:\n", b"centre:\n  goals: {amber: {within: 10s, percent: 80}}\n"),
        "own",
    )
    assert goals(own.plan) == (Goal(80, 10), Goal(95, 20))


def test_who_calls_again_soon_is_a_repeat() -> None:
    """Within ten minutes, in either form of the number; hidden and erased numbers never are."""
    calls = [
        (0, "0812345678", False),
        (1, "", False),
        (2, "", False),
        (3, ERASED, False),
        (4, ERASED, False),
        (600, "+62812345678", True),
        (1200, "0812345678", True),
        (1800.001, "0812345678", False),
        (1801, "0899999999", False),
    ]
    repeats = Repeats()
    for seconds, caller, repeat in calls:
        assert repeats.see(record(caller=caller, began=at(seconds))) is repeat, seconds


def test_numbers_are_remembered_no_longer_than_they_count() -> None:
    """Of ten thousand callers, one a second, those of ten minutes are in memory."""
    repeats = Repeats()
    for number in range(10_000):
        repeats.see(record(caller=f"0812{number:06}", began=at(number)))
    assert len(repeats._recent) <= WITHIN.total_seconds() + 1


def test_test_calls_are_told_apart_by_their_recording() -> None:
    """What the collecting leaves out is what the record calls a test."""
    assert record(recording=Recording("test/2026/11/03/a.wav")).is_test
    assert not record(recording=Recording("2026/11/03/a.wav")).is_test
