from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ops.phone import Dtmf
from tests.live.menu.crowd import Way, press_all
from tests.live.menu.ear import hears_prompt
from tests.live.menu.staff import take

if TYPE_CHECKING:
    from tests.live.centre import Centre
    from tests.live.phones import Phones

RINGS = {"1": "201", "2": "301", "3": "401", "4": "401", "5": "101", "0": "101"}
"""The handset that each digit of the plan leads to."""

MOMENTS_MS = (*range(0, 200, 10), *range(400, 10_400, 500))
"""Of the greeting, which lasts 9.8 s, and of the wait of 1 s after it."""


@pytest.mark.parametrize(("language", "first"), [("id", ""), ("en", "9")])
async def test_each_digit_rings_its_agency(phones: Phones, language: str, first: str) -> None:
    """The greeting is Indonesian; each digit rings its agency's handset, in English after a 9."""
    centre = phones.centre
    await phones.log_in("101", "201", "301", "401")
    menu = centre.plan.menu.digits
    for digit, extension in RINGS.items():
        number = centre.number()
        call = await phones.line.call(number)
        await call.answered()
        await hears_prompt(call, centre, "id", "menu")
        if first:
            pressed = await call.press(first)
            await hears_prompt(call, centre, language, "menu", pressed.ended)
        pressed = await call.press(digit)
        ring = await phones.bank.ring(extension)
        assert ring.caller_number == number
        await ring.alert()
        await hears_prompt(call, centre, language, f"chosen-{menu[digit]}", pressed.ended)
        await take(ring)
        record = await centre.record(number, filed=False)
        assert (record.emergency, record.language) == (menu[digit], language)
        assert (record.choice, record.tier, record.handset) == ("digit", 1, extension)


async def test_a_digit_is_taken_at_any_moment(centre: Centre) -> None:
    """A digit counts from the first moment of the greeting to the wait after it."""
    await centre.until_ready()
    callers = [("2", Way(after_ms=moment)) for moment in MOMENTS_MS]
    fates = await press_all(centre, Dtmf.RFC4733, callers)
    wrong = [
        (fate.way.after_ms, fate.choice)
        for fate in fates
        if fate.choice != ("medical", "id", "digit")
    ]
    assert wrong == []
