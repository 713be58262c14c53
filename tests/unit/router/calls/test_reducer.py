from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calls.events import CelEvent
from router.calls.record import LegEnd, Outcome, Reason, StepResult
from router.calls.reducer import MAX_STEPS, close, fold, known
from siaga.names import Milestone
from tests.unit.router.calls.celmaker import CALL, CALLER, Script


def answered_call() -> Script:
    script = Script()
    script.arrive()
    script.choose()
    script.talk()
    script.end()
    return script


def test_answered_call_is_recorded_whole() -> None:
    """Every field of an answered call comes from its events."""
    script = answered_call()
    record = fold(script.events, "node1").record
    assert (record.caller, record.language, record.emergency) == ("0812", "id", "fire")
    assert (record.choice, record.tier, record.plan_version) == ("digit", 1, "e0eb14a83272")
    assert (record.answered_by, record.handset) == ("damkar", "201")
    assert record.outcome is Outcome.ANSWERED
    assert record.reason is Reason.CALLER_HUNG_UP
    assert record.began == script.events[0].time
    assert record.wait_ms == 9 * 250
    assert record.talk_ms == 250
    assert record.recording is not None
    assert record.recording.path == "2026/11/24/node1-1795529994.1.wav"
    assert record.address == "10.1.2.3"
    [step] = record.steps
    assert (step.agency, step.kind, step.result) == ("damkar", "queue", StepResult.ANSWERED)
    assert step.left == record.answered


@pytest.mark.parametrize("first", ["caller", "handset"])
@pytest.mark.parametrize("told", [True, False])
def test_two_in_one_bridge_are_joined_whatever_peer_says(first: str, *, told: bool) -> None:
    """Asterisk under load names no peer for either side: the bridge that both enter tells it."""
    script = Script()
    script.arrive()
    script.choose()
    handset = {"unique": "node1-2.9", "channel": "PJSIP/202-00000009", "context": "from-handset"}
    bridge = json.dumps({"bridge_id": "b-1"})
    script.event("CHAN_START", **handset)
    sides: list[dict[str, str]] = [{}, handset]
    names = [CALLER, handset["channel"]]
    if first == "handset":
        sides.reverse()
        names.reverse()
    script.event("BRIDGE_ENTER", extra=bridge, **sides[0])
    script.event("BRIDGE_ENTER", extra=bridge, peer=names[0] if told else "", **sides[1])
    joined = script.events[-1].time
    script.event("BRIDGE_EXIT", extra=bridge)
    script.end()
    record = fold(script.events, "node1").record
    assert (record.outcome, record.handset) == (Outcome.ANSWERED, "202")
    assert record.answered == joined
    assert record.steps[-1].result is StepResult.ANSWERED


def test_being_alone_in_a_bridge_or_after_another_is_no_talk() -> None:
    """A caller who meets nobody has not been answered."""
    script = Script()
    script.arrive()
    script.choose()
    handset = {"unique": "node1-2.9", "channel": "PJSIP/202-00000009", "context": "from-handset"}
    for bridge in ("b-1", "b-2"):
        extra = json.dumps({"bridge_id": bridge})
        script.event("BRIDGE_ENTER", extra=extra, **handset)
        script.event("BRIDGE_EXIT", extra=extra, **handset)
        script.event("BRIDGE_ENTER", extra=extra)
        script.event("BRIDGE_EXIT", extra=extra)
    script.end()
    assert fold(script.events, "node1").record.outcome is Outcome.ABANDONED_RINGING


def test_hang_up_by_the_handset_is_told_from_one_by_the_caller() -> None:
    """Who ended the talk is kept."""
    script = Script()
    script.arrive()
    script.choose()
    script.talk()
    script.end(by="PJSIP/201-00000002")
    assert fold(script.events, "node1").record.reason is Reason.HANDSET_HUNG_UP


def test_caller_who_leaves_in_the_menu() -> None:
    """Leaving before a choice is abandonment in the menu, with nothing chosen."""
    script = Script()
    script.arrive()
    script.end()
    record = fold(script.events, "node1").record
    assert record.outcome is Outcome.ABANDONED_MENU
    assert record.emergency is None
    assert record.wait_ms is None
    assert record.talk_ms is None


