"""Callers who hold for hours: the end is still told."""

from __future__ import annotations

import pytest

from router.calls import tracker as module
from router.calls.record import Outcome, Reason, StepResult
from router.calls.tracker import CallTracker
from siaga.names import Milestone
from tests.unit.router.calls.celmaker import Script

HANDSETS = 12
ROUNDS = 300


def holding(rounds: int) -> Script:
    """A call that goes round in the last resort, with a dozen handsets ringing in each round."""
    script = Script()
    script.arrive()
    script.choose()
    for number in range(rounds):
        script.milestone(Milestone.LAST_RESORT, str(number + 1))
        script.milestone(Milestone.STEP, "everyone|queue")
        for handset in range(HANDSETS):
            leg = {
                "unique": f"node1-2.{number * HANDSETS + handset}",
                "channel": f"PJSIP/{handset}-{number:08x}",
                "context": "from-handset",
            }
            for kind in ("CHAN_START", "HANGUP", "CHAN_END"):
                script.event(kind, **leg)
        script.milestone(Milestone.STEP_END, "everyone|TIMEOUT")
    return script


@pytest.mark.parametrize("delivery", ["live", "filed"])
def test_a_caller_who_holds_for_hours_has_an_end(delivery: str) -> None:
    """After thousands of handsets have rung, the record still tells who hung up and when."""
    script = holding(ROUNDS)
    script.end()
    calls = CallTracker("node1")
    record = None
    for event in script.events:
        record = getattr(calls, delivery)(event) or record
    assert record is not None
    assert (record.outcome, record.reason) == (Outcome.ABANDONED_RINGING, Reason.CALLER_HUNG_UP)
    assert record.ended == next(e.time for e in reversed(script.events) if e.kind == "HANGUP")
    assert record.steps[-1].result is StepResult.NO_ANSWER


@pytest.mark.parametrize("delivery", ["live", "filed"])
def test_beyond_the_limit_the_end_is_still_taken(
    delivery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call with more events than are kept is closed by its end like any other."""
    monkeypatch.setattr(module, "MAX_EVENTS", 50)
    script = holding(ROUNDS)
    script.end()
    calls = CallTracker("node1")
    record = None
    for event in script.events:
        record = getattr(calls, delivery)(event) or record
    assert record is not None
    assert record.reason is Reason.CALLER_HUNG_UP
