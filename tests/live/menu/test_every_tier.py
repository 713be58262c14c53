from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest_asyncio

from tests.live.menu.faults import no_ivr, standby_is
from tests.live.menu.staff import take
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from ops.phone import Call
    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.phones import Phones

LIMIT_S = 12.0
"""The plan's ``human_within``, a promise of the product: arrival to a human's ringing phone."""
EVERY_S = 1.3
"""Between one caller and the next: there is one handset that most of them are for."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a caller does, and what is to come of it.

    Attributes:
        presses: keys, each with the pause before it in seconds.
        choice: emergency, language and reason. ``extension``: of the handset that rings.
        keys: whether the telephone can press any.
    """

    presses: tuple[tuple[float, str], ...]
    choice: tuple[str, str, str]
    extension: str
    keys: bool = True


CALLERS = {
    "presses nothing": Behaviour((), ("operator", "id", "no_input"), "101"),
    "cannot press": Behaviour((), ("operator", "id", "no_input"), "101", keys=False),
    "rubbish, then nothing": Behaviour(((1.5, "7"),), ("operator", "id", "no_input"), "101"),
    "late rubbish, then nothing": Behaviour(((7.0, "8"),), ("operator", "id", "no_input"), "101"),
    "star and pound": Behaviour(((1.0, "*"), (1.0, "#")), ("operator", "id", "no_match"), "101"),
    "a digit": Behaviour(((2.0, "1"),), ("fire", "id", "digit"), "201"),
    "very late rubbish": Behaviour(((9.2, "#"),), ("operator", "id", "no_match"), "101"),
    "rubbish, then a digit": Behaviour(((1.0, "6"), (3.0, "2")), ("medical", "id", "digit"), "301"),
    "English, then nothing": Behaviour(((2.0, "9"),), ("operator", "en", "no_input"), "101"),
    "a digit at once": Behaviour(((0.0, "1"),), ("fire", "id", "digit"), "201"),
    "English, a digit": Behaviour(((2.0, "9"), (2.0, "3")), ("accident", "en", "digit"), "401"),
    "English, then rubbish": Behaviour(
        ((2.0, "9"), (2.0, "9"), (1.0, "#")), ("operator", "en", "no_match"), "101"
    ),
}
"""In an order in which no two, one arriving after the other, are for one handset at a time."""


@dataclass(frozen=True, slots=True)
class Tier:
    number: int
    phones: Phones


@pytest_asyncio.fixture(params=[1, 2, 3])
async def tier(request: pytest.FixtureRequest, centre: Centre) -> AsyncIterator[Tier]:
    """A centre of which the tiers above this one are out of order."""
    await centre.until_ready()
    async with AsyncExitStack() as stack:
        phones = await stack.enter_async_context(telephones(centre))
        if request.param > 1:
            await stack.enter_async_context(no_ivr(centre))
        if request.param > 2:
            stack.enter_context(standby_is(centre))
        yield Tier(request.param, phones)


async def test_every_caller_reaches_a_human(tier: Tier) -> None:
    """In every tier, whatever is pressed or not, the right handset rings, and within 12 s."""
    phones, centre = tier.phones, tier.phones.centre
    await phones.log_in("101", "201", "301", "401")
    numbers = {name: centre.number() for name in CALLERS}
    rung: dict[str, tuple[str, float]] = {}
    async with asyncio.TaskGroup() as tasks:
        for extension in ("101", "201", "301", "401"):
            due = sum(behaviour.extension == extension for behaviour in CALLERS.values())
            tasks.create_task(_staff(phones, extension, due, rung))
        callers = {
            name: tasks.create_task(_behave(phones, behaviour, numbers[name], place * EVERY_S))
            for place, (name, behaviour) in enumerate(CALLERS.items())
        }
    records = await centre.records(set(numbers.values()), lambda record: record.ended is not None)
    outcome = {name: _outcome(records[number]) for name, number in numbers.items()}
    assert outcome == {name: (*one.choice, tier.number) for name, one in CALLERS.items()}
    assert {name: rung[number][0] for name, number in numbers.items()} == {
        name: behaviour.extension for name, behaviour in CALLERS.items()
    }
    # Who chooses English begins anew.
    late = {
        name: seconds
        for name, number in numbers.items()
        if "en" not in CALLERS[name].choice
        and (seconds := rung[number][1] - callers[name].result().sent_at) > LIMIT_S
    }
    assert late == {}


def _outcome(record: CallRecord) -> tuple[str | None, str | None, str | None, int | None]:
    return record.emergency, record.language, record.choice, record.tier


async def _staff(
    phones: Phones, extension: str, due: int, rung: dict[str, tuple[str, float]]
) -> None:
    """Take so many calls, one after the other."""
    for _ in range(due):
        ring = await phones.bank.ring(extension, timeout=60)
        rung[ring.caller_number] = extension, ring.at
        await take(ring)


async def _behave(phones: Phones, behaviour: Behaviour, number: str, begins_s: float) -> Call:
    await asyncio.sleep(begins_s)
    call = await phones.line.call(number, telephone_event=101 if behaviour.keys else None)
    await call.answered()
    for pause_s, key in behaviour.presses:
        await asyncio.sleep(pause_s)
        await call.press(key)
    await call.ended(timeout=60)
    return call
