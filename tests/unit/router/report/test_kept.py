"""What is kept says what the calls themselves say, whatever changes later."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from router.calls.record import ERASED, CallRecord, Outcome
from router.report import By, Readers, Tally, collect
from router.report.breakdowns import Beside, Planned
from router.report.call import facts
from router.report.collect import basis_of
from router.report.drill import FIGURES, NAMES, Drill, drilled
from router.report.hour import Hour, PackedHour
from router.report.keeping import Counting, Keeper
from router.report.planned import NOT_KNOWN
from router.report.spans import Part
from router.report.sums import Sums
from router.report.tally import KEYS_MAX
from router.store import migrate, open_engine
from router.store.engine import WRITE
from router.store.reader import Cursor
from router.store.report_sums import KeptHour, Made, SumReader, SumStore
from router.store.report_tables import report_days, report_hours, report_stale, report_state
from router.store.rows import to_row, to_us
from router.store.tables import (
    call_classes,
    calls,
    change_counters,
    incident_calls,
    incidents,
    shifts,
)
from siaga.keys import CallClass
from siaga.settings import load
from tests.unit.router.report.histories import (
    BEGIN,
    DISTRICTS,
    END,
    ZONE,
    histories,
    planned,
)
from tests.unit.router.report.test_drill import KINDS, fill
from tests.unit.router.store.records import closed, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Executable
    from sqlalchemy.ext.asyncio import AsyncEngine

EXAMPLES = int(os.environ.get("SIAGA_TRIAL_EXAMPLES", "3"))
NOVEMBER = Part(BEGIN, END, ZONE)
ODD = ZoneInfo("Asia/Kathmandu")
"""Its days begin a quarter before an hour of UTC."""
NOW = END + timedelta(hours=1)
LATER = ("class", "merge", "place", "split", "log_in", "log_out", "erase", "end", "move", "new")
changes = st.lists(st.tuples(st.sampled_from(LATER), st.integers(0, 1000)), max_size=4)


def basis(zone: ZoneInfo) -> str:
    return basis_of(zone, ())


def counting(zone: ZoneInfo = ZONE) -> Counting:
    return Counting(planned, lambda _version: False, basis(zone), zone)


async def keep(engine: AsyncEngine, how: Counting, *, steps: int = 10_000) -> int:
    """So many steps, or all there are to be made; gives how many there were."""
    store, done = SumStore(engine), 0
    try:
        while done < steps and await Keeper(Readers(engine), store, how).step(NOW):
            done += 1
    finally:
        store.close()
    return done


async def write(engine: AsyncEngine, *every: tuple[Executable, Any]) -> None:
    async with engine.connect() as plain:
        connection = await plain.execution_options(**{WRITE: True})
        async with connection.begin():
            for statement, rows in every:
                await connection.execute(statement, rows)


async def clear(engine: AsyncEngine) -> None:
    tables = (report_days, report_hours, report_state, report_stale, change_counters)
    await write(engine, *((delete(table), {}) for table in tables))


async def change(
    engine: AsyncEngine, made: list[CallRecord], what: str, which: int, changed: int
) -> None:
    """Something that happens later, as whoever does it writes it."""
    call = made[which % len(made)] if made else record(began=BEGIN, id="none")
    key = {"node": call.node, "call_id": call.id}
    mine = (calls.c.node == call.node) & (calls.c.id == call.id)
    told = (incident_calls.c.node == call.node) & (incident_calls.c.call_id == call.id)
    number = 1 + which % 3
    kinds = list(CallClass)
    at = to_us(call.answered or call.began)
    shift = {"node": "node1", "handset": "201", "officer": f"72{which % 90:02}"}
    statements: dict[str, tuple[Executable, Any]] = {
        "class": (
            insert(call_classes),
            {**key, "at": 0, "kind": str(kinds[which % len(kinds)]), "who": "101"},
        ),
        "merge": (
            update(incident_calls).where(incident_calls.c.incident == number),
            {"incident": 1 + (which + 1) % 3},
        ),
        "place": (
            update(incidents).where(incidents.c.id == number),
            {"district": [*DISTRICTS, None][which % 4]},
        ),
        "split": (delete(incident_calls).where(told), {}),
        "log_in": (insert(shifts), {**shift, "began": at - which, "until": at + 10**9}),
        "log_out": (update(shifts), {"ended": at - which}),
        "erase": (update(calls).where(mine), {"caller": ERASED, "change": changed}),
        "end": (
            update(calls).where(mine),
            {"ended": to_us(END), "outcome": Outcome.LOST, "change": changed},
        ),
        "move": (
            update(calls).where(mine),
            {"began": to_us(BEGIN) + which * 10**9, "change": changed},
        ),
        "new": (
            insert(calls),
            {**to_row(replace(call, id=f"new{which}")), "change": changed},
        ),
    }
    if what == "new" and await _there(engine, f"new{which}"):
        return
    counted_ = (
        (delete(change_counters), {}),
        (
            insert(change_counters),
            [{"node": node, "value": changed} for node in {call.node, *_nodes(made)}],
        ),
    )
    await write(engine, statements[what], *counted_)


async def _there(engine: AsyncEngine, call: str) -> bool:
    async with engine.connect() as connection:
        return (
            await connection.execute(select(calls).where(calls.c.id == call))
        ).first() is not None


async def same(
    engine: AsyncEngine, span: Part, draw: Callable[[st.SearchStrategy[Any]], Any]
) -> None:
    """The figures and lists of some time: of what is kept, and of the calls themselves."""
    readers = Readers(engine)
    slow = (await collect(readers, span, planned)).tally
    quick = (await collect(readers, span, planned, basis(span.zone))).tally
    assert quick == slow
    every = [Drill(name) for name in sorted(NAMES)]
    every += [Drill(name, by, key) for name in FIGURES for by in By for key, _ in slow.groups(by)]
    for drill in draw(st.lists(st.sampled_from(every), min_size=3, max_size=3)):
        slowly = await drilled(readers, span, drill, planned)
        quickly = await drilled(readers, span, drill, planned, basis(span.zone))
        whole = await slowly.places(1000)
        assert await quickly.count() == await slowly.count() == len(whole), drill
        found, before = [], None
        while places := await quickly.places(3, before):
            found += places
            before = places[-1]
        assert found == whole, drill


async def _runs(
    home: Path,
    made: list[CallRecord],
    kinds: list[CallClass | None],
    data: st.DataObject,
) -> None:
    engine = open_engine(load({"SIAGA_HOME": str(home)}).database)
    zone = data.draw(st.sampled_from([ZONE, ODD]), label="zone")
    low = data.draw(st.integers(0, 40_000), label="begin")
    span = Part(BEGIN + timedelta(minutes=low), END - timedelta(minutes=low % 700), zone)
    try:
        await clear(engine)
        await fill(engine, made, kinds)
        if made:
            numbers = [{"node": node, "value": 9000} for node in _nodes(made)]
            await write(engine, (insert(change_counters), numbers))
        await keep(engine, counting(zone), steps=data.draw(st.sampled_from([1, 2, 3, 10_000])))
        await same(engine, span, data.draw)
        for number, (what, which) in enumerate(data.draw(changes), 10_000):
            await change(engine, made, what, which, number)
            if data.draw(st.booleans()):
                await keep(engine, counting(zone), steps=data.draw(st.sampled_from([1, 10_000])))
        await same(engine, span, data.draw)
        await keep(engine, counting(zone))
        await same(engine, Part(BEGIN, END, zone), data.draw)
        async with engine.connect() as connection:
            assert (await connection.execute(select(report_stale))).first() is None
    finally:
        await engine.dispose()


def _nodes(made: list[CallRecord]) -> set[str]:
    return {call.node for call in made}


def test_what_is_kept_says_what_the_calls_say() -> None:
    """Of random histories of which some changes later: kept in part, in whole, and anew."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        asyncio.run(migrate(load({"SIAGA_HOME": folder})))

        @settings(max_examples=EXAMPLES, deadline=None)
        @given(histories(16), KINDS, st.data())
        def runs(
            made: list[CallRecord], kinds: list[CallClass | None], data: st.DataObject
        ) -> None:
            asyncio.run(_runs(home, made, kinds, data))

        runs()


