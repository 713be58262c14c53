from __future__ import annotations

import random
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.live.menu.ear import hears_prompt
from tests.live.menu.faults import no_ivr, prompt_is, standby_is
from tests.live.menu.staff import take

if TYPE_CHECKING:
    from tests.live.phones import Phones

LIMIT_S = 12.0
"""The plan's ``human_within``, a promise of the product: arrival to a human's ringing phone."""
NOISE = random.Random(112).randbytes(16_000)  # noqa: S311 (the same noise each time)
CONTENTS = {"missing": None, "empty": b""}


@pytest.mark.parametrize("tier", [1, 2, 3])
@pytest.mark.parametrize("content", ["missing", "empty"])
async def test_a_menu_without_a_greeting_rings_a_human(
    phones: Phones, content: str, tier: int
) -> None:
    """Without the greeting's file, or with nothing in it, a human's phone rings within 12 s."""
    centre = phones.centre
    await phones.log_in("101")
    async with AsyncExitStack() as stack:
        if tier > 1:
            await stack.enter_async_context(no_ivr(centre))
        if tier > 2:
            stack.enter_context(standby_is(centre))
        for language in ("id", "en"):  # Asterisk plays the one where the other is missing.
            stack.enter_context(prompt_is(centre, language, "menu", CONTENTS[content]))
        number = centre.number()
        call = await phones.line.call(number)
        ring = await phones.bank.ring("101", timeout=30)
        assert ring.at - call.sent_at <= LIMIT_S
        await take(ring)
        record = await centre.record(number, filed=False)
    assert (record.emergency, record.tier) == ("operator", tier)
    assert record.choice == ("error" if tier < 3 else "no_input")


async def test_a_greeting_missing_in_indonesian_is_english(phones: Phones) -> None:
    """Without the Indonesian greeting callers hear the English one, and a digit counts."""
    centre = phones.centre
    await phones.log_in("301")
    with prompt_is(centre, "id", "menu", None):
        number = centre.number()
        call = await phones.line.call(number)
        await hears_prompt(call, centre, "en", "menu")
        await call.press("2")
        ring = await phones.bank.ring("301")
        await take(ring)
        record = await centre.record(number, filed=False)
    assert (record.emergency, record.choice, record.tier) == ("medical", "digit", 1)


async def test_a_greeting_of_noise_takes_a_digit(phones: Phones) -> None:
    """A greeting's file that holds rubbish is played, and the digit counts all the same."""
    centre = phones.centre
    await phones.log_in("301")
    with prompt_is(centre, "id", "menu", NOISE):
        number = centre.number()
        call = await phones.line.call(number)
        await hears_prompt(call, centre, "id", "menu")
        await call.press("2")
        ring = await phones.bank.ring("301")
        await take(ring)
        record = await centre.record(number, filed=False)
    assert (record.emergency, record.choice, record.tier) == ("medical", "digit", 1)


async def test_a_missing_second_prompt_rings_a_human(phones: Phones) -> None:
    """A key without meaning, and no prompt to ask again with, leads to a human within 12 s."""
    centre = phones.centre
    await phones.log_in("101")
    with prompt_is(centre, "id", "options", None), prompt_is(centre, "en", "options", None):
        number = centre.number()
        call = await phones.line.call(number)
        await hears_prompt(call, centre, "id", "menu")
        await call.press("7")
        ring = await phones.bank.ring("101", timeout=30)
        assert ring.at - call.sent_at <= LIMIT_S
        await take(ring)
        record = await centre.record(number, filed=False)
    assert (record.emergency, record.choice) == ("operator", "error")


async def test_missing_announcements_do_not_keep_a_call(phones: Phones) -> None:
    """Without the prompts that play while handsets ring, they ring and the call is answered."""
    centre = phones.centre
    await phones.log_in("201")
    with (
        prompt_is(centre, "id", "chosen-fire", None),
        prompt_is(centre, "id", "calling-damkar", None),
        prompt_is(centre, "id", "ring", None),
        prompt_is(centre, "id", "hold", None),
    ):
        number = centre.number()
        call = await phones.line.call(number)
        await call.answered()
        await call.hears_sound()
        await call.press("1")
        ring = await phones.bank.ring("201")
        await ring.answer()
        call.play_tone(440)
        ring.play_tone(1000)
        await call.hears(1000)
        await ring.hears(440)
        await ring.hang_up()
        record = await centre.record(number, filed=False)
    assert (record.answered_by, record.handset) == ("damkar", "201")
