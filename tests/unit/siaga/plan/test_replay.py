from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from siaga.plan.model import Plan
from siaga.plan.replay import Change, PastCall, PastStep, Verdict, replay
from siaga.plan.source import parse

BEGAN = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in the centre's time."""

PLAN = """
centre: {name: 112, timezone: Asia/Makassar}
agencies:
  kominfo: {name: Kominfo, handsets: ["101"]}
  damkar: {name: Damkar, handsets: ["201"]}
  rsud: {name: RSUD, handsets: ["301"]}
emergencies:
  fire: {name: Kebakaran, agency: damkar, ring: 20s, overflow: [kominfo]}
  medical: {name: Medis, agency: rsud, ring: 20s, overflow: [kominfo]}
menu: {digits: {1: fire, 2: medical}, default: medical}
last_resort: {agency: kominfo}
"""


def plan(*changes: tuple[str, str]) -> Plan:
    text = PLAN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    # Without the loader's cross checks: these plans are as small as each question allows.
    return Plan.model_validate(parse(text.encode()).value)


def call(*steps: PastStep, **changes: object) -> PastCall:
    made = PastCall("n-1", "+62811", BEGAN, "fire", "digit", steps, routed=BEGAN)
    return replace(made, **changes)  # type: ignore[arg-type]


def judged(past: PastCall, new: Plan, **olds: Plan) -> Verdict:
    return next(iter(replay([past], new, olds)))


DAMKAR = PastStep("damkar", "queue", "answered", 8.0)
NO_DAMKAR = PastStep("damkar", "queue", "no_answer", 20.0)
DAMKAR_AWAY = PastStep("damkar", "queue", "unavailable", 0.0)
KOMINFO = PastStep("kominfo", "queue", "answered", 5.0)


@pytest.mark.parametrize(
    "steps", [(DAMKAR,), (NO_DAMKAR, KOMINFO), (DAMKAR_AWAY, KOMINFO)], ids=str
)
def test_the_plan_of_then_changes_nothing(steps: tuple[PastStep, ...]) -> None:
    """A call through the plan it was made under is found to go the same way."""
    assert judged(call(*steps), plan()).change is Change.SAME


def test_whoever_was_led_past_the_menu_began_by_the_last_resort() -> None:
    """With too many calls the operators were rung first, and would be again."""
    past = call(KOMINFO, emergency="medical", choice="overload")
    assert judged(past, plan()).change is Change.SAME
    other = judged(past, plan(("last_resort: {agency: kominfo}", "last_resort: {agency: damkar}")))
    assert (other.change, other.was) == (Change.FIRST, ("kominfo",))
    assert other.now[0] == "damkar"


def test_another_first_agency_is_found() -> None:
    """A call whose emergency another agency answers now is listed with both."""
    verdict = judged(call(DAMKAR), plan(("agency: damkar, ring", "agency: rsud, ring")))
    assert (verdict.change, verdict.was) == (Change.FIRST, ("damkar",))
    assert verdict.now[0] == "rsud"


def test_a_changed_overflow_is_found() -> None:
    """A call that went on to the overflow is listed when the overflow is another."""
    new = plan(("ring: 20s, overflow: [kominfo]}\n  med", "ring: 20s, overflow: [rsud]}\n  med"))
    verdict = judged(call(NO_DAMKAR, KOMINFO), new)
    assert (verdict.change, verdict.now[:2]) == (Change.LATER, ("damkar", "rsud"))
    assert judged(call(DAMKAR), new).change is Change.SAME


def test_a_shorter_ring_is_found() -> None:
    """A call answered after 18 s is listed when its agency is rung for 10 s only."""
    new = plan(("agency: damkar, ring: 20s", "agency: damkar, ring: 10s"))
    late = replace(DAMKAR, seconds=18.0)
    assert judged(call(late), new).change is Change.SOONER
    assert judged(call(DAMKAR), new).change is Change.SAME


def test_who_was_away_is_away_in_the_new_plan() -> None:
    """An agency without handsets then is passed over, so that its being first changes nothing."""
    new = plan(("agency: rsud, ring: 20s, overflow", "agency: damkar, ring: 20s, overflow"))
    past = call(DAMKAR_AWAY, KOMINFO, emergency="medical")
    assert judged(past, new).was == ("kominfo",)
    assert judged(past, new).change is Change.SAME


