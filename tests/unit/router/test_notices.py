from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from router import notices
from router.calls.record import CallRecord, Outcome, Recording, Step
from siaga.plan import load_plan, parse_plan
from siaga.settings import PROJECT

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PLAN = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")


def record(*agencies: str, **more: object) -> CallRecord:
    steps = tuple(Step(agency, "queue", NOW) for agency in agencies)
    base = {"emergency": "fire", "began": NOW, "steps": steps, **more}
    return CallRecord(id="1", node="n", caller="0812", **base)  # type: ignore[arg-type]


def plan_with_notify() -> object:
    text = PLAN.replace("agency: damkar\n", "agency: damkar\n    notify: [bpbd, damkar]\n", 1)
    return parse_plan(text.encode()).plan


def test_each_agency_that_is_rung_is_told_once() -> None:
    """An agency rung twice in one call is named once."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    found = list(notices.agencies(record("damkar", "kominfo", "damkar"), plan, NOW))
    assert found == ["damkar", "kominfo"]


def test_agencies_the_plan_names_beside_are_told_too() -> None:
    """``notify`` of the emergency adds agencies that are not rung."""
    found = list(notices.agencies(record("damkar"), plan_with_notify(), NOW))  # type: ignore[arg-type]
    assert found == ["damkar", "bpbd"]


def test_nobody_is_told_before_anybody_is_rung() -> None:
    """A caller still in the menu is no news."""
    assert list(notices.agencies(record(), plan_with_notify(), NOW)) == []  # type: ignore[arg-type]


def test_history_raises_no_alarm() -> None:
    """Calls that are over or old, as a backfill brings them, are told to nobody."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    assert not list(notices.agencies(record("damkar", ended=NOW), plan, NOW))
    late = NOW + timedelta(seconds=notices.STALE_S + 1)
    assert not list(notices.agencies(record("damkar"), plan, late))


def test_an_agency_is_told_that_the_caller_left_unanswered() -> None:
    """Once, by its own event; not of calls that were answered, are history, or rang nobody."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    gone = record("damkar", ended=NOW, outcome=Outcome.ABANDONED_RINGING)
    (told,) = notices.due(gone, plan, NOW)
    assert (told.event, told.agency) == ("caller_left", "damkar")
    assert notices.due(gone, plan, NOW)[0].id == told.id
    (ringing,) = notices.due(record("damkar"), plan, NOW)
    assert (ringing.event, ringing.id != told.id) == ("call_ringing", True)
    late = NOW + timedelta(seconds=notices.STALE_S + 1)
    assert notices.due(gone, plan, late) == ()
    assert notices.due(replace(gone, outcome=Outcome.ANSWERED), plan, NOW) == ()
    assert notices.due(replace(gone, steps=()), plan, NOW) == ()
    assert notices.due(replace(gone, recording=Recording("test/a.wav")), plan, NOW) == ()


def test_agency_that_left_the_plan_is_passed_over() -> None:
    """A step of an agency that the plan no longer has breaks nothing."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    assert list(notices.agencies(record("polres", emergency="gone"), plan, NOW)) == []


def test_an_agency_is_told_with_its_contacts_and_its_time() -> None:
    """The receiver gets the contacts of the plan the call began with, one kind each."""
    text = PLAN.replace(
        '    handsets: ["201", "202"]\n',
        '    handsets: ["201", "202"]\n    notify: [{sms: "+62811000111"}, {email: a@b.id}]\n',
    )
    told = notices.due(record("damkar", "kominfo"), parse_plan(text.encode()).plan, NOW)
    payloads = [json.loads(notification.payload) for notification in told]
    assert [payload["agency"] for payload in payloads] == ["damkar", "kominfo"]
    assert payloads[0]["contacts"] == [{"sms": "+62811000111"}, {"email": "a@b.id"}]
    assert "contacts" not in payloads[1]
    assert payloads[0]["began"] == "2026-11-24T20:00:00.000000+08:00"


def test_the_step_of_everybody_names_no_agency() -> None:
    """Ringing all handsets in the last resort notifies nobody anew."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    assert list(notices.agencies(record("damkar", "everyone"), plan, NOW)) == ["damkar"]


def test_a_number_from_hell_is_escaped_in_a_notification() -> None:
    """Whatever moves a terminal is told as JSON escapes, and read back as it came."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    hell = "\x1b[2J\x07\x9b31m\u202e\u2028\t\r\n\x7f<b>"
    calls = replace(record("damkar"), caller=hell)
    (told,) = notices.due(calls, plan, NOW)
    assert told.payload.isascii()
    assert told.payload.isprintable()
    assert json.loads(told.payload)["caller"] == hell
