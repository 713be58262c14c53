"""Calls of which a part is lost, told twice, or told by a clock that was set."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calls.record import CallRecord, Outcome, Reason, Source, StepResult
from router.calls.reducer import fold
from router.calls.steady import steadied
from router.calls.tracker import CallTracker
from tests.unit.router.calls.celmaker import CALL, CALLER, Script

if TYPE_CHECKING:
    from router.calls.events import CelEvent

HOUR_US = 3_600_000_000


def script() -> list[CelEvent]:
    made = Script()
    made.arrive()
    made.choose()
    made.talk()
    made.end()
    return made.events


def whole() -> CallRecord:
    return fold(script(), "node1").record


def read(tracker: CallTracker, events: list[CelEvent]) -> CallRecord | None:
    """The last record of a file that tells this."""
    last = None
    for event in events:
        last = tracker.filed(event) or last
    return last


def test_a_line_written_twice_counts_once() -> None:
    """Each line twice, live call: the record has no step too many and was not backfilled."""
    tracker = CallTracker("node1")
    for event in script():
        tracker.live(event)
    assert read(tracker, [event for event in script() for _ in "12"]) == whole()


def test_what_the_file_has_lost_is_kept_from_ami() -> None:
    """The disk was full in the middle of a call: the answer AMI told is in the final record."""
    tracker = CallTracker("node1")
    for event in script():
        tracker.live(event)
    record = read(tracker, [event for event in script() if "BRIDGE" not in event.kind])
    assert record == whole()


@given(st.integers(1, len(script()) - 3), st.integers(-24 * HOUR_US, -2_000_000))
def test_a_clock_set_back_leaves_the_story_as_it_was(after: int, step: int) -> None:
    """Wherever in the call the clock goes back: same story, no negative time."""
    events = script()
    stepped = events[:after] + [event._replace(at=event.at + step) for event in events[after:]]
    for live in (stepped, []):
        tracker = CallTracker("node1")
        for event in live:
            tracker.live(event)
        record = read(tracker, stepped)
        assert record is not None
        assert story(record) == story(whole())
        moments = [record.began, record.steps[0].entered, record.answered, record.ended]
        assert moments == sorted(moments)  # type: ignore[type-var]


def story(record: CallRecord) -> tuple[object, ...]:
    steps = [(step.agency, step.result) for step in record.steps]
    return record.outcome, record.reason, record.handset, record.emergency, steps


def test_durations_after_a_clock_was_set_back_are_true() -> None:
    """The stretch in which the clock was set has no length; what comes after is measured."""
    events = script()
    stepped = events[:8] + [event._replace(at=event.at - HOUR_US) for event in events[8:]]
    lengths = [b.at - a.at for a, b in pairwise(steadied(stepped))]
    true = [b.at - a.at for a, b in pairwise(events)]
    assert lengths == [*true[:7], 0, *true[8:]]


def test_events_a_little_out_of_order_are_no_step_of_the_clock() -> None:
    """Two channels' events that overtake each other keep their own times."""
    events = script()
    events[4], events[5] = events[5], events[4]
    assert steadied(events) == events


def test_a_call_known_from_the_database_ends_by_the_tail_of_its_events() -> None:
    """Its beginning is in no file any more: what was written of it stays, the rest is added."""
    known = fold(script()[:-5], "node1").record
    tracker = CallTracker("node1")
    assert tracker.restore(known)
    record = read(tracker, script()[-5:])
    assert record == replace(whole(), source=Source.BACKFILL)


def test_a_call_known_from_the_database_is_told_anew_by_a_whole_file() -> None:
    """When the file has its beginning, nothing of what was known before is mixed in."""
    wrong = replace(fold(script()[:6], "node1").record, emergency="flood", tier=3)
    tracker = CallTracker("node1")
    tracker.restore(wrong)
    assert read(tracker, script()) == replace(whole(), source=Source.BACKFILL)


@pytest.mark.parametrize(
    ("by", "reason"),
    [(CALLER, Reason.CALLER_HUNG_UP), ("PJSIP/201-00000002", Reason.HANDSET_HUNG_UP)],
)
def test_who_hung_up_is_known_of_a_restored_call_too(by: str, reason: Reason) -> None:
    """The caller's channel, unknown so far, is known by its own hang-up."""
    made = Script()
    made.arrive()
    made.choose()
    made.talk()
    known = fold(made.events, "node1").record
    made.events.clear()
    made.end(by=by)
    tracker = CallTracker("node1")
    tracker.restore(known)
    record = read(tracker, made.events)
    assert record is not None
    assert record.reason is reason


def test_a_call_that_is_followed_is_not_restored_over() -> None:
    """What events have told stands; so does what is over."""
    tracker = CallTracker("node1")
    tracker.live(script()[0])
    assert not tracker.restore(replace(whole(), ended=None))
    tracker.forget(CALL)
    assert not tracker.restore(replace(whole(), ended=None))


def test_a_call_that_is_gone_without_a_restart_has_no_reason() -> None:
    """Asterisk was up all the time and has no such channel: over, and nobody knows why."""
    events = script()[:9]
    tracker = CallTracker("node1")
    for event in events:
        tracker.live(event)
    record = tracker.vanished(CALL, events[0].time - timedelta(hours=1))
    assert record is not None
    assert (record.reason, record.outcome) == (Reason.UNKNOWN, Outcome.LOST)
    assert record.steps[0].result is StepResult.ABANDONED


def test_a_restored_call_that_is_gone_ends_when_it_was_last_known() -> None:
    """Of a call that only the database knows, the last known moment is its end."""
    known = fold(script()[:-3], "node1").record
    tracker = CallTracker("node1")
    tracker.restore(known)
    assert known.answered is not None
    record = tracker.vanished(CALL, known.answered + timedelta(seconds=5))
    assert record is not None
    assert (record.reason, record.outcome) == (Reason.RESTARTED, Outcome.ANSWERED)
    assert record.ended == known.answered


def test_each_event_that_was_missed_is_told_of() -> None:
    """Of a call to 112 those missed are reported, of one between handsets none."""
    missed: list[CelEvent] = []
    tracker = CallTracker("node1", missed.append)
    events = script()
    for event in events[:3] + events[6:]:
        tracker.live(event)
    read(tracker, events)
    other = Script(linked="node1-1795529999.9")
    other.event("CHAN_START", context="from-handset")
    other.end()
    read(tracker, other.events)
    assert missed == events[3:6]