def test_caller_who_leaves_while_it_rings() -> None:
    """Leaving while handsets ring closes the step as abandoned."""
    script = Script()
    script.arrive()
    script.choose()
    script.end()
    record = fold(script.events, "node1").record
    assert record.outcome is Outcome.ABANDONED_RINGING
    assert record.steps[-1].result is StepResult.ABANDONED
    assert record.steps[-1].left == record.ended


def test_cancel_before_the_answer() -> None:
    """A caller who gives up before the call is up is a cancelled call, not a lost one."""
    script = Script()
    script.event("CHAN_START")
    script.end(by="")
    record = fold(script.events, "node1").record
    assert record.reason is Reason.CANCELLED
    assert record.outcome is Outcome.ABANDONED_MENU


def test_a_call_without_room_is_refused_and_not_lost() -> None:
    """Beyond the hard limit the centre ends the call unanswered: it has a name of its own."""
    script = Script()
    script.event("CHAN_START")
    script.event(Milestone.REFUSED)
    script.end(by="")
    record = fold(script.events, "node1").record
    assert (record.outcome, record.reason) == (Outcome.REFUSED, Reason.REFUSED)
    assert (record.recording, record.steps, record.answered) == (None, (), None)


def test_system_that_ends_an_unanswered_call_has_lost_it() -> None:
    """The one outcome that must never occur is recognised."""
    script = Script()
    script.arrive()
    script.choose()
    script.end(by="")
    assert fold(script.events, "node1").record.outcome is Outcome.LOST


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("TIMEOUT", StepResult.NO_ANSWER),
        ("JOINEMPTY", StepResult.UNAVAILABLE),
        ("LEAVEEMPTY", StepResult.UNAVAILABLE),
        ("CHANUNAVAIL", StepResult.UNAVAILABLE),
        ("NOANSWER", StepResult.NO_ANSWER),
        ("", StepResult.UNAVAILABLE),
    ],
)
def test_overflow_keeps_how_each_step_ended(status: str, result: StepResult) -> None:
    """The step that failed and the one that answered both stand in the record."""
    script = Script()
    script.arrive()
    script.choose()
    script.milestone(Milestone.STEP_END, f"damkar|{status}")
    script.milestone(Milestone.STEP, "kominfo|queue")
    script.talk("101")
    script.end()
    record = fold(script.events, "node1").record
    assert [step.result for step in record.steps] == [result, StepResult.ANSWERED]
    assert (record.answered_by, record.handset) == ("kominfo", "101")


def test_answered_call_sent_on_is_transferred() -> None:
    """A transfer after the answer is the outcome; who answered first stays."""
    script = Script()
    script.arrive()
    script.choose()
    script.talk()
    script.milestone(Milestone.TRANSFER, "rsud")
    script.milestone(Milestone.STEP, "rsud|queue")
    script.talk("301")
    script.end()
    record = fold(script.events, "node1").record
    assert record.outcome is Outcome.TRANSFERRED
    assert (record.answered_by, record.handset) == ("damkar", "201")
    assert [step.agency for step in record.steps] == ["damkar", "rsud"]


def test_waiting_call_sent_on_is_answered_elsewhere() -> None:
    """A transfer while it rings closes that step as transferred; the call counts as answered."""
    script = Script()
    script.arrive()
    script.choose()
    script.milestone(Milestone.TRANSFER, "rsud")
    script.milestone(Milestone.STEP, "rsud|queue")
    script.talk("301")
    script.end()
    record = fold(script.events, "node1").record
    assert record.outcome is Outcome.ANSWERED
    assert record.steps[0].result is StepResult.TRANSFERRED
    assert record.answered_by == "rsud"


def test_number_outside_that_answers_is_named() -> None:
    """A PSTN step's handset is the number that was dialled."""
    script = Script()
    script.arrive()
    script.milestone(Milestone.CHOICE, "fire|id|digit|1")
    script.milestone(Milestone.STEP, "damkar|pstn")
    script.event(
        "BRIDGE_ENTER",
        peer="PJSIP/trunk-00000009",
        application="Dial",
        data="PJSIP/+62549123456@trunk,20,m",
    )
    script.end()
    assert fold(script.events, "node1").record.handset == "+62549123456"


