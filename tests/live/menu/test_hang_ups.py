from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from router.calls.record import Outcome, Reason
from tests.live.menu.ear import hears_prompt
from tests.live.menu.prompts import folder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ops.phone import Call
    from tests.live.centre import Centre
    from tests.live.phones import Phones

    Leaves = Callable[[Centre, Call], Awaitable[None]]


async def _at_once(centre: Centre, call: Call) -> None:
    """Leave the moment the call is answered."""


async def _in_the_greeting(centre: Centre, call: Call) -> None:
    await hears_prompt(call, centre, "id", "menu")


async def _in_the_second_prompt(centre: Centre, call: Call) -> None:
    pressed = await call.press("7")
    await hears_prompt(call, centre, "id", "options", pressed.ended)


async def _in_the_retry_prompt(centre: Centre, call: Call) -> None:
    await asyncio.sleep(7)  # There is no time left for a longer one.
    pressed = await call.press("8")
    await hears_prompt(call, centre, "id", "retry-no-match", pressed.ended)


async def _in_the_wait(centre: Centre, call: Call) -> None:
    await asyncio.sleep(_greeting_s(centre) + 0.5)


async def _in_english(centre: Centre, call: Call) -> None:
    pressed = await call.press("9")
    await hears_prompt(call, centre, "en", "menu", pressed.ended)


async def _with_the_language_key(centre: Centre, call: Call) -> None:
    await hears_prompt(call, centre, "id", "menu")
    await call.press("9")


async def _with_a_key_without_meaning(centre: Centre, call: Call) -> None:
    await hears_prompt(call, centre, "id", "menu")
    await call.press("#")


async def _with_the_digit(centre: Centre, call: Call) -> None:
    await hears_prompt(call, centre, "id", "menu")
    await call.press("1")


IN_THE_MENU: tuple[Leaves, ...] = (
    _at_once,
    _in_the_greeting,
    _in_the_second_prompt,
    _in_the_retry_prompt,
    _in_the_wait,
    _in_english,
    _with_the_language_key,
    _with_a_key_without_meaning,
)
"""Moments at which a caller hangs up before anything is chosen."""


def _greeting_s(centre: Centre) -> float:
    return (folder(centre, "id") / "menu.alaw").stat().st_size / 8000


async def test_a_caller_may_leave_at_any_moment(phones: Phones) -> None:
    """Who hangs up in the menu, wherever in it, is recorded so, and no channel is left behind."""
    centre = phones.centre
    await phones.log_in("201")
    numbers = {leave: centre.number() for leave in (*IN_THE_MENU, _with_the_digit)}

    async def call_and_leave(leave: Leaves, number: str) -> None:
        call = await phones.line.call(number)
        await call.answered()
        await leave(centre, call)
        await call.hang_up()

    await asyncio.gather(*(call_and_leave(*item) for item in numbers.items()))
    records = await centre.records(set(numbers.values()), lambda record: record.ended is not None)
    seen = {leave.__name__: records[number] for leave, number in numbers.items()}
    with_digit = seen.pop(_with_the_digit.__name__)
    # Whether the digit or the hang-up was first is the network's affair.
    assert with_digit.outcome in {Outcome.ABANDONED_MENU, Outcome.ABANDONED_RINGING}
    # The menu's first tier may not have begun when a caller leaves as soon as he is answered.
    at_once = seen[_at_once.__name__]
    if at_once.tier is None:
        seen[_at_once.__name__] = replace(at_once, tier=1)
    assert {name: (one.outcome, one.reason, one.tier, one.steps) for name, one in seen.items()} == {
        leave.__name__: (Outcome.ABANDONED_MENU, Reason.CALLER_HUNG_UP, 1, ())
        for leave in IN_THE_MENU
    }
    assert centre.asterisk("core show channels concise").strip() == ""
