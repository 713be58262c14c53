from __future__ import annotations

from router.calls.record import Outcome, Reason, Source
from router.calls.tracker import CallTracker
from siaga.names import Context
from tests.unit.router.calls.celmaker import Script


def answered_call() -> Script:
    """A call in which the handset's channel is the last to end."""
    script = Script()
    script.arrive()
    script.choose()
    script.talk()
    script.end()
    last = script.events.pop()
    script.event(
        last.kind,
        unique=f"{script.linked}-201",
        channel="PJSIP/201-00000002",
        context=Context.HANDSET,
    )
    return script


def test_a_call_of_which_only_the_handset_is_heard_is_not_lost() -> None:
    """When AMI gives none of the caller's events, no record says that the call was lost."""
    script = answered_call()
    tracker = CallTracker("node1")
    for event in script.events:
        if event.unique != script.linked:
            assert tracker.live(event) is None
    told = [record for event in script.events if (record := tracker.filed(event))]
    assert {record.outcome for record in told} == {None, Outcome.ANSWERED}
    assert [record.ended is None for record in told] == [True] * (len(told) - 1) + [False]
    assert told[-1].reason is Reason.CALLER_HUNG_UP
    assert told[-1].source is Source.BACKFILL


def test_a_call_that_was_heard_whole_ends_at_once() -> None:
    """The end comes over AMI, without waiting for the file."""
    script = answered_call()
    tracker = CallTracker("node1")
    told = [record for event in script.events if (record := tracker.live(event))]
    assert told[-1].outcome is Outcome.ANSWERED
    assert told[-1].source is Source.LIVE
