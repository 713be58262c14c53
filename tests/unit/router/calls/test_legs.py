from __future__ import annotations

import csv
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.calls.events import from_row
from router.calls.record import CallRecord, LegEnd, LegKind, Outcome, Source
from router.calls.reducer import fold
from router.calls.tracker import CallTracker
from siaga.names import Context, Milestone
from tests.unit.router.calls.celmaker import CALL, CALLER
from tests.unit.router.calls.celmaker import lines as cel_lines
from tests.unit.router.calls.roommaker import HANDSET, LOCAL, OPERATOR, Room


def told(script: Room) -> list[tuple[Any, ...]]:
    record = fold(script.events, "node1").record
    return [(leg.kind, leg.agency, leg.handset, leg.end) for leg in record.legs]


ROUTE = (LegKind.ROUTE, "kominfo", "101")


def test_a_leg_lasts_from_the_answer_to_the_end_of_its_channel() -> None:
    """The operator leaves first, the agency with the call; every time is kept."""
    script = Room()
    script.answered()
    script.enter()
    script.rung()
    script.joined()
    script.gone()
    script.over()
    record = fold(script.events, "node1").record
    assert told(script) == [
        (*ROUTE, LegEnd.HUNG_UP),
        (LegKind.ADD, "rsud", "301", LegEnd.CALL_ENDED),
    ]
    first, second = record.legs
    assert first.joined == record.answered
    assert first.rung < second.rung < (second.joined or first.rung) < (first.left or first.rung)
    assert second.left == record.ended
    assert second.channel == HANDSET
    assert record.outcome is Outcome.ANSWERED


def test_a_transfer_that_joined_makes_the_call_a_transferred_one() -> None:
    """Not before: a transfer that nobody answered is none."""
    script = Room()
    script.answered()
    script.enter()
    script.rung("transfer")
    assert not fold(script.events, "node1").moved
    script.joined()
    script.gone(by="")
    script.over()
    assert told(script)[0] == (*ROUTE, LegEnd.RELEASED)
    assert fold(script.events, "node1").record.outcome is Outcome.TRANSFERRED


def test_how_a_ringing_ended_is_told_by_queue_or_dial() -> None:
    """Nobody answered, nobody there, given up: three ends."""
    for status, end in (
        ("TIMEOUT|", LegEnd.NO_ANSWER),
        ("|NOANSWER", LegEnd.NO_ANSWER),
        ("JOINEMPTY|", LegEnd.UNAVAILABLE),
        ("|", LegEnd.UNAVAILABLE),
        ("CANCELLED", LegEnd.CANCELLED),
    ):
        script = Room()
        script.answered()
        script.enter()
        script.rung()
        script.leg(Milestone.LEG_OVER, status)
        script.leg(Milestone.LEG_OVER, "CANCELLED")
        assert told(script)[1] == (LegKind.ADD, "rsud", None, end)


def test_of_a_leg_that_was_answered_its_handset_tells_the_end() -> None:
    """The end of what rang it comes first and says nothing."""
    script = Room()
    script.answered()
    script.enter()
    script.rung()
    script.joined()
    script.leg(Milestone.LEG_OVER, "CANCELLED")
    script.leg(Milestone.LEG_OVER, "HANDSET", HANDSET)
    assert told(script)[1] == (LegKind.ADD, "rsud", "301", LegEnd.HUNG_UP)


def test_what_is_let_go_after_the_caller_left_ended_with_the_call() -> None:
    """The room is emptied because the caller is gone: nobody was let go by a command."""
    script = Room()
    script.answered()
    script.enter()
    script.rung()
    script.joined()
    script.event("BRIDGE_EXIT")
    script.leg(Milestone.LEG_OVER, "CENTRE", HANDSET)
    script.gone(by="")
    script.end()
    assert [end for *_, end in told(script)] == [LegEnd.CALL_ENDED] * 2


def test_milestones_that_mean_nothing_change_nothing() -> None:
    """Unknown kinds and legs, missing fields, and whatever comes after the end."""
    script = Room()
    script.answered()
    before = told(script)
    script.leg(Milestone.LEG, "sing|rsud")
    script.leg(Milestone.LEG_JOINED, "")
    script.leg(Milestone.LEG_OVER, "HANDSET", leg="")
    for kind in (Milestone.LEG, Milestone.LEG_ANSWERED, Milestone.LEG_JOINED, Milestone.LEG_OVER):
        script.event(kind, extra=json.dumps({"extra": ""}))
    assert told(script) == before
    script.end(CALLER)
    ended, script.tick = told(script), 1
    script.rung()
    assert told(script) == ended


def test_a_caller_who_comes_back_into_the_room_makes_no_leg() -> None:
    """The dialplan looks each minute who is there; whoever is in the room is a leg already."""
    script = Room()
    script.answered()
    script.enter()
    script.event("BRIDGE_EXIT")
    script.event("BRIDGE_ENTER", application="ConfBridge", peer=f"{LOCAL};1,{OPERATOR}")
    assert told(script) == [(*ROUTE, None)]


def whole() -> Room:
    script = Room()
    script.answered()
    script.enter()
    script.rung()
    script.joined()
    script.gone()
    script.leg(Milestone.LEG_OVER, "HANDSET", HANDSET)
    script.event("BRIDGE_EXIT")
    script.milestone(Milestone.LAST_RESORT, "1")
    script.milestone(Milestone.STEP, "kominfo|queue")
    script.over()
    return script


@given(st.data())
def test_an_outage_of_the_listener_loses_no_leg(data: st.DataObject) -> None:
    """Any stretch may be missing live: from the file the record has the same legs."""
    events = whole().events
    begin = data.draw(st.integers(0, len(events)))
    end = data.draw(st.integers(begin, len(events)))
    tracker = CallTracker("node1")
    last: CallRecord | None = None
    for event in events[:begin] + events[end:]:
        last = tracker.live(event) or last
    for event in events:
        last = tracker.filed(event) or last
    assert last is not None
    assert last.legs == fold(events, "node1").record.legs
    assert last.source is (Source.LIVE if begin == end else Source.BACKFILL)


def test_a_milestone_of_a_leg_is_read_as_one_of_its_call() -> None:
    """In the file it stands on a channel of another linkedid; the call it names gets it."""
    script = Room(linked="node1-9.9")
    script.event(Milestone.LEG, extra=json.dumps({"extra": f"{CALL}|x|add|rsud"}))
    script.event("BRIDGE_ENTER", context=Context.HANDSET)

    rows = csv.reader(cel_lines(script.events).decode().splitlines())
    assert [from_row(row).linked for row in rows] == [CALL, "node1-9.9"]
