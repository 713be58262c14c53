"""Who has the caller changes: transfer, taking over, leaving, ending a leg."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ops.phone import Ended
from router.calls.record import Outcome, StepResult
from tests.live.calls import answer, check, choose, converse
from tests.live.dispatch import (
    OPERATOR,
    WITH_CALLER,
    all_hear,
    both_hear,
    dispatch,
    known,
    legs,
    talking,
)
from tests.live.phones import telephones

if TYPE_CHECKING:
    from tests.live.centre import Centre
    from tests.live.phones import Phones


async def test_a_transfer_lets_the_operator_go_once_the_agency_answered(phones: Phones) -> None:
    """Until then the two talk; the record says transferred; again, it is done already."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    sending = asyncio.create_task(dispatch(phones.centre, "transfer", talk.id, "rsud"))
    ring = await phones.bank.ring("301")
    await ring.alert()
    await converse(talk.call, talk.officer)
    await ring.answer()
    assert (await talk.officer.ended()).by is Ended.THEM
    done = await sending
    assert done.returncode == 0, done.stderr
    assert "RSUD Kudungga (301) sudah menerima penelepon" in done.stdout
    await both_hear(talk.call, ring)
    again = await dispatch(phones.centre, "transfer", talk.id, "rsud")
    assert (again.returncode, "sudah bersama penelepon" in again.stdout) == (0, True)
    await talk.call.hang_up()
    await ring.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **{**OPERATOR, "outcome": Outcome.TRANSFERRED})
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("transfer", "rsud", "301", True, "call_ended"),
    ]


async def test_a_transfer_that_nobody_answers_leaves_the_caller_where_he_was(
    brisk: Centre,
) -> None:
    """RSUD rings for the plan's 5 s: the operator still has the caller, and is told so."""
    await brisk.until_ready()
    async with telephones(brisk) as phones:
        number = brisk.number()
        await phones.log_in("101", "301")
        talk = await talking(phones, number)
        sending = asyncio.create_task(dispatch(brisk, "transfer", talk.id, "rsud"))
        ring = await phones.bank.ring("301")
        await ring.alert()
        await ring.cancelled()
        done = await sending
        assert done.returncode == 1
        assert "RSUD Kudungga: tidak ada pesawat yang menjawab dalam 5 detik" in done.stdout
        assert WITH_CALLER in done.stdout
        await converse(talk.call, talk.officer)
        await talk.call.hang_up()
        await talk.officer.ended()
        record = await brisk.record(number)
        check(brisk, record, number, **OPERATOR)
        assert legs(record) == [
            ("route", "kominfo", "101", True, "call_ended"),
            ("transfer", "rsud", None, False, "no_answer"),
        ]


async def test_a_transfer_that_nobody_answers_and_nobody_waits_for_goes_to_the_last_resort(
    brisk: Centre,
) -> None:
    """The operator hangs up while RSUD rings, which nobody answers: the operators are rung."""
    await brisk.until_ready()
    async with telephones(brisk) as phones:
        number = brisk.number()
        await phones.log_in("101", "301")
        talk = await talking(phones, number)
        sending = asyncio.create_task(dispatch(brisk, "transfer", talk.id, "rsud"))
        ring = await phones.bank.ring("301")
        await ring.alert()
        await talk.officer.hang_up()
        await talk.call.hears_sound()
        await ring.cancelled()
        other = await answer(phones, "101")
        done = await sending
        assert done.returncode == 1
        assert "penelepon diteruskan ke petugas" in done.stdout
        await both_hear(talk.call, other)
        await talk.call.hang_up()
        record = await brisk.record(number)
        steps = [("kominfo", "queue", StepResult.ANSWERED)] * 2
        check(brisk, record, number, **{**OPERATOR, "steps": steps})
        assert legs(record) == [
            ("route", "kominfo", "101", True, "hung_up"),
            ("transfer", "rsud", None, False, "no_answer"),
            ("route", "kominfo", "101", True, "call_ended"),
        ]


async def test_another_handset_takes_the_call_over(phones: Phones) -> None:
    """101 has the caller until 102 answers, and is let go then."""
    number = phones.centre.number()
    await phones.log_in("101")
    talk = await talking(phones, number)
    await phones.log_in("102")
    taking = asyncio.create_task(dispatch(phones.centre, "take-over", talk.id, "102"))
    ring = await phones.bank.ring("102")
    await ring.alert()
    await converse(talk.call, talk.officer)
    await ring.answer()
    await talk.officer.ended()
    assert (await taking).returncode == 0
    await both_hear(talk.call, ring)
    again = await dispatch(phones.centre, "take-over", talk.id, "102")
    assert again.returncode == 0
    await talk.call.hang_up()
    await ring.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("take_over", "kominfo", "102", True, "call_ended"),
    ]


