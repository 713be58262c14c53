from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from ops.api import AnswerError, ask
from router.calls.record import Outcome, Source, StepResult
from tests.live.calls import answer, check, converse, until_quiet
from tests.live.dispatch import (
    OPERATOR,
    WITH_CALLER,
    Talk,
    all_hear,
    both_hear,
    dispatch,
    legs,
    talking,
)

if TYPE_CHECKING:
    from tests.live.phones import Phones


async def test_an_agency_is_brought_in_and_the_operator_leaves(phones: Phones) -> None:
    """Three hear each other, then caller and agency; one recording, every leg with its times."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    agency, done = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "add", talk.id, "rsud")
    )
    assert (agency.caller_name, agency.caller_number) == ("GABUNG PETUGAS", number)
    assert done.returncode == 0, done.stderr
    assert "RSUD Kudungga (301)" in done.stdout
    await all_hear(talk.call, talk.officer, agency)
    await talk.officer.hang_up()
    await both_hear(talk.call, agency)
    await talk.call.hang_up()
    await agency.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "hung_up"),
        ("add", "rsud", "301", True, "call_ended"),
    ]


async def test_an_agency_that_is_not_there_leaves_the_caller_with_the_operator(
    phones: Phones,
) -> None:
    """Nobody of RSUD is logged in: said at once, and the two go on talking."""
    number = phones.centre.number()
    await phones.log_in("101")
    talk = await talking(phones, number)
    done = await dispatch(phones.centre, "add", talk.id, "rsud")
    assert done.returncode == 1, done.stderr
    assert "tidak ada pesawat yang dapat dihubungi" in done.stdout
    assert WITH_CALLER in done.stdout
    await converse(talk.call, talk.officer)
    await talk.call.hang_up()
    await talk.officer.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "call_ended"),
        ("add", "rsud", None, False, "unavailable"),
    ]


async def test_a_caller_who_hangs_up_in_the_middle_ends_the_ringing(phones: Phones) -> None:
    """While RSUD rings the caller leaves: its handset stops, the operator is let go, both told."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    adding = asyncio.create_task(dispatch(phones.centre, "add", talk.id, "rsud"))
    ring = await phones.bank.ring("301")
    await ring.alert()
    await talk.call.hang_up()
    await ring.cancelled()
    await talk.officer.ended()
    done = await adding
    assert done.returncode == 1
    assert "Penelepon sudah menutup telepon" in done.stderr
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "call_ended"),
        ("add", "rsud", None, False, "call_ended"),
    ]
    late = await dispatch(phones.centre, "add", talk.id, "rsud")
    assert late.returncode == 1
    assert "sudah selesai" in late.stderr


async def test_the_same_command_twice_rings_once(phones: Phones) -> None:
    """Two at the same time and one after: one leg, and each is told that it is there."""
    number = phones.centre.number()
    await phones.log_in("101", "301", "302")
    talk = await talking(phones, number)
    both = [asyncio.create_task(dispatch(phones.centre, "add", talk.id, "rsud")) for _ in range(2)]
    other = await phones.bank.ring("302")
    agency = await answer(phones, "301")
    await other.cancelled()
    assert [(await one).returncode for one in both] == [0, 0]
    again = await dispatch(phones.centre, "add", talk.id, "rsud")
    assert (again.returncode, "sudah bersama penelepon" in again.stdout) == (0, True)
    await all_hear(talk.call, talk.officer, agency)
    await talk.call.hang_up()
    await agency.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "call_ended"),
        ("add", "rsud", "301", True, "call_ended"),
    ]


async def test_an_operator_who_hangs_up_while_the_agency_rings_strands_nobody(
    phones: Phones,
) -> None:
    """The caller hears that it rings, and then whoever answers."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    adding = asyncio.create_task(dispatch(phones.centre, "add", talk.id, "rsud"))
    ring = await phones.bank.ring("301")
    await ring.alert()
    await talk.officer.hang_up()
    await talk.call.hears_sound()
    await ring.answer()
    await both_hear(talk.call, ring)
    assert (await adding).returncode == 0
    await talk.call.hang_up()
    await ring.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "hung_up"),
        ("add", "rsud", "301", True, "call_ended"),
    ]


async def test_the_last_human_who_leaves_sends_the_caller_to_the_last_resort(
    phones: Phones,
) -> None:
    """Without the router, too: both others hang up, and another operator's handset rings."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "add", talk.id, "rsud")
    )
    await all_hear(talk.call, talk.officer, agency)
    await phones.log_in("102")
    router = phones.centre.kill("router", signal.SIGSTOP)
    await talk.officer.hang_up()
    await both_hear(talk.call, agency)
    await agency.hang_up()
    await talk.call.hears_sound()
    other = await answer(phones, "102")
    await both_hear(talk.call, other)
    await talk.call.hang_up()
    os.kill(router, signal.SIGCONT)
    record = await phones.centre.record(number)
    steps = [("kominfo", "queue", StepResult.ANSWERED), ("kominfo", "queue", StepResult.ANSWERED)]
    check(phones.centre, record, number, **{**OPERATOR, "steps": steps, "source": record.source})
    assert legs(record) == [
        ("route", "kominfo", "101", True, "hung_up"),
        ("add", "rsud", "301", True, "hung_up"),
        ("route", "kominfo", "102", True, "call_ended"),
    ]


