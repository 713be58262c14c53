from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

import pytest

from ops import ready
from tests.live.menu.ear import hears_prompt, silence
from tests.live.menu.faults import hung_ivr, no_ivr, no_restarts, standby_is
from tests.live.menu.staff import take

if TYPE_CHECKING:
    from ops.phone import Call
    from router.calls.record import CallRecord
    from tests.live.phones import Phones

LIMIT_S = 12.0
"""The plan's ``human_within``, a promise of the product: arrival to a human's ringing phone."""


@pytest.fixture
async def staffed(phones: Phones) -> Phones:
    """Telephones with a handset of every agency on the air."""
    await phones.log_in("101", "201", "301", "401")
    return phones


async def in_the_menu(phones: Phones) -> tuple[str, Call]:
    """A caller who hears the greeting."""
    number = phones.centre.number()
    call = await phones.line.call(number)
    await call.answered()
    await hears_prompt(call, phones.centre, "id", "menu")
    return number, call


async def taken(phones: Phones, number: str, extension: str) -> CallRecord:
    """Take the call at this handset and end it; gives its record."""
    ring = await phones.bank.ring(extension)
    assert ring.caller_number == number
    await take(ring)
    return await phones.centre.record(number, filed=False)


async def test_killed_before_the_call(staffed: Phones) -> None:
    """With tier 1 killed, the standby script leads the caller."""
    async with no_ivr(staffed.centre):
        number, call = await in_the_menu(staffed)
        await call.press("1")
        record = await taken(staffed, number, "201")
    assert (record.emergency, record.choice, record.tier) == ("fire", "digit", 2)


async def test_killed_in_the_greeting(staffed: Phones) -> None:
    """A caller whose tier 1 is killed in the greeting is greeted by the standby script."""
    number, call = await in_the_menu(staffed)
    async with no_ivr(staffed.centre):
        await hears_prompt(call, staffed.centre, "id", "menu", call.heard.mark())
        await call.press("3")
        record = await taken(staffed, number, "401")
    assert (record.emergency, record.choice, record.tier) == ("accident", "digit", 2)


async def test_killed_after_english(staffed: Phones) -> None:
    """English is kept when tier 1 is killed after it was chosen, and when tier 2 fails as well."""
    with contextlib.ExitStack() as stack:
        for tier in (2, 3):
            if tier == 3:
                stack.enter_context(standby_is(staffed.centre))
            number, call = await in_the_menu(staffed)
            await call.press("9")
            await hears_prompt(call, staffed.centre, "en", "menu", call.heard.mark())
            async with no_ivr(staffed.centre):
                await silence(call)
                await call.hears_sound()
                pressed = await call.press("2")
                await hears_prompt(call, staffed.centre, "en", "chosen-medical", pressed.ended)
                record = await taken(staffed, number, "301")
            assert (record.emergency, record.language, record.tier) == ("medical", "en", tier)


async def test_hung_before_the_call(staffed: Phones) -> None:
    """A tier 1 that takes calls and says nothing is left for the standby script."""
    async with hung_ivr(staffed.centre):
        number = staffed.centre.number()
        call = await staffed.line.call(number)
        await call.answered()
        await call.hears_sound()
        await call.press("1")
        record = await taken(staffed, number, "201")
    assert (record.emergency, record.choice, record.tier) == ("fire", "digit", 2)


async def test_hung_while_the_caller_is_silent(staffed: Phones) -> None:
    """A caller who presses nothing, and whose tier 1 hangs in the greeting, rings within 12 s."""
    number, call = await in_the_menu(staffed)
    async with hung_ivr(staffed.centre):
        ring = await staffed.bank.ring("101", timeout=30)
        assert ring.at - call.sent_at <= LIMIT_S
        await take(ring)
        record = await staffed.centre.record(number, filed=False)
    assert (record.emergency, record.choice, record.tier) == ("operator", "no_input", 2)


async def test_hung_when_the_caller_presses(staffed: Phones) -> None:
    """A key that a hung tier 1 does not take is kept: no other key is needed."""
    number, call = await in_the_menu(staffed)
    async with hung_ivr(staffed.centre):
        await call.press("2")
        ring = await staffed.bank.ring("301")
        assert ring.at - call.sent_at <= LIMIT_S
        assert ring.caller_number == number
        await take(ring)
        record = await staffed.centre.record(number, filed=False)
    assert (record.emergency, record.choice, record.tier) == ("medical", "digit", 3)


async def test_hung_after_english(staffed: Phones) -> None:
    """Keys pressed before and after a tier hangs are taken in their order: English, then one."""
    number, call = await in_the_menu(staffed)
    await call.press("9")
    await hears_prompt(call, staffed.centre, "en", "menu", call.heard.mark())
    async with hung_ivr(staffed.centre):
        pressed = await call.press("7")
        pressed = await call.press("1")
        ring = await staffed.bank.ring("201")
        await ring.alert()
        await hears_prompt(call, staffed.centre, "en", "chosen-fire", pressed.ended)
        assert ring.caller_number == number
        await take(ring)
        record = await staffed.centre.record(number, filed=False)
    assert (record.emergency, record.language, record.choice) == ("fire", "en", "digit")
    assert record.tier == 3


@pytest.mark.parametrize("script", ["#!/bin/sh\nexec sleep 60\n", "not a program"])
async def test_standby_that_does_nothing(staffed: Phones, script: str) -> None:
    """A standby script that hangs or cannot be run is left for the menu in the dialplan."""
    with standby_is(staffed.centre, script):
        async with no_ivr(staffed.centre):
            number = staffed.centre.number()
            call = await staffed.line.call(number)
            await call.answered()
            await call.hears_sound()
            await call.press("4")
            record = await taken(staffed, number, "401")
    assert (record.emergency, record.choice, record.tier) == ("disaster", "digit", 3)


async def test_stopping_lets_calls_finish(staffed: Phones) -> None:
    """A tier 1 told to stop leads the caller it has to the end; the next one is tier 2's."""
    centre = staffed.centre
    async with no_restarts(centre):
        number, call = await in_the_menu(staffed)
        centre.kill("ivr", signal.SIGTERM)
        while await ready.agi(centre.settings):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.05)
        later, later_call = await in_the_menu(staffed)
        await later_call.press("2")
        assert (await taken(staffed, later, "301")).tier == 2
        await call.press("1")
        record = await taken(staffed, number, "201")
    assert (record.emergency, record.choice, record.tier) == ("fire", "digit", 1)
