"""Officers with nothing but a handset: what they ask for by keys while they talk."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from router.store import open_engine
from router.store.acceptances import AcceptanceStore
from tests.live.calls import CALLER_HZ, answer, check, converse, until_quiet
from tests.live.dispatch import (
    OPERATOR,
    SILENT,
    all_hear,
    both_hear,
    dispatch,
    hears_among,
    legs,
    silence,
    talking,
)
from tests.live.phones import telephones

if TYPE_CHECKING:
    from router.store.acceptances import Acceptance
    from tests.live.centre import Centre
    from tests.live.dispatch import Talk
    from tests.live.phones import Phones

ADD_RSUD, ADD_DAMKAR = "*13", "*12"
SEND_TO_RSUD = "*23"
SWAP_DAMKAR = "*62"
LEAVE = "*3"
ACCEPT = "*0"


async def test_an_agency_is_brought_in_and_the_operator_leaves_by_keys(phones: Phones) -> None:
    """In the call of two, then in the room; nobody else hears a key."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    await talk.officer.press_many(ADD_RSUD)
    agency = await answer(phones, "301")
    assert (agency.caller_name, agency.caller_number) == ("GABUNG PETUGAS", number)
    await all_hear(talk.call, talk.officer, agency)
    await talk.officer.press_many(LEAVE)
    await talk.officer.ended()
    await both_hear(talk.call, agency)
    assert talk.call.heard.keys == agency.heard.keys == []
    await talk.call.hang_up()
    await agency.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("add", "rsud", "301", True, "call_ended"),
    ]


async def test_a_call_is_handed_over_by_keys(phones: Phones) -> None:
    """The operator is let go when the agency has answered."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    await talk.officer.press_many(SEND_TO_RSUD)
    agency = await answer(phones, "301")
    await talk.officer.ended()
    await both_hear(talk.call, agency)
    await talk.call.hang_up()
    await agency.ended()
    record = await phones.centre.record(number)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("transfer", "rsud", "301", True, "call_ended"),
    ]


async def test_a_call_is_handed_over_once_the_agency_accepts_it(brisk: Centre) -> None:
    """The operator stays until the key is pressed; the agency's word is kept."""
    number = brisk.number()
    async with telephones(brisk) as phones:
        await phones.log_in("101", "301")
        talk = await talking(phones, number)
        await talk.officer.press_many(SEND_TO_RSUD)
        agency = await answer(phones, "301")
        await all_hear(talk.call, talk.officer, agency)
        await agency.press_many(ACCEPT)
        await talk.officer.ended()
        await both_hear(talk.call, agency)
        await talk.call.hang_up()
        await agency.ended()
    record = await brisk.record(number)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("transfer", "rsud", "301", True, "call_ended"),
    ]
    words = await accepted(brisk, record.id)
    assert [(name, word.who, word.how) for name, word in words.items()] == [("rsud", "301", "key")]
    first, taken = record.legs
    assert taken.joined is not None
    assert taken.accepted is not None
    assert first.accepted is None
    assert taken.rung <= taken.joined <= taken.accepted <= (first.left or taken.rung)
    shown = json.loads(brisk.command("calls", "--json", "--limit", "1").stdout)
    assert [leg["accepted"] is not None for leg in shown["legs"]] == [False, True]


async def test_who_answers_and_does_not_accept_has_no_caller(brisk: Centre) -> None:
    """Six seconds later the agency is let go; caller and operator were together all the time."""
    number = brisk.number()
    async with telephones(brisk) as phones:
        await phones.log_in("101", "301")
        talk = await talking(phones, number)
        sending = asyncio.create_task(dispatch(brisk, "transfer", talk.id, "rsud"))
        agency = await answer(phones, "301")
        await all_hear(talk.call, talk.officer, agency)
        await agency.ended()
        done = await sending
        assert done.returncode == 1
        assert "tidak menerima dalam 6 detik; penelepon masih bersama Anda" in done.stdout
        await both_hear(talk.call, talk.officer)
        await talk.call.hang_up()
        await talk.officer.ended()
    record = await brisk.record(number)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "call_ended"),
        ("transfer", "rsud", "301", True, "released"),
    ]
    assert not await accepted(brisk, record.id)


async def test_the_next_handset_is_asked_when_the_first_does_not_accept(brisk: Centre) -> None:
    """301 answers and does nothing: 302 is rung, accepts, and only then the operator is let go."""
    number = brisk.number()
    async with telephones(brisk) as phones:
        await phones.log_in("101", "301", "302")
        talk = await talking(phones, number)
        await talk.officer.press_many(SEND_TO_RSUD)
        idle = await phones.bank.ring("302")
        first = await answer(phones, "301")
        await idle.cancelled()
        await all_hear(talk.call, talk.officer, first)
        await first.ended()
        await converse(talk.call, talk.officer)
        second = await answer(phones, "302")
        await all_hear(talk.call, talk.officer, second)
        await second.press_many(ACCEPT)
        await talk.officer.ended()
        await both_hear(talk.call, second)
        await talk.call.hang_up()
        await second.ended()
    record = await brisk.record(number)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("transfer", "rsud", "301", True, "released"),
        ("transfer", "rsud", "302", True, "call_ended"),
    ]
    assert [leg.accepted is not None for leg in record.legs] == [False, False, True]
    words = await accepted(brisk, record.id)
    assert [(name, word.who) for name, word in words.items()] == [("rsud", "302")]


