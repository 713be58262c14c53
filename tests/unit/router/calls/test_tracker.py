from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from router.calls.record import CallRecord, Outcome, Reason, Recording, Source
from router.calls.tracker import CallTracker
from tests.unit.router.calls.celmaker import CALL, Script

if TYPE_CHECKING:
    from router.calls.events import CelEvent


def script() -> list[CelEvent]:
    made = Script()
    made.arrive()
    made.choose()
    made.talk()
    made.end()
    return made.events


def as_ami(event: CelEvent) -> CelEvent:
    """The same event as AMI tells it: a little later by its own stamp."""
    return event._replace(at=event.at + 137)


def by_file_alone() -> CallRecord:
    tracker = CallTracker("node1")
    last = None
    for event in script():
        last = tracker.filed(event) or last
    assert last is not None
    return last


def test_live_record_ends_as_the_file_tells_it() -> None:
    """After the file has confirmed a call, its record has the true times and is still live."""
    tracker = CallTracker("node1")
    for event in script():
        tracker.live(as_ami(event))
    last = None
    for event in script():
        last = tracker.filed(event) or last
    assert last == replace(by_file_alone(), source=Source.LIVE)


def test_record_follows_each_live_event() -> None:
    """The record is there while the call is up, before the file is read."""
    tracker = CallTracker("node1")
    *up, _, _, _ = script()
    for event in up:
        tracker.live(as_ami(event))
    [state] = tracker.open()
    assert state.record.answered_by == "damkar"
    assert state.record.ended is None


@given(st.lists(st.booleans(), min_size=len(script()), max_size=len(script())), st.data())
def test_any_events_missed_live_are_recovered(missed: list[bool], data: st.DataObject) -> None:
    """Whatever AMI lost, the record is the file's, and says whether anything was recovered."""
    tracker = CallTracker("node1")
    live = [as_ami(event) for event, gone in zip(script(), missed, strict=True) if not gone]
    filed = script()
    last = None
    # The file is read behind AMI: an event is never filed before its live twin came.
    while live or filed:
        twin = bool(live) and (not filed or live[0].at <= filed[0].at + 137)
        if live and (twin or data.draw(st.booleans())):
            last = tracker.live(live.pop(0)) or last
        else:
            last = tracker.filed(filed.pop(0)) or last
    source = Source.BACKFILL if any(missed) else Source.LIVE
    assert last == replace(by_file_alone(), source=source)


@given(st.lists(st.integers(0, len(script()) - 1), max_size=10))
def test_stragglers_after_the_end_change_nothing(late: list[int]) -> None:
    """A call that is confirmed and forgotten is not opened again by events that come late."""
    tracker = CallTracker("node1")
    for event in script():
        tracker.filed(event)
    tracker.forget(CALL)
    for index in late:
        assert tracker.live(script()[index]) is None
    assert len(tracker) == 0


def test_call_that_asterisk_forgot_is_closed() -> None:
    """After a restart of Asterisk the open call is ended with that reason and stays ended."""
    tracker = CallTracker("node1")
    events = script()
    for event in events[:5]:
        tracker.live(event)
    record = tracker.vanished(CALL, events[4].time + timedelta(seconds=1))
    assert record is not None
    assert (record.reason, record.outcome) == (Reason.RESTARTED, Outcome.LOST)
    assert record.ended == events[4].time
    assert tracker.filed(events[5]) is None
    assert tracker.vanished(CALL) is None


def test_filed_recording_is_added_to_the_record() -> None:
    """What the filer found stands in the record, whichever comes first, filing or confirmation."""
    tracker = CallTracker("node1")
    recording = Recording(f"2026/11/24/{CALL}.wav", "00" * 32, 1234)
    *first, end = script()
    for event in first:
        tracker.filed(event)
    assert tracker.awaits_recording(CALL)
    tracker.recorded(CALL, recording)
    record = tracker.filed(end)
    assert record is not None
    assert record.recording == recording
    assert not tracker.awaits_recording(CALL)


def test_calls_between_handsets_give_no_record() -> None:
    """An internal call is followed to its end without a record."""
    made = Script()
    made.event("CHAN_START", context="from-handset")
    made.end()
    tracker = CallTracker("node1")
    assert [tracker.live(event) for event in made.events] == [None] * len(made.events)
    assert [tracker.filed(event) for event in made.events] == [None] * len(made.events)
    assert tracker.finished() == [CALL]


@given(st.sets(st.integers(0, len(script()) - 2)))
def test_what_the_file_lost_was_told_live(lost: set[int]) -> None:
    """A disk that was full for a while leaves gaps in the file; what AMI told stays."""
    tracker = CallTracker("node1")
    for event in script():
        tracker.live(as_ami(event))
    last = None
    for index, event in enumerate(script()):
        if index not in lost:
            last = tracker.filed(event) or last
    assert last is not None
    assert timeless(last) == timeless(replace(by_file_alone(), source=Source.LIVE))


def timeless(record: CallRecord) -> CallRecord:
    """The record without its times, in which the two deliveries differ by microseconds."""
    zero = datetime(2026, 1, 1, tzinfo=UTC)
    steps = tuple(replace(step, entered=zero, left=zero) for step in record.steps)
    legs = tuple(replace(leg, rung=zero, joined=zero, left=zero) for leg in record.legs)
    return replace(record, began=zero, answered=zero, ended=zero, steps=steps, legs=legs)


def test_what_amis_delivery_tells_after_the_file_was_not_missed() -> None:
    """The file was read to its end just before: the record is live once AMI has told it too."""
    tracker = CallTracker("node1")
    first, *rest = script()
    told = tracker.filed(first)
    assert told is None or told.source is Source.BACKFILL
    second = rest[0]
    tracker.filed(second)
    tracker.live(as_ami(first))
    record = tracker.live(as_ami(second))
    for event in rest[1:]:
        record = tracker.live(as_ami(event)) or record
    for event in rest[1:]:
        record = tracker.filed(event) or record
    assert record is not None
    assert record.source is Source.LIVE