async def test_a_router_that_dies_while_the_agency_rings_changes_nothing(phones: Phones) -> None:
    """RSUD answers into the room all the same; the next router has every leg from the file."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    adding = asyncio.create_task(dispatch(phones.centre, "add", talk.id, "rsud"))
    ring = await phones.bank.ring("301")
    await ring.alert()
    phones.centre.kill("router")
    await ring.answer()
    await all_hear(talk.call, talk.officer, ring)
    assert (await adding).returncode == 3
    await talk.officer.hang_up()
    await both_hear(talk.call, ring)
    await talk.call.hang_up()
    await ring.ended()
    await phones.centre.until_ready()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **{**OPERATOR, "source": Source.BACKFILL})
    assert legs(record) == [
        ("route", "kominfo", "101", True, "hung_up"),
        ("add", "rsud", "301", True, "call_ended"),
    ]


async def test_a_new_router_goes_on_with_a_call_in_a_room(phones: Phones) -> None:
    """Restarted with three in the call, it lets the operator go and brings another agency in."""
    number = phones.centre.number()
    await phones.log_in("101", "301", "401")
    talk = await talking(phones, number)
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "add", talk.id, "rsud")
    )
    await all_hear(talk.call, talk.officer, agency)
    phones.centre.kill("router")
    await phones.centre.until_down("router")
    await phones.centre.until_ready()
    done = await dispatch(phones.centre, "leave", talk.id, "101")
    assert done.returncode == 0, done.stderr
    await talk.officer.ended()
    other, done = await asyncio.gather(
        answer(phones, "401"), dispatch(phones.centre, "add", talk.id, "bpbd")
    )
    assert done.returncode == 0, done.stderr
    await all_hear(talk.call, agency, other)
    await talk.call.hang_up()
    await agency.ended()
    await other.ended()
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **{**OPERATOR, "source": record.source})
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("add", "rsud", "301", True, "call_ended"),
        ("add", "bpbd", "401", True, "call_ended"),
    ]


async def take(phones: Phones, talk: Talk, extension: str) -> None:
    """Have a handset answer, and talk with the caller."""
    ring = await phones.bank.ring(extension)
    await ring.answer()
    await both_hear(talk.call, ring)


@pytest.mark.parametrize("ms", [0, 5, 10, 15, 20, 25, 30, 40, 60, 90])
async def test_an_operator_who_hangs_up_in_that_very_moment_strands_nobody(
    phones: Phones, ms: int
) -> None:
    """So many ms after the command: the caller's call is over, or somebody's telephone rings."""
    number = phones.centre.number()
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    await phones.log_in("102")
    body = {"call": talk.id, "agency": "rsud"}
    adding = asyncio.create_task(ask(phones.centre.settings, "POST", "/api/dispatch/add", body, 60))
    await asyncio.sleep(ms / 1000)
    await talk.officer.hang_up()
    over = asyncio.create_task(talk.call.ended())
    taking = {asyncio.create_task(take(phones, talk, extension)) for extension in ("301", "102")}
    waiting: set[asyncio.Task[Any]] = {over, *taking}
    while over in waiting and not any(task.done() and not task.exception() for task in taking):
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert waiting != {over}, "nobody talks with the caller, who is still there"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*taking, over, return_exceptions=True)
    if talk.call.end is None:
        await talk.call.hang_up()
    (told,) = await asyncio.gather(adding, return_exceptions=True)
    assert isinstance(told, AnswerError) or told["result"] in {"joined", "cancelled"}, told
    await until_quiet(phones.centre)
    record = await phones.centre.record(number)
    assert record.outcome is Outcome.ANSWERED
    assert all(leg.end is not None for leg in record.legs)
