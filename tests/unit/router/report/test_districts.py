"""Calls by kecamatan, whatever has become of the incidents they tell of."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.incidents.model import How, Place, Said
from router.report import Beside, By, Counts, Planned, Tally, collect, days, month
from router.report.call import facts
from router.report.collect import Readers
from router.store import CallWriter, ClassStore, IncidentStore, WriterPolicy
from router.store.classes import Given
from router.store.errors import StoreError
from router.store.incident_times import IncidentReader
from router.store.tables import metadata
from siaga.keys import CallClass
from tests.unit.router.report.histories import BEGIN, DISTRICTS, END, ZONE, histories, planned
from tests.unit.router.store.records import closed, record

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

SAID = Said("Ani", END)
STEPS = ("open", "join", "split", "merge", "place", "prank", "finish")


class Step(NamedTuple):
    """What somebody does: of a call, or of its incident, and of another."""

    what: str
    one: int
    other: int
    district: str


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from(STEPS),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(DISTRICTS),
    ),
    min_size=4,
    max_size=14,
)


class Desk:
    """An operator who does as told, and is refused what cannot be done."""

    def __init__(self, engine: AsyncEngine, calls: list[str]) -> None:
        self._incidents, self._classes = IncidentStore(engine), ClassStore(engine)
        self._calls = calls

    async def do(self, step: Step) -> None:
        """One step."""
        one, other = (self._calls[each % len(self._calls)] for each in (step.one, step.other))
        with suppress(StoreError):
            await getattr(self, f"_{step.what}")(one, other, step.district)

    async def _number(self, call: str) -> int:
        found = await self._incidents.of_call(call)
        return 0 if found is None else found.id

    async def _open(self, one: str, _other: str, _district: str) -> None:
        await self._incidents.open_for(one, SAID)

    async def _join(self, one: str, other: str, _district: str) -> None:
        await self._incidents.join(await self._number(other), one, SAID)

    async def _split(self, one: str, _other: str, _district: str) -> None:
        await self._incidents.split(one, SAID)

    async def _merge(self, one: str, other: str, _district: str) -> None:
        await self._incidents.merge(await self._number(one), await self._number(other), SAID)

    async def _place(self, one: str, _other: str, district: str) -> None:
        place = Place(district or None)
        await self._incidents.set_place(await self._number(one), place, SAID, "")

    async def _prank(self, one: str, _other: str, _district: str) -> None:
        await self._classes.give(one, Given(CallClass.PRANK, END, "101"))

    async def _finish(self, one: str, _other: str, _district: str) -> None:
        await self._incidents.finish(await self._number(one), "", SAID)

    async def told(self) -> dict[str, str]:
        """The district of each call that tells of an incident, which is one at most."""
        every = await self._incidents.newest(1000)
        pairs = [(call, one) for one in every for call in one.calls]
        assert len(pairs) == len({call for call, _ in pairs})
        assert not any(one.how in (How.MERGED, How.WITHDRAWN) for _, one in pairs)
        return {call: one.place.district or "" for call, one in pairs}

    def close(self) -> None:
        """Let go of the database."""
        self._incidents.close()
        self._classes.close()


async def fill(engine: AsyncEngine, calls: list[CallRecord]) -> None:
    async with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())
    writer = CallWriter(engine, WriterPolicy(pause_s=0))
    writer.start()
    for call in calls:
        writer.put(call)
    assert await writer.close()


@settings(max_examples=40, suppress_health_check=[*HealthCheck])
@given(calls=histories(12).filter(bool), steps=steps, day=st.integers(1, 29))
async def test_each_call_is_in_one_kecamatan_whatever_becomes_of_incidents(
    engine: AsyncEngine, calls: list[CallRecord], steps: list[Step], day: int
) -> None:
    """Opened, joined, split, merged, withdrawn: the groups, and the parts of a month, add up."""
    await fill(engine, calls)
    desk = Desk(engine, [call.id for call in calls])
    for step in steps:
        await desk.do(step)
    told = await desk.told()
    desk.close()
    readers = Readers(engine)
    whole = (await collect(readers, month("2026-11", ZONE), planned)).tally
    for by in By:
        added = Counts()
        for _, counts in whole.groups(by):
            added.merge(counts)
        assert added == whole.total, by
    real = [call for call in calls if not call.is_test]
    by_hand = Counter(told.get(call.id, planned(call).district) or "" for call in real)
    assert {key: counts.calls for key, counts in whole.groups(By.DISTRICT)} == by_hand
    parts = Tally()
    for first, last in ((1, day), (day + 1, 30)):
        period = days(f"2026-11-{first:02}", f"2026-11-{last:02}", ZONE)
        parts.merge((await collect(readers, period, planned)).tally)
    assert parts == whole


@pytest.mark.parametrize(
    ("incident", "by_plan", "key"),
    [
        ("64.08.04", "64.08.10", "64.08.04"),
        ("64.08.04", None, "64.08.04"),
        ("", "64.08.10", ""),
        (None, "64.08.10", "64.08.10"),
        (None, None, ""),
        ("x" * 99, None, "x" * 64),
    ],
)
def test_the_incident_says_where_and_else_the_plan(
    incident: str | None, by_plan: str | None, key: str
) -> None:
    """Also an incident of which nobody noted where it is; only without one the plan is asked."""
    beside = Beside(Planned(district=by_plan), incident)
    assert facts(closed(), ZONE, beside).keys[By.DISTRICT] == key


async def test_districts_are_read_by_node_and_call(engine: AsyncEngine) -> None:
    """Of those that tell of an incident, and of no others; two nodes may have one id."""
    here, there = record("a", began=BEGIN), record("b", node="node2", began=BEGIN)
    await fill(engine, [here, there, record("c", began=BEGIN + timedelta(1))])
    store = IncidentStore(engine)
    number = await store.open_for("a", SAID)
    await store.set_place(number, Place("64.08.04"), SAID, "")
    await store.open_for("b", SAID)
    store.close()
    reader = IncidentReader(engine)
    namesake = record("a", node="node2")
    assert await reader.districts([here, there, namesake]) == {
        ("node1", "a"): "64.08.04",
        ("node2", "b"): "",
    }
    assert await reader.districts([]) == {}
