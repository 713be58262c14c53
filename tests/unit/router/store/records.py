"""Call records for tests: fixed ones, and those hypothesis makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from router.calls.record import (
    CallRecord,
    Leg,
    LegEnd,
    LegKind,
    Outcome,
    Reason,
    Recording,
    Source,
    Step,
    StepResult,
)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: a machine that is busy elsewhere refutes nothing."""

BEGAN = datetime(2026, 3, 1, 2, 3, 4, 567891, tzinfo=UTC)


def record(call: str = "node1-1.1", **changes: Any) -> CallRecord:
    """A call that has just begun, changed as wished."""
    return replace(CallRecord(id=call, node="node1", caller="+62811", began=BEGAN), **changes)


def closed(call: str = "node1-1.1", **changes: Any) -> CallRecord:
    """A call that was answered and is over."""
    full = record(
        call,
        language="id",
        emergency="fire",
        choice="digit",
        tier=1,
        plan_version="abc",
        steps=(
            Step("damkar", "queue", at(3), at(23), StepResult.NO_ANSWER),
            Step("kominfo", "queue", at(23), at(30), StepResult.ANSWERED),
        ),
        legs=(
            Leg("a", LegKind.ROUTE, "kominfo", at(23), "101", at(30), at(80), LegEnd.HUNG_UP, "a"),
            Leg("b", LegKind.ADD, "rsud", at(40), None, None, at(60), LegEnd.NO_ANSWER, "b"),
        ),
        answered_by="kominfo",
        handset="101",
        answered=at(30),
        ended=at(90),
        outcome=Outcome.ANSWERED,
        reason=Reason.CALLER_HUNG_UP,
        recording=Recording("2026/03/01/a.wav"),
        address="10.1.2.3",
    )
    return replace(full, **changes)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


times = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 (the zone is below)
    max_value=datetime(2199, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
words = st.text(max_size=12).filter(lambda text: "\0" not in text)
numbers = st.integers(min_value=0, max_value=2**31 - 1)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


steps = st.builds(Step, words, words, times, maybe(times), maybe(st.sampled_from(StepResult)))
legs = st.builds(
    Leg,
    words,
    st.sampled_from(LegKind),
    words,
    times,
    maybe(words),
    maybe(times),
    maybe(times),
    maybe(st.sampled_from(LegEnd)),
    words,
    maybe(times),
)
recordings = st.builds(Recording, st.sampled_from(["a", "b"]), maybe(words), maybe(numbers))


def records(call: str = "1") -> st.SearchStrategy[CallRecord]:
    """Versions of one call, whatever is in them."""
    return st.builds(
        CallRecord,
        id=st.just(call),
        node=st.just("node1"),
        caller=words,
        began=times,
        language=maybe(words),
        emergency=maybe(words),
        choice=maybe(words),
        tier=maybe(st.integers(1, 3)),
        plan_version=maybe(words),
        steps=st.lists(steps, max_size=3).map(tuple),
        legs=st.lists(legs, max_size=3).map(tuple),
        answered_by=maybe(words),
        handset=maybe(words),
        answered=maybe(times),
        ended=maybe(times),
        outcome=maybe(st.sampled_from(Outcome)),
        reason=maybe(st.sampled_from(Reason)),
        recording=maybe(recordings),
        source=st.sampled_from(Source),
        address=maybe(words),
    )


def versions() -> st.SearchStrategy[list[CallRecord]]:
    """Versions of one call that often differ in one respect only."""
    few = st.builds(
        record,
        st.just("1"),
        handset=st.sampled_from(["101", "102"]),
        ended=maybe(st.just(BEGAN)),
        recording=maybe(
            st.builds(
                Recording,
                st.sampled_from(["a", "b"]),
                maybe(st.sampled_from(["x", "y"])),
                maybe(st.sampled_from([1, 2])),
            )
        ),
        source=st.sampled_from(Source),
    )
    return st.lists(few | records(), min_size=1, max_size=8)
