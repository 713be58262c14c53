"""Reckoning beside the loop: once for all who ask for the same, and no endless queue."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from router.accounts.model import Role
from router.console.lanes import WAITING, BusyError
from router.report import days
from router.report.drill import Drill
from router.report.spans import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.reports.reckoner import Reckoner
    from tests.unit.router.console.people import House

DAY = days("2026-11-05", "2026-11-05", ZoneInfo("Asia/Makassar"))


def part(minutes: int) -> Part:
    return Part(DAY.begin, DAY.begin + timedelta(minutes=minutes), DAY.zone)


@pytest.fixture
def held(house: House) -> Iterator[threading.Event]:
    """The thread is busy until this is set."""
    free = threading.Event()
    yield free
    free.set()


async def busy(reckoner: Reckoner, free: threading.Event) -> asyncio.Task[bool]:
    """Somebody's long reckoning has begun."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work() -> bool:
        loop.call_soon_threadsafe(begun.set)
        return free.wait()

    task = asyncio.create_task(reckoner._lane.run(work))
    await begun.wait()
    return task


async def test_the_same_is_reckoned_once(house: House, held: threading.Event) -> None:
    """However many ask for it at a time, they wait in one place, and who goes takes nothing."""
    reckoner = house.desk.reports
    first = await busy(reckoner, held)
    asked = [asyncio.create_task(reckoner.compared(DAY, DAY)) for _ in range(3 * WAITING)]
    await asyncio.sleep(0)
    asked[0].cancel()
    held.set()
    found = await asyncio.gather(*asked[1:], first)
    assert len({id(one) for one in found[:-1]}) == 1
    assert await reckoner.compared(DAY, DAY) is found[0]


async def test_too_many_are_told_so(house: House, held: threading.Event) -> None:
    """Beyond the places to wait there is an error at once; who waits is served."""
    reckoner = house.desk.reports
    first = await busy(reckoner, held)
    waiting = [
        asyncio.create_task(reckoner.compared(part(each), DAY)) for each in range(1, WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await reckoner.count(DAY, Drill("calls"))
    browser = await house.inside("ani", Role.SUPERVISOR)
    answer = await browser.get("/reports?on=2026-11-06")
    assert answer.status == 503
    assert "Laporan lain sedang dihitung" in browser.page
    held.set()
    await asyncio.gather(*waiting, first)
    assert (await browser.get("/reports?on=2026-11-06")).status == 200