def test_calls_between_handsets_are_no_emergency_calls() -> None:
    """Only a call to 112 is one for the record."""
    script = Script()
    script.event("CHAN_START", context="from-handset")
    script.end()
    assert not fold(script.events, "node1").emergency_call


def test_caller_who_holds_for_hours_has_a_bounded_record() -> None:
    """The last resort's rounds do not let a record grow without end, and the newest step stays."""
    script = Script()
    script.arrive()
    for _ in range(3 * MAX_STEPS):
        script.milestone(Milestone.STEP, "kominfo|queue")
        script.milestone(Milestone.STEP_END, "kominfo|JOINEMPTY")
    script.milestone(Milestone.STEP, "rsud|queue")
    record = fold(script.events, "node1").record
    assert len(record.steps) == MAX_STEPS
    assert record.steps[-1].agency == "rsud"


def test_restart_in_a_call_closes_it_once() -> None:
    """A call that Asterisk lost is closed with the true reason, and stays so."""
    script = Script()
    script.arrive()
    state = fold(script.events, "node1")
    ended = state.record.began + timedelta(seconds=3)
    closed = close(state, ended, Reason.RESTARTED)
    assert closed.record.outcome is Outcome.LOST
    assert close(closed, ended + timedelta(seconds=9), Reason.SYSTEM) == closed


@given(st.permutations(answered_call().events))
def test_order_of_arrival_does_not_matter(events: list[CelEvent]) -> None:
    """Events in any order fold to the same record."""
    assert fold(events, "node1") == fold(answered_call().events, "node1")


@given(
    st.lists(
        st.builds(
            CelEvent._replace,
            st.sampled_from(answered_call().events),
            kind=st.sampled_from([*Milestone, "BRIDGE_ENTER", "HANGUP", "LINKEDID_END", "X"]),
            number=st.text(max_size=20),
            extra=st.one_of(st.text(max_size=30), st.just(json.dumps({"extra": "|||"}))),
            peer=st.text(max_size=10),
            data=st.text(max_size=10),
        ),
        min_size=1,
    )
)
def test_hostile_events_never_break_the_fold(events: list[CelEvent]) -> None:
    """Whatever is in the events, a record comes out and its step times are in order."""
    record = fold(events, "node1").record
    assert all(step.left is None or step.left >= step.entered for step in record.steps)


def test_forged_milestone_in_a_callers_number_is_text() -> None:
    """A number that looks like a milestone is kept as the number and means nothing."""
    script = Script()
    script.event("CHAN_START", number="SiagaChoice,fire|id|digit|1")
    script.end(by=CALLER)
    record = fold(script.events, "node1").record
    assert record.caller == "SiagaChoice,fire|id|digit|1"
    assert record.emergency is None


def watched_call() -> Script:
    """A silent caller whose officer is freed, who is watched and then speaks up."""
    script = Script()
    script.arrive()
    script.milestone(Milestone.CHOICE, "operator|id|no_input|1")
    script.milestone(Milestone.STEP, "kominfo|queue")
    script.talk("101")
    script.event("BRIDGE_EXIT")
    script.milestone(Milestone.SILENT, "kominfo")
    script.event("HANGUP", unique=f"{CALL}-101", channel="PJSIP/101-00000002")
    script.milestone(Milestone.SILENT_END, "kominfo|HEARD")
    script.milestone(Milestone.STEP, "kominfo|queue")
    return script


def test_a_watched_call_is_answered_and_says_when_the_caller_was_heard() -> None:
    """To be listened to again is no transfer; the officer who was freed was let go."""
    script = watched_call()
    script.talk("102")
    script.end()
    record = fold(script.events, "node1").record
    assert [(one.kind, one.result) for one in record.steps] == [
        ("queue", StepResult.ANSWERED),
        ("watch", StepResult.HEARD),
        ("queue", StepResult.ANSWERED),
    ]
    assert (record.was_watched, record.spoke_up) == (True, True)
    assert (record.outcome, record.handset) == (Outcome.ANSWERED, "101")
    assert [(one.handset, one.end) for one in record.legs] == [
        ("101", LegEnd.RELEASED),
        ("102", LegEnd.CALL_ENDED),
    ]


def test_a_watched_call_that_a_new_router_finds_is_no_transfer() -> None:
    """Of which only the record is known, from the database."""
    assert not known(fold(watched_call().events, "node1").record).moved
