"""Keys that Asterisk drops because they end between two commands of the menu."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.live.menu.crowd import Ledger
from tests.live.menu.ear import hears_prompt
from tests.live.menu.faults import deaf_ivr

if TYPE_CHECKING:
    from tests.live.phones import Phones

LONG_MS = 400
"""Longer than Asterisk makes a key: the next one does not wait for it, and is kept once."""


@pytest.mark.parametrize(
    ("keys", "choice"),
    [
        # The first ends the greeting, of the second nobody is told.
        ("*#", ("operator", "id", "no_match")),
        ("*2", ("medical", "id", "digit")),
        ("91", ("fire", "en", "digit")),
        ("77", ("operator", "id", "no_match")),
    ],
)
@pytest.mark.parametrize("ms", [100, LONG_MS])
async def test_a_key_between_two_commands_counts(
    phones: Phones, keys: str, choice: tuple[str, str, str], ms: int
) -> None:
    """While the menu is slow to say what comes next, a key is dropped, and yet taken by it."""
    centre = phones.centre
    number = centre.number()
    with Ledger(centre) as ledger:
        call = await phones.line.call(number)
        await call.answered()
        await hears_prompt(call, centre, "id", "menu")
        with deaf_ivr(centre):
            await call.press_many(keys, ms=ms)
            async with asyncio.timeout(10):
                while keys not in ledger.ended().values():  # noqa: ASYNC110  (a file)
                    await asyncio.sleep(0.05)
        record = (await centre.records([number], lambda record: record.choice is not None))[number]
        await call.hang_up()
    assert (record.emergency, record.language, record.choice) == choice
    assert record.tier == 1