def test_an_hour_is_the_same_from_its_bytes() -> None:
    """Whatever its calls count as, each figure counts the same of them, and they come back."""

    @settings(max_examples=20, deadline=None)
    @given(histories(30))
    def runs(made: list[CallRecord]) -> None:
        every = [(Cursor.of(call), facts(call, ZONE, Beside(planned(call)))) for call in made]
        hour = Hour([(place, None if place.id.endswith("3") else call) for place, call in every])
        again = PackedHour(hour.pack())
        assert again.unpack() == hour
        for drill in [Drill(name) for name in NAMES]:
            assert again.counted(drill) == hour.counted(drill)
        whole, sums = Tally(), Sums()
        for _, call in hour.calls:
            if call is None:
                whole.tests += 1
            else:
                whole.add(call)
        hour.add_to(sums)
        assert sums.tally() == whole
        for by in By:
            for key, _ in whole.groups(by):
                for name in ("calls", "talked", "late_15", "hidden"):
                    assert again.counted(Drill(name, by, key)) == hour.counted(Drill(name, by, key))

    runs()


def test_groups_beyond_the_limit_are_those_that_came_last() -> None:
    """Sums of parts put the same calls together as one sum of all, oldest first."""
    whole, sums = Tally(), Sums()
    for part in range(3):
        every = []
        for number in range(250):
            call = record(began=BEGIN, id=f"{number}", answered_by=f"a{part * 200 + number}")
            one = facts(call, ZONE)
            every.append(one)
            whole.add(one)
        packed = Sums()
        packed.add_calls(every)
        sums.add(*packed.pack())
    assert len(whole.by[By.AGENCY]) == KEYS_MAX + 1
    assert sums.tally() == whole


