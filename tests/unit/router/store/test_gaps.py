"""The gap ledger in a real database."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert

from router.calls.gaps import Gap, GapLedger, Recovery, Why
from router.calls.record import Recording
from router.store import CallReader, CallWriter, GapReader, GapWriter, migrate, open_engine
from router.store.rows import to_row
from router.store.tables import calls
from router.takeover import left_behind
from tests.unit.router.store.older import older
from tests.unit.router.store.records import at, closed, record, unhurried

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

pytestmark = pytest.mark.engines

GAP = Gap("node1", at(0), Why.START, at(9), {"b": Recovery.FILE, "a": Recovery.LOST})


async def test_a_gap_comes_back_as_it_was(engine: AsyncEngine) -> None:
    """To the microsecond, with its calls; written twice it is one row."""
    for _ in range(2):
        writer = GapWriter(engine, "node1")
        writer.put(GAP)
        assert await writer.flush()
    assert await GapReader(engine).newest(10) == [GAP]
    assert await GapReader(engine).count() == 1


async def test_a_gap_that_ends_keeps_its_row(engine: AsyncEngine) -> None:
    """Open while it lasts, then closed with its calls; the newest comes first."""
    writer = GapWriter(engine, "node1")
    still = replace(GAP, began=at(20), why=Why.AMI_LOST, ended=None, calls={})
    writer.put(GAP)
    writer.put(still)
    await writer.flush()
    reader = GapReader(engine)
    assert await reader.newest(10) == [still, GAP]
    assert await reader.newest(10, only_open=True) == [still]
    writer.put(replace(still, ended=at(30), calls={"c": Recovery.UNHARMED}))
    await writer.flush()
    assert await reader.newest(10, only_open=True) == []
    assert await reader.newest(10, since=at(25)) == [
        replace(still, ended=at(30), calls={"c": Recovery.UNHARMED})
    ]
    assert await reader.newest(10, node="node2") == []


async def test_a_gap_with_more_calls_than_a_statement_takes(engine: AsyncEngine) -> None:
    """A whole day's calls fit into one gap."""
    writer = GapWriter(engine, "node1")
    many = replace(GAP, calls={f"{number:05}": Recovery.FILE for number in range(12_000)})
    writer.put(many)
    assert await writer.flush()
    assert await GapReader(engine).newest(1) == [many]


@pytest.mark.sqlite
async def test_what_the_database_does_not_take_now_is_kept(
    settings: Settings, engine: AsyncEngine
) -> None:
    """With the database locked nothing is lost; afterwards all is there, the mark too."""
    writer = GapWriter(engine, "node1")
    writer.put(GAP)
    writer.mark(at(50))
    with sqlite3.connect(settings.home / "siaga.db") as other:
        other.execute("ALTER TABLE listener_gaps RENAME TO away")
        assert not await writer.flush()
        other.execute("ALTER TABLE away RENAME TO listener_gaps")
    assert await GapReader(engine).marked("node1") is None
    assert await writer.flush()
    assert await GapReader(engine).newest(1) == [GAP]
    assert await GapReader(engine).marked("node1") == at(50)


async def test_the_next_router_knows_what_was_left(engine: AsyncEngine) -> None:
    """Open calls, those not filed, the last mark and the open gap of this node are found."""
    calls = CallWriter(engine)
    calls.start()
    for each in (record("a"), closed("b"), record("c", node="node2")):
        calls.put(each)
    assert await calls.close()
    gaps = GapWriter(engine, "node1")
    gaps.mark(at(3))
    gaps.put(replace(GAP, ended=None))
    await gaps.flush()
    left = await left_behind(engine, "node1")
    assert left.up == (record("a"),)
    assert left.unfiled == (closed("b"),)
    assert left.heard == at(3)
    assert left.gap == replace(GAP, ended=None)


FEW = ("ix_calls_open", "ix_calls_node_lost", "ix_calls_unfiled", "ix_calls_by_system")
"""Indexes that have few calls, however many there are."""


