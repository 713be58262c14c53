"""The alarms of parts that are away, each on a running centre: what the matrix is too quick for."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

import pytest

from ops.api import ask
from router.alarms import Kind
from tests.live.calls import answer, choose, converse
from tests.live.faults.breakers import BREAKERS

if TYPE_CHECKING:
    from tests.live.centre import Centre
    from tests.live.phones import Phones

RAISED_S: Final = 40.0


@pytest.mark.parametrize(
    "faults",
    [
        {"ivr-refuses": Kind.MENU_AWAY, "database-locked": Kind.DATABASE_AWAY},
        {"ami-cut": Kind.AMI_AWAY},
    ],
    ids="+".join,
)
async def test_a_part_that_stays_away_is_an_alarm(phones: Phones, faults: dict[str, Kind]) -> None:
    """A caller and an officer talk all the while; afterwards the record of their call is there."""
    centre = phones.centre
    await phones.log_in("201")
    number = centre.number()
    async with AsyncExitStack() as stack:
        for fault in faults:
            breaks = await stack.enter_async_context(BREAKERS[fault](centre))
            await breaks(_nobody_presses)
        call = await choose(phones, number)
        ring = await answer(phones, "201")
        await converse(call, ring)
        await until_raised(centre, set(faults.values()))
        await converse(call, ring)
        await call.hang_up()
        await ring.ended()
    record = await centre.record(number)
    assert (record.outcome, record.handset) == ("answered", "201")


async def _nobody_presses() -> None:
    """Nobody has a key to press just then."""


async def until_raised(centre: Centre, kinds: set[Kind], within_s: float = RAISED_S) -> None:
    """Wait until an alarm of each kind stands."""
    seen: set[str] = set()
    try:
        async with asyncio.timeout(within_s):
            while not seen >= kinds:
                found = await ask(centre.settings, "GET", "/api/alarms")
                seen = {row["alarm"] for row in found["alarms"]}
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"only these stand: {sorted(seen)}") from None
