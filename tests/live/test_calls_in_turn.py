"""Handsets that ring one after another, in place of all at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from router.calls.record import StepResult
from tests.live.calls import check, choose, converse
from tests.live.phones import telephones

if TYPE_CHECKING:
    from tests.live.centre import Centre

BY_BPBD: Final[dict[str, Any]] = {
    "emergency": "disaster",
    "steps": [("bpbd", "queue", StepResult.ANSWERED)],
    "answered_by": "bpbd",
}


async def test_who_does_not_answer_loses_the_call_to_the_colleague(brisk: Centre) -> None:
    """The first handset rings its time and no longer; then the second does, in the same step."""
    async with telephones(brisk) as phones:
        await phones.log_in("401", "402")
        number = brisk.number()
        call = await choose(phones, number, "4")
        first = await phones.bank.ring("401")
        await first.alert()
        second = await phones.bank.ring("402")
        assert (await first.cancelled()).at <= second.at
        await second.alert()
        await second.answer()
        await converse(call, second)
        await call.hang_up()
        check(brisk, await brisk.record(number), number, **BY_BPBD, handset="402")


async def test_two_callers_ring_two_handsets_side_by_side(brisk: Centre) -> None:
    """While one handset rings for the first caller, the other rings for the second."""
    async with telephones(brisk) as phones:
        await phones.log_in("401", "402")
        one, other = brisk.number(), brisk.number()
        calls = await asyncio.gather(choose(phones, one, "4"), choose(phones, other, "4"))
        rings = await asyncio.gather(phones.bank.ring("401"), phones.bank.ring("402"))
        assert {ring.caller_number for ring in rings} == {one, other}
        for ring in rings:
            assert ring.end is None
            await ring.alert()
        taken = {}
        for ring in rings:
            await ring.answer()
            taken[ring.caller_number] = ring.extension
        await asyncio.gather(*(call.hang_up() for call in calls))
        for number in (one, other):
            record = await brisk.record(number)
            check(brisk, record, number, **BY_BPBD, handset=taken[number])
