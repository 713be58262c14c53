from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.calls.record import CallRecord, Source
from router.calls.reducer import fold
from router.calls.tracker import CallTracker
from tests.replay.logbook import as_json, expected, filed, live, scenarios
from tests.replay.scenarios import SCENARIOS

STAMP = timedelta(milliseconds=100)
"""How much later than the event AMI may have stamped it; seen: below 1 ms."""


def track(live_events: list[Any], filed_events: list[Any]) -> CallRecord:
    """The last record of a tracker that is told first all of AMI's events, then the file's."""
    tracker = CallTracker("node1")
    last = None
    for event in live_events:
        last = tracker.live(event) or last
    for event in filed_events:
        last = tracker.filed(event) or last
    assert last is not None
    return last


def test_every_scenario_has_its_log() -> None:
    """No scenario of the script is without a recording, and no recording without a scenario."""
    assert scenarios() == sorted(scenario.__name__ for scenario in SCENARIOS)


@pytest.mark.parametrize("name", scenarios())
def test_record_of_the_file_is_the_one_committed(name: str) -> None:
    """The reducer makes of a real CEL file the record that a person has read and agreed to."""
    assert as_json(fold(filed(name), "node1").record) == expected(name)


@pytest.mark.parametrize("name", scenarios())
def test_live_record_says_the_same(name: str) -> None:
    """What AMI alone tells differs from the file by the lateness of AMI's stamps only."""
    from_file = fold(filed(name), "node1").record
    from_ami = fold(live(name), "node1").record
    assert timeless(asdict(from_ami)) == timeless(asdict(from_file))
    for ours, true in zip(times(asdict(from_ami)), times(asdict(from_file)), strict=True):
        assert timedelta(0) <= ours - true < STAMP


@pytest.mark.parametrize("name", scenarios())
def test_confirmed_record_is_live_and_exact(name: str) -> None:
    """Seen live and confirmed by the file, the record has the file's times and source live."""
    record = track(live(name), filed(name))
    assert record.source is Source.LIVE
    assert as_json(record) == expected(name)


@given(st.data())
@settings(max_examples=200)
def test_outage_of_the_listener_changes_nothing_but_the_source(data: st.DataObject) -> None:
    """Any stretch of AMI's events may be missing: the record is the same, told as backfilled.

    What legs say once the call is over changes nothing any more, whether it was heard or not.
    """
    name = data.draw(st.sampled_from(scenarios()))
    events = live(name)
    begin = data.draw(st.integers(0, len(events)))
    end = data.draw(st.integers(begin, len(events)))
    record = track(events[:begin] + events[end:], filed(name))
    counts = [event.kind for event in events].index("LINKEDID_END") + 1
    source = Source.LIVE if begin == end or begin >= counts else Source.BACKFILL
    whole = fold(filed(name), "node1").record
    assert record == replace(whole, source=source)


@given(st.data())
@settings(max_examples=200)
def test_events_doubled_or_out_of_order_change_nothing(data: st.DataObject) -> None:
    """AMI's events in any order and some twice: once the file is read, the record is the same."""
    name = data.draw(st.sampled_from(scenarios()))
    events = live(name)
    doubled = data.draw(st.lists(st.sampled_from(events), max_size=5))
    shuffled = data.draw(st.permutations(events + doubled))
    assert as_json(track(shuffled, filed(name))) == expected(name)


@pytest.mark.parametrize("name", scenarios())
def test_channels_whose_coming_was_not_heard_are_no_harm(name: str) -> None:
    """Who rings and who is brought in was not heard live: the file tells all of it."""
    heard = [one for one in live(name) if one.kind not in {"SiagaStep", "SiagaLeg"}]
    assert as_json(track(heard, filed(name))) == expected(name)


def timeless(value: Any) -> Any:
    """A record's fields without its times."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [timeless(item) for item in value]
    return "time" if isinstance(value, datetime) else value


def times(value: Any) -> list[datetime]:
    """A record's times, in the order of its fields."""
    if isinstance(value, dict):
        return [time for item in value.values() for time in times(item)]
    if isinstance(value, list | tuple):
        return [time for item in value for time in times(item)]
    return [value] if isinstance(value, datetime) else []


def test_committed_records_are_readable() -> None:
    """Each committed record is JSON that names its outcome."""
    for name in scenarios():
        assert json.loads(expected(name))["outcome"]
