from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from ops.phone import PhoneError
from router.calls.record import Outcome, Reason, StepResult
from tests.live.calls import (
    ANSWERED,
    UNANSWERED,
    check,
    choose,
    converse,
    refuse_all,
    until_quiet,
)
from tests.live.phones import telephones

if TYPE_CHECKING:
    from ops.phone import Call, Ring
    from tests.live.centre import Centre
    from tests.live.phones import Phones

RING_S = 5.0
"""How long the brisk plan rings an agency."""
OVERFLOW_S = 3.0
"""How much later than that the next agency rings at the latest, as promised."""
AT_ONCE_S = 2.0
STEP_S = 20.0
"""How long the brisk plan rings BPBD for a disaster; nobody waits for so long unheard there."""

OVERFLOWED: dict[str, Any] = {
    "steps": [("damkar", "queue", StepResult.NO_ANSWER), ("kominfo", "queue", StepResult.ANSWERED)],
    "answered_by": "kominfo",
    "handset": "101",
}


@pytest.mark.parametrize("status", [603, 486, 480])
async def test_a_handset_that_declines_loses_the_call_to_the_next_agency(
    brisk: Centre, status: int
) -> None:
    """Damkar's only handset declines; Kominfo rings in time and talks with the caller."""
    async with telephones(brisk) as phones:
        await phones.log_in("201", "101")
        number = brisk.number()
        call = await choose(phones, number)
        first = await phones.bank.ring("201")
        await first.alert()
        await first.refuse(status)
        declining = asyncio.create_task(refuse_all(phones, "201", status))
        try:
            second = await phones.bank.ring("101", timeout=RING_S + OVERFLOW_S)
        finally:
            declining.cancel()
        await second.answer()
        await converse(call, second)
        await call.hang_up()
        check(brisk, await brisk.record(number), number, **OVERFLOWED)


async def test_a_handset_that_never_answers_loses_the_call_to_the_next_agency(
    brisk: Centre,
) -> None:
    """Damkar rings for its whole time, then Kominfo rings, in the time promised."""
    async with telephones(brisk) as phones:
        await phones.log_in("201", "101")
        number = brisk.number()
        call = await choose(phones, number)
        first = await phones.bank.ring("201")
        await first.alert()
        await call.hears_sound()
        second = await phones.bank.ring("101", timeout=RING_S + OVERFLOW_S)
        assert second.at - first.at <= RING_S + OVERFLOW_S
        await first.cancelled()
        await second.answer()
        await converse(call, second)
        await call.hang_up()
        check(brisk, await brisk.record(number), number, **OVERFLOWED)


async def passed_over(phones: Phones, number: str, call: Call, within_s: float) -> None:
    """Kominfo rings and answers; Damkar's step ended because nobody was there."""
    ring = await phones.bank.ring("101", timeout=within_s)
    await ring.answer()
    await converse(call, ring)
    await call.hang_up()
    steps = [("damkar", "queue", StepResult.UNAVAILABLE), OVERFLOWED["steps"][1]]
    record = await phones.centre.record(number)
    check(phones.centre, record, number, **{**OVERFLOWED, "steps": steps})


async def test_an_agency_off_the_air_is_passed_over_at_once(phones: Phones) -> None:
    """With Damkar not logged in, Kominfo rings as soon as the caller has chosen."""
    await phones.log_in("101")
    number = phones.centre.number()
    call = await choose(phones, number)
    await passed_over(phones, number, call, AT_ONCE_S)


@pytest.mark.parametrize("first", ["handset", "caller"])
async def test_answering_as_the_caller_leaves_leaves_nothing_open(
    phones: Phones, first: str
) -> None:
    """However the answer and the hanging up cross, both telephones are told that it is over."""
    await phones.log_in("201")
    for _ in range(6):
        number = phones.centre.number()
        call = await choose(phones, number)
        ring = await phones.bank.ring("201")
        await ring.alert()
        await _cross(call, ring, first)
        assert await call.ended()
        assert await ring.ended()
        await until_quiet(phones.centre)
        record = await phones.centre.record(number)
        assert record.outcome in (Outcome.ANSWERED, Outcome.ABANDONED_RINGING)
        assert record.reason is Reason.CALLER_HUNG_UP
        kind = ANSWERED if record.outcome is Outcome.ANSWERED else UNANSWERED
        check(phones.centre, record, number, kind)


async def _cross(call: Call, ring: Ring, first: str) -> None:
    """Have the handset answer while the caller hangs up."""

    async def lift() -> None:
        with contextlib.suppress(PhoneError):  # it was too late
            await ring.answer()

    sides = [lift(), call.hang_up()]
    await asyncio.gather(*(sides if first == "handset" else reversed(sides)))


@pytest.mark.parametrize("says", [True, False], ids=["ringing", "mute"])
async def test_who_logs_out_while_he_rings_is_not_waited_for(phones: Phones, *, says: bool) -> None:
    """The last handset leaves the air in the midst of ringing; the next agency rings at once.

    One that is without power has not even said that it rings.
    """
    await phones.log_in("201", "101")
    number = phones.centre.number()
    call = await choose(phones, number)
    first = await phones.bank.ring("201")
    if says:
        await first.alert()
    await phones.log_out("201")
    # The dialplan alone rings for the whole of the step's time, and calls that "no answer".
    await passed_over(phones, number, call, RING_S)


async def test_who_logged_out_in_a_talk_is_not_waited_for(phones: Phones) -> None:
    """Damkar's handset leaves the air while it talks; the next caller goes to Kominfo at once."""
    await phones.log_in("201", "101")
    talk = await choose(phones, phones.centre.number())
    talking = await phones.bank.ring("201")
    await talking.answer()
    await converse(talk, talking)
    await phones.log_out("201")
    number = phones.centre.number()
    call = await choose(phones, number)
    await passed_over(phones, number, call, RING_S)
    await converse(talk, talking)
    await talk.hang_up()


async def test_who_waits_behind_talks_is_led_to_whoever_is_free(brisk: Centre) -> None:
    """Both of BPBD talk: the plan's limit, not the time of the step, brings the caller to 101."""
    async with telephones(brisk) as phones:
        await phones.log_in("401", "402", "101")
        talks = [await choose(phones, brisk.number(), "4") for _ in range(2)]
        for extension in ("401", "402"):
            await (await phones.bank.ring(extension)).answer()
        number = brisk.number()
        call = await choose(phones, number, "4")
        ring = await phones.bank.ring("101", timeout=STEP_S)
        await ring.answer()
        await converse(call, ring)
        await asyncio.gather(call.hang_up(), *(talk.hang_up() for talk in talks))
        record = await brisk.record(number)
        first, second = record.steps
        assert first.result is StepResult.NO_ANSWER
        assert first.left is not None
        assert (first.left - first.entered).total_seconds() < STEP_S
        assert (second.agency, second.result) == ("kominfo", StepResult.ANSWERED)