def test_a_plan_that_rings_nobody_is_the_worst() -> None:
    """A call that would reach nobody, with those away who were, is told as such."""
    lonely = plan(
        ("overflow: [kominfo]}\n  med", "overflow: []}\n  med"),
        ("agency: kominfo}", "agency: damkar, everyone: 0s}"),
        ("agency: rsud, ring: 20s, overflow: [kominfo]", "agency: rsud, overflow: [kominfo]"),
    )
    verdict = judged(call(DAMKAR_AWAY, KOMINFO), lonely)
    assert (verdict.change, verdict.now) == (Change.NOBODY, ())


def test_a_schedule_is_judged_at_the_moment_of_then() -> None:
    """A chain of the night changes the calls of the night and no others."""
    new = plan(
        ("\nagencies:", "\nschedules: {night: daily 00:00-06:00}\nagencies:"),
        (
            "ring: 20s, overflow: [kominfo]}\n  med",
            "ring: 20s, overflow: [kominfo], during: {night: {agency: kominfo}}}\n  med",
        ),
    )
    night = BEGAN - timedelta(hours=8)
    assert judged(call(DAMKAR), new).change is Change.SAME
    assert judged(call(DAMKAR, began=night, routed=night), new).change is Change.FIRST


@pytest.mark.parametrize(
    ("digits", "leads_to"), [("{2: medical}", None), ("{1: medical}", "medical")]
)
def test_an_emergency_that_is_gone(digits: str, leads_to: str | None) -> None:
    """A call for an emergency that the new plan lacks says where its key leads, if anywhere."""
    new = plan(
        ("  fire: {name: Kebakaran, agency: damkar, ring: 20s, overflow: [kominfo]}\n", ""),
        ("agency: rsud, ring: 20s, overflow: [", "agency: rsud, ring: 20s, overflow: [damkar, "),
        ("{1: fire, 2: medical}", digits),
    )
    verdict = judged(call(DAMKAR, version="old"), new, old=plan())
    assert (verdict.change, verdict.emergency) == (Change.GONE, leads_to)


def test_who_pressed_nothing_goes_to_the_new_default() -> None:
    """A caller who chose nothing is led to the new plan's default."""
    rsud = PastStep("rsud", "queue", "answered", 5.0)
    past = call(rsud, emergency="medical", choice="no_input")
    verdict = judged(past, plan(("default: medical", "default: fire")))
    assert (verdict.change, verdict.emergency) == (Change.FIRST, "fire")
    assert judged(past, plan()).change is Change.SAME


@pytest.mark.parametrize(
    ("rule", "caller"),
    [
        ("hidden: medical", "anonymous"),
        ('known: [{number: "0811", name: X, emergency: medical}]', "+62811"),
    ],
)
def test_caller_rules_are_applied(rule: str, caller: str) -> None:
    """Hidden and known callers go where the new plan's rules lead them."""
    new = plan(("\nmenu:", f"\ncallers: {{{rule}}}\nmenu:"))
    assert judged(call(DAMKAR, caller=caller), new).emergency == "medical"
    assert judged(call(DAMKAR, caller="0899999"), new).change is Change.SAME


def test_a_repeat_caller_goes_to_the_first_choice() -> None:
    """With ``repeat`` a second call within the time goes to what the first one chose by key."""
    new = plan(("\nmenu:", "\ncallers: {repeat: {within: 10m}}\nmenu:"))
    rsud = PastStep("rsud", "queue", "answered", 5.0)
    second = call(rsud, emergency="medical", began=BEGAN + timedelta(minutes=9))
    late = call(rsud, emergency="medical", began=BEGAN + timedelta(minutes=20))
    assert [v.emergency for v in replay([call(DAMKAR), second], new)] == ["fire", "fire"]
    assert [v.emergency for v in replay([call(DAMKAR), late], new)] == ["fire", "medical"]


def test_what_a_human_did_is_not_compared() -> None:
    """Steps after an answer or a transfer are no part of the plan's way."""
    moved = (DAMKAR, PastStep("rsud", "queue", "answered", 3.0))
    assert judged(call(*moved), plan()).was == ("damkar",)
    sent = (PastStep("damkar", "queue", "transferred", 3.0), KOMINFO)
    assert judged(call(*sent), plan()).change is Change.UNROUTED


def test_a_caller_who_left_early_is_not_compared() -> None:
    """A call without a choice or without a step is counted apart."""
    assert judged(call(emergency=None), plan()).change is Change.UNROUTED
    assert judged(call(), plan()).change is Change.UNROUTED
