"""Messages to contacts: who is told, when, and what of the caller."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from router import notices
from router.calls.record import Outcome, Step
from router.notices import Ways
from router.notify import BOARD, WEBHOOK, Messenger
from siaga.gateways import KINDS
from siaga.plan import parse_plan
from siaga.settings import PROJECT
from tests.unit.router.store.records import at, record

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from router.store.outbox import Notification
    from siaga.plan import Plan

KUTIM = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
CONTACTS = '[{telegram: "@damkar"}, {sms: "0811000111"}, {email: piket@damkar.id}]'
URL = "https://112.example.org"
EVERY = Ways(webhook=False, kinds=frozenset(KINDS), public_url=URL)


def plan(escalate: str = "", caller: str = "full") -> Plan:
    """That of Kutai Timur, with contacts of Damkar."""
    damkar = '    handsets: ["201", "202"]\n'
    more = f"{damkar}    notify: {CONTACTS}\n{escalate}"
    text = KUTIM.replace(damkar, more).replace("{caller: full}", f"{{caller: {caller}}}")
    return parse_plan(text.encode()).plan


def rung(**changes: object) -> CallRecord:
    """A caller whose call rings at Damkar since the third second."""
    steps = (Step("damkar", "queue", at(3)),)
    return record(**{"emergency": "fire", "steps": steps, **changes})


def body(notification: Notification) -> str:
    return str(json.loads(notification.payload)["body"])


def test_without_escalation_all_contacts_are_told_at_once() -> None:
    """Each on its channel, with a link of its own; the same made again is the same message."""
    told = notices.due(rung(), plan(), at(4), EVERY)
    assert [(each.channel, each.target) for each in told] == [
        ("telegram", "@damkar"),
        ("sms", "0811000111"),
        ("email", "piket@damkar.id"),
    ]
    assert {(each.created, each.step) for each in told} == {(at(4), 0)}
    tokens = [each.token for each in told]
    assert len(set(tokens)) == 3
    for each in told:
        assert f"{URL}/a/{each.token}" in body(each)
        assert json.loads(each.payload)["title"] == "112: Kebakaran / Fire"
    again = notices.due(rung(), plan(), at(5), EVERY)
    assert [each.id for each in again] == [each.id for each in told]


def test_with_escalation_each_contact_has_his_turn_and_the_centre_the_last() -> None:
    """A minute after one another; after the last the centre itself hears of it."""
    told = notices.due(rung(), plan("    escalate: 60s\n"), at(4), EVERY)
    assert [(each.channel, each.created, each.step) for each in told] == [
        ("telegram", at(4), 0),
        ("sms", at(64), 1),
        ("email", at(124), 2),
        (BOARD, at(184), 3),
    ]
    assert told[-1].token == ""


def test_who_has_no_gateway_has_no_turn() -> None:
    """With no gateway for SMS the mail has its turn; with none at all nothing is made."""
    ways = replace(EVERY, kinds=frozenset({"telegram", "email"}))
    told = notices.due(rung(), plan("    escalate: 60s\n"), at(4), ways)
    assert [(each.channel, each.created) for each in told] == [
        ("telegram", at(4)),
        ("email", at(64)),
        (BOARD, at(124)),
    ]
    assert notices.due(rung(), plan("    escalate: 60s\n"), at(4), Ways(webhook=False)) == ()


@pytest.mark.parametrize(
    ("rule", "line"),
    [("none", None), ("short", "Penelepon / caller: …812"), ("full", "Penelepon / caller: +62812")],
)
def test_the_plan_says_what_is_told_of_the_caller(rule: str, line: str | None) -> None:
    """In messages to people, and to the webhook."""
    ways = replace(EVERY, webhook=True)
    for told in notices.due(rung(caller="+62812"), plan(caller=rule), at(4), ways):
        if told.channel == WEBHOOK:
            said = json.loads(told.payload)["caller"]
            assert said == {"none": None, "short": "…812", "full": "+62812"}[rule]
            continue
        assert ("Penelepon" in body(told)) == (line is not None)
        assert line is None or line in body(told).split("\n")


@pytest.mark.parametrize(
    "number", ["\x1b[2J", "<b>x</b>", "*evil*", "a\nTerima: http://x", "", "9" * 30]
)
def test_a_number_that_is_none_is_not_repeated(number: str) -> None:
    """It goes to programs that take signs for commands."""
    for told in notices.due(rung(caller=number), plan(), at(4), EVERY):
        assert "Penelepon / caller: ?" in body(told).split("\n")


def test_the_end_of_a_call_is_told_to_those_who_were_told_of_it() -> None:
    """Who has not had his turn has nothing to be told."""
    gone = rung(ended=at(90), outcome=Outcome.ABANDONED_RINGING)
    told = notices.due(gone, plan("    escalate: 60s\n"), at(91), EVERY)
    assert [(each.event, each.channel) for each in told] == [
        ("caller_left", "telegram"),
        ("caller_left", "sms"),
    ]
    assert {each.token for each in told} == {""}
    every = notices.due(gone, plan(), at(91), EVERY)
    assert [each.channel for each in every] == ["telegram", "sms", "email"]


def test_without_pages_there_is_no_link() -> None:
    """It is accepted by a key then."""
    for told in Messenger(plan(), frozenset(KINDS)).ringing(rung(), "damkar", at(4)):
        assert "Terima" not in body(told)


def test_a_call_without_a_choice_is_told_of_too() -> None:
    """As an emergency."""
    (first, *_) = notices.due(rung(emergency=None), plan(), at(4), EVERY)
    assert json.loads(first.payload)["title"] == "112: Darurat / Emergency"


def test_a_message_fits_into_two_short_messages() -> None:
    """Of 153 signs, with the longest link there is here and all that is told."""
    for told in notices.due(rung(caller="+6281234567890"), plan(), at(4), EVERY):
        assert len(body(told)) <= 2 * 153
