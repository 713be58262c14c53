"""Fifty plans applied one after the other while calls keep coming."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest

from ops.apply import apply
from router.calls.record import Outcome
from siaga.plan import load_plan
from tests.live.calls import choose
from tests.live.centre import running_centre
from tests.live.phones import Phones, telephones
from tests.live.test_apply import KUTIM, SWAPPED

if TYPE_CHECKING:
    from pathlib import Path

    from ops.phone import End
    from router.calls.record import CallRecord

APPLIES: Final = 50
EVERY_S: Final = 0.2
"""From one call to the next: five calls a second."""
RINGS_S: Final = 3.0
"""How long each caller waits after the digit."""

CHAINS: Final = {"fire": ["damkar", "kominfo"], "medical": ["rsud", "kominfo"]}


@pytest.mark.alone
@pytest.mark.timeout(400)
async def test_fifty_applies_under_load_lose_and_mix_no_call(tmp_path: Path) -> None:
    """Each of the calls is led by one whole version: its digit, its chain, its place in time."""
    with running_centre(tmp_path / "home") as centre:
        first = load_plan(centre.settings.plan_in_force).version
        leads = {first: "fire"}
        async with telephones(centre) as phones:
            numbers: list[str] = []
            stop = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                load = group.create_task(_callers(phones, numbers, stop))
                for number in range(APPLIES):
                    swapped = number % 2 == 0
                    file = tmp_path / "plan.yaml"
                    text = SWAPPED if swapped else KUTIM
                    file.write_text(f"{text}# {number}\n", encoding="utf-8")
                    await apply(centre.settings, file)
                    leads[load_plan(file).version] = "medical" if swapped else "fire"
                    await asyncio.sleep(EVERY_S)
                stop.set()
            ends = load.result()
        records = await centre.records(numbers, lambda record: record.ended is not None)
    assert len(leads) == APPLIES + 1
    assert len(ends) == len(numbers)
    assert len(numbers) >= APPLIES
    for record in records.values():
        _whole(record, leads)
    # The load was there all the time: nearly every version has led somebody.
    assert len({record.plan_version for record in records.values()}) > APPLIES / 2


def _whole(record: CallRecord, leads: dict[str, str]) -> None:
    """Look whether a call is one that its version could make."""
    assert record.plan_version in leads, record
    assert record.emergency == leads[record.plan_version], record
    assert (record.choice, record.tier, record.language) == ("digit", 1, "id"), record
    assert record.outcome is Outcome.ABANDONED_RINGING, record
    agencies = [step.agency for step in record.steps]
    chain = CHAINS[record.emergency or ""]
    assert agencies[: len(chain)] == chain[: len(agencies)], record


async def _callers(phones: Phones, numbers: list[str], stop: asyncio.Event) -> list[End]:
    """Calls one after the other, however long each takes, until told to stop."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        tasks = []
        while not stop.is_set():
            number = phones.centre.number()
            numbers.append(number)
            tasks.append(group.create_task(_caller(phones, number)))
            await asyncio.sleep(began + len(numbers) * EVERY_S - loop.time())
    return [task.result() for task in tasks]


async def _caller(phones: Phones, number: str) -> End:
    """One caller, who hears the menu, presses 1 and gives up ringing."""
    call = await choose(phones, number)
    await asyncio.sleep(RINGS_S)
    return await call.hang_up()