async def test_a_handset_that_is_not_there_takes_nothing_over(phones: Phones) -> None:
    """102 is not logged in: 101 keeps the caller and is told so."""
    number = phones.centre.number()
    await phones.log_in("101")
    talk = await talking(phones, number)
    done = await dispatch(phones.centre, "take-over", talk.id, "102")
    assert (done.returncode, WITH_CALLER in done.stdout) == (1, True)
    await converse(talk.call, talk.officer)
    await talk.call.hang_up()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert [leg[-1] for leg in legs(record)] == ["call_ended", "unavailable"]


async def test_one_of_two_may_leave_and_the_last_may_not(phones: Phones) -> None:
    """The operator's handset is let go, once; RSUD's is refused, as the caller would be alone."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    alone = await dispatch(phones.centre, "leave", talk.id, "101")
    assert (alone.returncode, "Penelepon akan sendirian" in alone.stderr) == (1, True)
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "add", talk.id, "rsud")
    )
    await all_hear(talk.call, talk.officer, agency)
    both = await asyncio.gather(
        *(dispatch(phones.centre, "leave", talk.id, "101") for _ in range(2))
    )
    assert [one.returncode for one in both] == [0, 0]
    await talk.officer.ended()
    last = await dispatch(phones.centre, "hang-up", talk.id, "2")
    assert (last.returncode, "Penelepon akan sendirian" in last.stderr) == (1, True)
    await both_hear(talk.call, agency)
    await talk.call.hang_up()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert [leg[-1] for leg in legs(record)] == ["released", "call_ended"]


async def test_a_leg_that_rings_is_given_up(phones: Phones) -> None:
    """RSUD's handset stops ringing; who had it rung is told, and keeps the caller."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    adding = asyncio.create_task(dispatch(phones.centre, "add", talk.id, "rsud"))
    ring = await phones.bank.ring("301")
    await ring.alert()
    ended = await dispatch(phones.centre, "hang-up", talk.id, "2")
    assert ended.returncode == 0, ended.stderr
    await ring.cancelled()
    done = await adding
    assert (done.returncode, "dibatalkan" in done.stdout) == (1, True)
    await converse(talk.call, talk.officer)
    await talk.call.hang_up()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert [leg[-1] for leg in legs(record)] == ["call_ended", "cancelled"]


async def test_a_caller_whom_nobody_has_is_sent_and_not_added_to(phones: Phones) -> None:
    """While Kominfo rings, adding is refused; a transfer sends the caller to RSUD at once."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    call = await choose(phones, number, "0")
    ring = await phones.bank.ring("101")
    await ring.alert()
    record = await known(phones, number, lambda record: bool(record.steps))
    refused = await dispatch(phones.centre, "add", record.id, "rsud")
    assert (refused.returncode, "Belum ada petugas" in refused.stderr) == (1, True)
    assert (await dispatch(phones.centre, "transfer", record.id, "rsud")).returncode == 0
    await ring.cancelled()
    other = await answer(phones, "301")
    await both_hear(call, other)
    await call.hang_up()
    record = await phones.centre.record(number)
    assert legs(record) == [("route", "rsud", "301", True, "call_ended")]


async def test_a_caller_in_a_room_is_sent_on_and_nobody_is_left_behind(phones: Phones) -> None:
    """``siaga112 transfer``, at once: both others are let go, and BPBD's handset rings."""
    number = phones.centre.number()
    await phones.log_in("101", "301", "401")
    talk = await talking(phones, number)
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "add", talk.id, "rsud")
    )
    await all_hear(talk.call, talk.officer, agency)
    done = await asyncio.to_thread(phones.centre.command, "transfer", talk.id, "bpbd")
    assert done.returncode == 0, done.stderr
    await talk.officer.ended()
    await agency.ended()
    other = await answer(phones, "401")
    await both_hear(talk.call, other)
    await talk.call.hang_up()
    record = await phones.centre.record(number)
    assert record.outcome is Outcome.TRANSFERRED
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("add", "rsud", "301", True, "released"),
        ("route", "bpbd", "401", True, "call_ended"),
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "{call}", "polres"), "bpbd, damkar, kominfo, rsud"),
        (("add", "{call}", "s\r\nAction: Logoff"), "bpbd, damkar, kominfo, rsud"),
        (("take-over", "{call}", "999"), "Tidak ada pesawat"),
        (("take-over", "{call}", "101@from-trunk"), "Tidak ada pesawat"),
        (("leave", "{call}", "302"), "tidak ada di panggilan ini"),
        (("hang-up", "{call}", "7"), "tidak punya sambungan"),
        (("add", "node1-0.0", "rsud"), "tidak ada atau sudah selesai"),
        (("hang-up", "x'; --\n", "1"), "tidak ada atau sudah selesai"),
    ],
)
async def test_what_is_not_there_is_refused(
    phones: Phones, words: tuple[str, ...], said: str
) -> None:
    """Each is answered by a sentence and exit status 1, and the two go on talking."""
    number = phones.centre.number()
    await phones.log_in("101")
    talk = await talking(phones, number)
    done = await dispatch(phones.centre, *(word.replace("{call}", talk.id) for word in words))
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr
    await converse(talk.call, talk.officer)
    await talk.call.hang_up()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [("route", "kominfo", "101", True, "call_ended")]