async def test_a_router_that_starts_reads_few_calls(engine: AsyncEngine) -> None:
    """However many there are: whatever it looks for among them stands in an index of its own."""
    filed = closed("x", recording=Recording("x.wav", "0" * 64, 1))
    rows = [{**to_row(replace(filed, id=f"{each}")), "change": each} for each in range(400)]
    gaps = GapWriter(engine, "node1")
    gaps.mark(at(3))
    await gaps.flush()
    asked: list[tuple[str, Any]] = []

    def asks(_connection: object, _cursor: object, text: str, values: Any, *_rest: object) -> None:
        if "FROM calls" in text:
            asked.append((text, values))

    async with engine.begin() as connection:
        await connection.execute(insert(calls), rows)
        if engine.dialect.name == "postgresql":
            await connection.exec_driver_sql("ANALYZE")
    event.listen(engine.sync_engine, "before_cursor_execute", asks)
    await left_behind(engine, "node1")
    event.remove(engine.sync_engine, "before_cursor_execute", asks)
    assert len(asked) == len(FEW)
    how = "EXPLAIN" if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    async with engine.connect() as connection:
        for text, values in asked:
            plan = str((await connection.exec_driver_sql(f"{how} {text}", values)).all())
            assert any(index in plan for index in FEW), (text, plan)


async def test_routers_that_die_in_a_gap_write_one_row(engine: AsyncEngine) -> None:
    """Three in turn, of which only the last hears again: the gap is from the mark to its start."""
    first = GapWriter(engine, "node1")
    first.mark(at(0))
    await first.flush()
    for seconds in (5, 6, 7):
        writer = GapWriter(engine, "node1")
        left = await left_behind(engine, "node1")
        ledger = GapLedger("node1", writer.put)
        if left.gap is not None:
            ledger.resume(left.gap)
        else:
            assert left.heard is not None
            ledger.begin(Why.START, left.heard)
        if seconds == 7:
            ledger.note("a", Recovery.FILE)
            ledger.end(at(seconds), ["a", "b"])
        await writer.flush()
    calls = {"a": Recovery.FILE, "b": Recovery.UNHARMED}
    assert await GapReader(engine).newest(9) == [Gap("node1", at(0), Why.START, at(7), calls)]


@pytest.mark.sqlite
async def test_calls_that_waited_for_the_database_are_told(
    settings: Settings, engine: AsyncEngine
) -> None:
    """The writer names those whose records waited when the database is back."""
    told: list[frozenset[str]] = []
    writer = CallWriter(engine, on_back=lambda seconds, calls: told.append(calls))
    writer.start()
    with sqlite3.connect(settings.home / "siaga.db") as other:
        other.execute("ALTER TABLE calls RENAME TO away")
        writer.put(record("a"))
        assert not await writer.flush(0.5)
        writer.put(record("b"))
        other.execute("ALTER TABLE away RENAME TO calls")
    assert await writer.flush(60)
    await writer.close()
    assert told == [frozenset({"a", "b"})]
    assert len(await CallReader(engine).calls(9)) == 2


@given(st.lists(st.sampled_from(Recovery), min_size=1, max_size=6))
@unhurried
def test_the_worst_recovery_stands(ways: list[Recovery]) -> None:
    """A call is told as it fared at its worst, in whatever order that was found out."""
    seen: list[Gap] = []
    ledger = GapLedger("node1", seen.append)
    ledger.begin(Why.AMI_LOST, at(0))
    for how in ways:
        ledger.note("a", how)
        ledger.single("b", how, at(1))
    ledger.end(at(5), ["a"])
    assert seen[-1].calls["a"] is max(ways, key=list(Recovery).index)
    assert [gap for gap in seen if gap.why is Why.UNHEARD][-1].calls["b"] is max(
        ways, key=list(Recovery).index
    )


@pytest.mark.sqlite
async def test_a_database_from_before_the_ledger_is_brought_up(settings: Settings) -> None:
    """Calls written under revision 0001 stay, and the ledger is there, empty."""
    await older(settings, "0001")
    engine = open_engine(settings.database)
    async with engine.begin() as connection:
        row = {**to_row(closed()), "change": 1}
        for later in ("legs", "address", "agencies", "test"):
            del row[later]
        await connection.execute(insert(calls).values(row))
    await migrate(settings)
    assert await CallReader(engine).calls(9) == [closed(legs=(), address=None)]
    assert await GapReader(engine).newest(9) == []
    await engine.dispose()
