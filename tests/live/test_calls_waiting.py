from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ops.phone import PhoneError
from router.calls.record import Reason, StepResult
from siaga.plan.route import EVERYONE
from tests.live.calls import ANSWERED, answer, check, choose, converse, until_quiet

if TYPE_CHECKING:
    from ops.phone import Call
    from tests.live.phones import Phones

CALLERS = 20
AGENCIES = {"1": ("fire", "damkar"), "2": ("medical", "rsud"), "4": ("disaster", "bpbd")}
HANDSETS = {
    "201": "damkar",
    "202": "damkar",
    "301": "rsud",
    "302": "rsud",
    "401": "bpbd",
    "402": "bpbd",
}
EVERYBODY_S = 60.0
ROUND = ("damkar", "kominfo", "kominfo", EVERYONE)
BEGUN_AGAIN = len(ROUND) + 1
"""Steps of a call that has been through its whole route once, and has begun again."""


async def test_the_second_caller_waits_for_the_only_handset(phones: Phones) -> None:
    """Who finds the handset busy hears sound, and is served once it is free."""
    await phones.log_in("201")
    one, two = phones.centre.number(), phones.centre.number()
    first = await choose(phones, one)
    ring = await answer(phones, "201")
    await converse(first, ring)
    second = await choose(phones, two)
    await phones.centre.record(two, lambda record: bool(record.steps), filed=False)
    await second.hears_sound()
    end = await first.hang_up()
    next_ring = await phones.bank.ring("201")
    assert next_ring.caller_number == two
    assert next_ring.at > end.at
    await next_ring.answer()
    await converse(second, next_ring)
    await second.hang_up()
    for number in (one, two):
        check(phones.centre, await phones.centre.record(number), number)


async def test_twenty_callers_at_once_all_reach_a_human(phones: Phones) -> None:
    """Twenty callers choose at once, six handsets take one after the other, and none is lost."""
    await phones.log_in(*HANDSETS)
    keys = [list(AGENCIES)[i % len(AGENCIES)] for i in range(CALLERS)]
    numbers = {phones.centre.number(): key for key in keys}
    officers = [asyncio.create_task(_officer(phones, extension)) for extension in HANDSETS]
    try:
        async with asyncio.timeout(EVERYBODY_S):
            await asyncio.gather(*(_citizen(phones, *caller) for caller in numbers.items()))
    finally:
        for officer in officers:
            officer.cancel()
    await until_quiet(phones.centre)
    for number, key in numbers.items():
        record = await phones.centre.record(number)
        emergency, agency = AGENCIES[key]
        assert HANDSETS[str(record.handset)] == agency
        check(
            phones.centre,
            record,
            number,
            emergency=emergency,
            steps=[(agency, "queue", StepResult.ANSWERED)],
            answered_by=agency,
            handset=record.handset,
        )


async def _citizen(phones: Phones, number: str, key: str) -> None:
    call = await choose(phones, number, key)
    await _heard(call)
    await call.hang_up()


async def _heard(call: Call) -> None:
    call.play_tone(440)
    await call.hears(1000, timeout=EVERYBODY_S)


async def _officer(phones: Phones, extension: str) -> None:
    """Answer every call, and talk until the caller hangs up."""
    while True:
        ring = await phones.bank.ring(extension, timeout=EVERYBODY_S)
        with contextlib.suppress(PhoneError):  # a colleague was quicker
            await ring.answer()
            ring.play_tone(1000)
            await ring.ended(timeout=EVERYBODY_S)


async def test_with_nobody_logged_in_the_caller_is_kept(phones: Phones) -> None:
    """Nobody is on the air: the caller hears sound, holds, and gets the first who logs in."""
    number = phones.centre.number()
    call = await choose(phones, number)
    waiting = await phones.centre.record(
        number, lambda record: len(record.steps) >= BEGUN_AGAIN, filed=False
    )
    assert {step.result for step in waiting.steps[:-1]} == {StepResult.UNAVAILABLE}
    await call.hears_sound()
    assert call.end is None
    await phones.log_in("101")
    ring = await answer(phones, "101")
    await converse(call, ring)
    await ring.hang_up()
    record = await phones.centre.record(number)
    tried = [(step.agency, step.kind, step.result) for step in record.steps[:-1]]
    chain = [(name, "queue", StepResult.UNAVAILABLE) for name in ROUND]
    assert tried == (chain * len(tried))[: len(tried)]
    check(
        phones.centre,
        record,
        number,
        ANSWERED,
        steps=[*tried, ("kominfo", "queue", StepResult.ANSWERED)],
        answered_by="kominfo",
        handset="101",
        reason=Reason.HANDSET_HUNG_UP,
    )
