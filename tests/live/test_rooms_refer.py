"""A handset in a call of several uses its own buttons: the caller is with a human, or rings one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ops.phone import transfer
from router.calls.record import StepResult
from tests.live.calls import answer, check, converse, until_quiet
from tests.live.dispatch import OPERATOR, all_hear, both_hear, dispatch, legs, silence, talking

if TYPE_CHECKING:
    from ops.phone import Call, Ring
    from tests.live.dispatch import Talk
    from tests.live.phones import Phones

RING_HZ = 425
"""Of the ring-back tone that music and Asterisk have in common."""


async def gathered(phones: Phones, number: str, *others: str) -> tuple[Talk, Ring]:
    """A caller, an operator, and the hospital brought in; the others are logged in after that."""
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "add", talk.id, "rsud")
    )
    await all_hear(talk.call, talk.officer, agency)
    await phones.log_in(*others)
    return talk, agency


async def consult(phones: Phones, ring: Ring, who: str, whom: str) -> tuple[Call, Ring]:
    """An officer puts the room on hold and talks with a colleague from the same handset."""
    ring.stop_tone()
    await transfer.hold(ring)
    own = await transfer.dial(phones.line, who, phones.centre.password(who), whom)
    colleague = await answer(phones, whom)
    await own.answered()
    await converse(own, colleague)
    return own, colleague


async def test_who_was_brought_in_is_followed_when_sent_on(phones: Phones) -> None:
    """The hospital puts its colleague in its place; the operator, found by the route, may not."""
    centre, number = phones.centre, phones.centre.number()
    talk, agency = await gathered(phones, number, "302")
    await transfer.send_on(talk.officer, "302")
    refused = await talk.officer.changes.until(
        lambda: [status for status in transfer.progress(talk.officer) if status >= 400] or None,
        10,
        "no to the operator",
    )
    assert refused
    await all_hear(talk.call, talk.officer, agency)
    assert await transfer.send_on(agency, "302") == 202
    colleague = await answer(phones, "302")
    await agency.hang_up()
    await all_hear(talk.call, talk.officer, colleague)
    await talk.call.hang_up()
    await colleague.ended()
    record = await centre.record(number)
    check(centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "call_ended"),
        ("add", "rsud", "301", True, "released"),
        ("referred", "rsud", "302", True, "call_ended"),
    ]
    await until_quiet(centre)


async def test_a_room_that_is_over_is_in_no_later_call(phones: Phones) -> None:
    """Who was in a room asks a colleague in his next call of two: the keys are for that call."""
    centre = phones.centre
    talk, agency = await gathered(phones, centre.number())
    await talk.call.hang_up()
    await asyncio.gather(talk.officer.ended(), agency.ended())
    await until_quiet(centre)
    number = centre.number()
    later = await talking(phones, number)
    await phones.log_in("102")
    own, colleague = await consult(phones, later.officer, "101", "102")
    await transfer.hand_over(later.officer, own)
    await asyncio.gather(later.officer.hang_up(), own.ended())
    await converse(later.call, colleague)
    await colleague.press_many("*13")
    hospital = await answer(phones, "301")
    await all_hear(later.call, colleague, hospital)
    await later.call.hang_up()
    await asyncio.gather(colleague.ended(), hospital.ended())
    await until_quiet(centre)


async def test_who_was_brought_in_is_followed_when_he_hands_over(phones: Phones) -> None:
    """After a word the colleague is in the room with all the keys; his leg ends as he hangs up."""
    centre, number = phones.centre, phones.centre.number()
    talk, agency = await gathered(phones, number, "302", "401")
    own, colleague = await consult(phones, agency, "301", "302")
    assert await transfer.hand_over(agency, own) == 202
    assert await transfer.outcome(agency) == 200
    await asyncio.gather(agency.hang_up(), own.ended())
    await all_hear(talk.call, talk.officer, colleague)
    await colleague.press_many("*14")
    third = await answer(phones, "401")
    await talk.officer.hang_up()
    await all_hear(talk.call, colleague, third)
    await colleague.hang_up()
    await both_hear(talk.call, third)
    await talk.call.hang_up()
    await third.ended()
    record = await centre.record(number)
    check(centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "hung_up"),
        ("add", "rsud", "301", True, "released"),
        ("referred", "rsud", "302", True, "hung_up"),
        ("add", "bpbd", "401", True, "call_ended"),
    ]
    await until_quiet(centre)


async def test_whom_the_route_found_hands_over_in_a_room(phones: Phones) -> None:
    """His colleague is in the room with all the keys, also when nobody else was left in it."""
    centre, number = phones.centre, phones.centre.number()
    talk, agency = await gathered(phones, number, "102", "401")
    await agency.hang_up()
    await both_hear(talk.call, talk.officer)
    own, colleague = await consult(phones, talk.officer, "101", "102")
    assert await transfer.hand_over(talk.officer, own) == 202
    assert await transfer.outcome(talk.officer) == 200
    await asyncio.gather(talk.officer.hang_up(), own.ended())
    await both_hear(talk.call, colleague)
    await colleague.press_many("*14")
    third = await answer(phones, "401")
    await all_hear(talk.call, colleague, third)
    await colleague.hang_up()
    await both_hear(talk.call, third)
    await talk.call.hang_up()
    await third.ended()
    record = await centre.record(number)
    check(centre, record, number, **OPERATOR)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("add", "rsud", "301", True, "hung_up"),
        ("referred", "kominfo", "102", True, "hung_up"),
        ("add", "bpbd", "401", True, "call_ended"),
    ]
    await until_quiet(centre)


async def test_hold_leaves_the_others_in_peace_and_nobody_in_silence(phones: Phones) -> None:
    """The others talk on without music; whom everybody has put on hold hears that he shall wait."""
    centre, number = phones.centre, phones.centre.number()
    talk, agency = await gathered(phones, number)
    for held, other in ((talk.officer, agency), (agency, talk.officer)):
        held.stop_tone()
        other.stop_tone()
        await transfer.hold(held)
        await silence(talk.call)
        await both_hear(talk.call, other)
        await transfer.resume(held)
        await all_hear(talk.call, talk.officer, agency)
    for ring in (talk.officer, agency):
        ring.stop_tone()
        await transfer.hold(ring)
    await talk.call.hears(RING_HZ)
    await transfer.resume(agency)
    await silence(talk.call)
    await both_hear(talk.call, agency)
    await agency.hang_up()
    await talk.call.hears(RING_HZ)
    await transfer.resume(talk.officer)
    await silence(talk.call)
    await both_hear(talk.call, talk.officer)
    await talk.call.hang_up()
    await talk.officer.ended()
    record = await centre.record(number)
    check(centre, record, number, **OPERATOR)
    await until_quiet(centre)


async def test_a_caller_whom_the_last_in_the_room_sends_to_nobody_reaches_a_human(
    phones: Phones,
) -> None:
    """He hears music while it rings, and the operators are rung when the colleague declines."""
    centre, number = phones.centre, phones.centre.number()
    talk, agency = await gathered(phones, number, "302")
    await talk.officer.hang_up()
    await both_hear(talk.call, agency)
    agency.stop_tone()
    assert await transfer.send_on(agency, "302") == 202
    colleague = await phones.bank.ring("302")
    await talk.call.hears(425)
    await colleague.refuse(486)
    operator = await answer(phones, "101")
    await agency.hang_up()
    await converse(talk.call, operator)
    await talk.call.hang_up()
    await operator.ended()
    record = await centre.record(number)
    answered = ("kominfo", "queue", StepResult.ANSWERED)
    check(centre, record, number, **{**OPERATOR, "steps": [answered, answered]})
    assert legs(record) == [
        ("route", "kominfo", "101", True, "hung_up"),
        ("add", "rsud", "301", True, "released"),
        ("referred", "rsud", None, False, "no_answer"),
        ("route", "kominfo", "101", True, "call_ended"),
    ]
    await until_quiet(centre)


async def test_a_room_left_with_a_colleague_who_declines_reaches_a_human(phones: Phones) -> None:
    """He rings on for the caller, who hears that he shall wait, and goes on to the operators."""
    centre, number = phones.centre, phones.centre.number()
    talk, agency = await gathered(phones, number, "302")
    agency.stop_tone()
    await transfer.hold(agency)
    own = await transfer.dial(phones.line, "301", centre.password("301"), "302")
    colleague = await phones.bank.ring("302")
    await colleague.alert()
    await own.ringing()
    assert await transfer.hand_over(agency, own) == 202
    await transfer.outcome(agency)
    await agency.hang_up()
    await talk.officer.hang_up()
    await talk.call.hears(RING_HZ)
    await colleague.refuse(486)
    operator = await answer(phones, "101")
    await both_hear(talk.call, operator)
    await talk.call.hang_up()
    await operator.ended()
    record = await centre.record(number)
    assert legs(record) == [
        ("route", "kominfo", "101", True, "hung_up"),
        ("add", "rsud", "301", True, "released"),
        ("route", "kominfo", "101", True, "call_ended"),
    ]
    await until_quiet(centre)
