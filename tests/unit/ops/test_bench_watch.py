"""Following events to the commit that holds them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ops.bench.watch import CommitWatch, Moment
from router.calls.record import CallRecord, Recording, Source

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
FIRST = CallRecord("c1", "n", "0811", BEGAN)
SECOND = replace(FIRST, language="id")
THIRD = replace(SECOND, emergency="fire")


def moment(at: float) -> Moment:
    return Moment(made=at - 0.001, received=at)


def received(watch: CommitWatch) -> list[int]:
    return [round(delay.since_received) for delay in watch.delays]


def test_a_commit_covers_every_change_up_to_the_one_it_shows() -> None:
    """A commit of a call's latest record is the commit of all its changes before."""
    watch = CommitWatch()
    watch.changed(FIRST, moment(10.0))
    watch.changed(SECOND, moment(10.010))
    watch.committed([SECOND], 10.050)
    assert received(watch) == [50, 40]
    assert [round(delay.since_made) for delay in watch.delays] == [51, 41]
    assert watch.waiting == 0


def test_a_change_that_came_during_the_commit_waits_for_the_next() -> None:
    """What was handed over after the commit began is not counted as committed."""
    watch = CommitWatch()
    watch.changed(FIRST, moment(10.0))
    watch.changed(THIRD, moment(10.020))
    watch.committed([FIRST], 10.030)
    assert (received(watch), watch.waiting) == ([30], 1)
    watch.committed([THIRD], 10.100)
    assert (received(watch), watch.waiting) == ([30, 80], 0)


def test_a_merged_record_shows_the_change_that_it_was_merged_from() -> None:
    """The writer keeps what is known of a recording; the change behind it is in the row."""
    filed = Recording("2025/c1.wav", "00ff", 1000)
    watch = CommitWatch()
    watch.changed(replace(THIRD, recording=Recording(filed.path)), moment(10.0))
    watch.committed([replace(THIRD, recording=filed)], 10.010)
    assert (received(watch), watch.waiting) == ([10], 0)


def test_a_change_of_source_alone_is_in_the_row_already() -> None:
    """A record that says nothing new is covered by the commit of what it repeats."""
    watch = CommitWatch()
    watch.changed(replace(THIRD, source=Source.BACKFILL), moment(10.0))
    watch.committed([THIRD], 10.010)
    assert watch.waiting == 0


def test_calls_do_not_mix() -> None:
    """A commit of one call says nothing of another, known or not."""
    watch = CommitWatch()
    watch.changed(FIRST, moment(10.0))
    watch.committed([replace(FIRST, id="c2")], 10.010)
    assert (received(watch), watch.waiting) == ([], 1)