@pytest.mark.engines
async def test_a_plan_that_comes_later_counts(engine: AsyncEngine) -> None:
    """Calls of a plan whose text was not there are counted anew when it is."""
    there: set[str] = set()

    def planned_(call: CallRecord) -> Planned:
        return Planned("damkar") if call.plan_version in there else NOT_KNOWN

    how = Counting(planned_, there.__contains__, basis(ZONE), ZONE)
    call = closed(began=BEGIN + timedelta(days=2), plan_version="0123456789ab", answered_by="rsud")
    await write(engine, (insert(calls), {**to_row(call), "change": 1}))
    await keep(engine, how)
    readers = Readers(engine)
    assert not (await collect(readers, NOVEMBER, planned_, how.basis)).tally.total.marks["overflow"]
    there.add("0123456789ab")
    await keep(engine, how)
    assert (await collect(readers, NOVEMBER, planned_, how.basis)).tally.total.marks[
        "overflow"
    ] == 1


@pytest.mark.engines
async def test_who_counts_by_something_else_waits_for_who_lives(engine: AsyncEngine) -> None:
    """Of two that count by different things only one keeps sums, until it is gone."""
    await keep(engine, counting(ZONE))
    other = Keeper(Readers(engine), SumStore(engine), counting(ODD))
    assert not await other.step(NOW)
    assert await Readers(engine).sums.standing(basis(ZONE)) is not None
    assert await other.step(NOW + timedelta(minutes=3))
    assert await Readers(engine).sums.standing(basis(ODD)) is not None


@pytest.mark.engines
async def test_who_comes_second_changes_nothing(engine: AsyncEngine) -> None:
    """Of two that have read the same, one is told that the other has written."""
    await keep(engine, counting(ZONE))
    reader, store = SumReader(engine), SumStore(engine)
    known = await reader.standing(basis(ZONE))
    assert known is not None
    made = Made(basis(ZONE), 0, to_us(NOW), {0: KeptHour(b"a", b"b", b"c", None)})
    assert await store.put(known, made)
    assert not await store.put(known, replace(made, hours={0: None}))
    assert await reader.calls([0]) == {0: b"a"}
    store.close()


@pytest.mark.engines
async def test_what_officers_do_later_is_told(engine: AsyncEngine) -> None:
    """By the database itself, in each of the two: class, incident and shift of a call."""
    began = BEGIN + timedelta(days=2)
    times = {"answered": began + timedelta(seconds=9), "ended": began + timedelta(minutes=2)}
    call = closed(began=began, **times)
    await write(engine, (insert(calls), {**to_row(call), "change": 1}))
    await keep(engine, counting(ZONE))
    for number, what in enumerate(("class", "log_in", "log_out", "move"), 10):
        await change(engine, [call], what, 5, number)
        standing = await Readers(engine).sums.standing(basis(ZONE))
        assert standing is not None
        at = to_us(call.answered or call.began)
        assert standing.stale.touch(at, at + 1), what
        await keep(engine, counting(ZONE))
    assert (await collect(Readers(engine), NOVEMBER, planned, basis(ZONE))).tally == (
        await collect(Readers(engine), NOVEMBER, planned)
    ).tally