async def test_nobody_accepts_and_the_operator_has_left_so_operators_are_rung(
    brisk: Centre,
) -> None:
    """The caller stays with whoever answered, accepted or not, and Kominfo comes back to them."""
    number = brisk.number()
    async with telephones(brisk) as phones:
        await phones.log_in("101", "301")
        talk = await talking(phones, number)
        sending = asyncio.create_task(dispatch(brisk, "transfer", talk.id, "rsud"))
        agency = await answer(phones, "301")
        await all_hear(talk.call, talk.officer, agency)
        await talk.officer.hang_up()
        again = await answer(phones, "101")
        await all_hear(talk.call, agency, again)
        done = await sending
        assert done.returncode == 1
        assert "Dinas Kominfo kembali di panggilan" in done.stdout
        await talk.call.hang_up()
        await agency.ended()
        await again.ended()
    record = await brisk.record(number)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "hung_up"),
        ("transfer", "rsud", "301", True, "call_ended"),
        ("add", "kominfo", "101", True, "call_ended"),
    ]
    assert not await accepted(brisk, record.id)


async def accepted(centre: Centre, call: str) -> dict[str, Acceptance]:
    """The agencies' words about a call, by agency."""
    engine = open_engine(centre.settings.database)
    store = AcceptanceStore(engine)
    try:
        return await store.of(call)
    finally:
        store.close()
        await engine.dispose()


async def test_who_was_brought_in_has_the_keys_too(phones: Phones) -> None:
    """The agency brings in another and leaves the call, as the operator could."""
    number = phones.centre.number()
    await phones.log_in("101", "301", "201")
    talk = await talking(phones, number)
    await talk.officer.press_many(ADD_RSUD)
    hospital = await answer(phones, "301")
    await all_hear(talk.call, talk.officer, hospital)
    await hospital.press_many(ADD_DAMKAR)
    fire = await answer(phones, "201")
    await all_hear(talk.call, talk.officer, fire)
    await hospital.press_many(LEAVE)
    await hospital.ended()
    await all_hear(talk.call, talk.officer, fire)
    await talk.call.hang_up()
    await fire.ended()
    record = await phones.centre.record(number)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "call_ended"),
        ("add", "rsud", "301", True, "released"),
        ("add", "damkar", "201", True, "call_ended"),
    ]


async def test_another_agency_comes_in_place_of_the_one_that_is_there(phones: Phones) -> None:
    """The operator and the caller stay; who was there is let go when the other has answered."""
    number = phones.centre.number()
    await phones.log_in("101", "301", "201")
    talk = await talking(phones, number)
    await talk.officer.press_many(ADD_RSUD)
    hospital = await answer(phones, "301")
    await all_hear(talk.call, talk.officer, hospital)
    await talk.officer.press_many(SWAP_DAMKAR)
    fire = await phones.bank.ring("201")
    await fire.alert()
    await hears_among(hospital, CALLER_HZ)
    await fire.answer()
    await hospital.ended()
    await all_hear(talk.call, talk.officer, fire)
    await talk.call.hang_up()
    await fire.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "call_ended"),
        ("add", "rsud", "301", True, "released"),
        ("add", "damkar", "201", True, "call_ended"),
    ]


@pytest.mark.parametrize(
    "keys", [ADD_RSUD, "*19", LEAVE], ids=["nobody is there", "no such agency", "caller alone"]
)
async def test_what_cannot_be_done_is_said_to_the_officer_alone(phones: Phones, keys: str) -> None:
    """Into his ear; caller and officer go on talking."""
    number = phones.centre.number()
    await phones.log_in("101")
    talk = await talking(phones, number)
    talk.call.stop_tone()
    talk.officer.stop_tone()
    await silence(talk.call)
    await silence(talk.officer)
    mark = talk.call.heard.mark()
    await talk.officer.press_many(keys)
    await talk.officer.hears_sound()
    await silence(talk.officer)
    assert talk.call.heard.since(mark).rms < SILENT
    await both_hear(talk.call, talk.officer)
    tried = [("add", "rsud", None, False, "unavailable")] if keys == ADD_RSUD else []
    await hung_up(phones, talk, number, tried)


async def test_the_callers_keys_move_nothing(phones: Phones) -> None:
    """Nor do those of an officer that are no command."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    await talk.call.press_many(ADD_RSUD)
    await talk.call.press_many(LEAVE)
    await talk.officer.press_many("13*9")
    await both_hear(talk.call, talk.officer)
    await hung_up(phones, talk, number, [])


async def hung_up(phones: Phones, talk: Talk, number: str, tried: list[tuple[Any, ...]]) -> None:
    """Nobody but the two was in the call."""
    await talk.call.hang_up()
    await talk.officer.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    first, *rung = legs(record)
    assert first[:4] == ("route", "kominfo", "101", True)
    assert rung == tried
    await until_quiet(phones.centre)
