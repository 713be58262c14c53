"""The search for calls: what it reads of the database, and what an older program left in it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from router.store import CallWriter, migrate
from router.store.reader import Cursor
from router.store.rows import to_row
from router.store.search import CallSearch, Found, Wanted, bare, place_before, query
from router.store.tables import calls
from tests.unit.router.console.many import LISTS, MIDDLE, plan_of
from tests.unit.router.store.older import older
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

pytestmark = pytest.mark.engines


@pytest.mark.sqlite
@pytest.mark.parametrize("name", LISTS)
async def test_a_list_reads_an_index_and_its_own_records(engine: AsyncEngine, name: str) -> None:
    """Whatever is asked for, from the begin and from the middle, no record is read in vain."""
    for before in (None, MIDDLE):
        steps = await plan_of(engine, LISTS[name], before)
        read = [step for step in steps if step.startswith(("SCAN", "SEARCH"))]
        assert len(read) >= 4
        for step in read:
            by_key = step.startswith("SEARCH") and "USING" in step
            assert by_key or "COVERING INDEX ix_calls_search" in step or step == "SCAN found", step


@pytest.mark.sqlite
async def test_calls_of_an_older_program_are_found(settings: Settings, engine: AsyncEngine) -> None:
    """The migration puts into each row what it is searched by; the last class counts."""
    await older(settings, "0014")
    path = replace(closed().recording, path="test/a.wav")  # type: ignore[type-var]
    old = [closed("a", legs=()), closed("b"), closed("t", recording=path)]
    with closing(sqlite3.connect(settings.home / "siaga.db")) as raw:
        for number, record in enumerate(old):
            row: dict[str, Any] = {**to_row(record), "change": number}
            del row["agencies"], row["test"]
            if record.id == "a":
                row["legs"] = None
                row["steps"] = json.dumps(json.loads(row["steps"]))
            names = ", ".join(row)
            marks = ", ".join(f":{name}" for name in row)
            raw.execute(f"INSERT INTO calls ({names}) VALUES ({marks})", row)  # noqa: S608
        for kind in ("prank", "ghost"):
            raw.execute(
                "INSERT INTO call_classes (node, call_id, at, kind, who)"
                " VALUES ('node1', 'b', 1, ?, '101')",
                (kind,),
            )
        raw.commit()
    await migrate(settings)

    async def ids(wanted: Wanted) -> set[str]:
        return {found.record.id for found in await CallSearch(engine).find(wanted, 10)}

    assert await ids(Wanted()) == {"a", "b"}
    assert await ids(Wanted(tests=True)) == {"a", "b", "t"}
    assert await ids(Wanted(agency="damkar")) == {"a", "b"}
    assert await ids(Wanted(agency="rsud")) == {"b"}
    assert await ids(Wanted(kind="ghost")) == {"b"}
    assert await ids(Wanted(kind="prank")) == set()


async def test_what_the_writer_tells_anew_keeps_class_and_test(engine: AsyncEngine) -> None:
    """A record that is written again, its recording unknown by then, is found as before."""
    path = replace(closed().recording, path="test/a.wav")  # type: ignore[type-var]
    for record in (closed(recording=path), closed(recording=None, handset="102")):
        writer = CallWriter(engine)
        writer.start()
        writer.put(record)
        assert await writer.close()
        async with engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE calls SET class = coalesce(class, 'prank')")
    search = CallSearch(engine)
    assert await search.find(Wanted(kind="prank"), 10) == []
    (found,) = await search.find(Wanted(kind="prank", tests=True), 10)
    assert (found.record.handset, found.record.is_test) == ("102", True)


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("0812-345 678", "812345678"),
        ("+62 812 345 678", "812345678"),
        ("62812345678", "812345678"),
        ("(0549) 112", "549112"),
        ("345", "345"),
        ("0", "0"),
        ("anonymous", "anonymous"),
        (" ", ""),
    ],
)
def test_a_number_is_looked_for_however_it_is_written(written: str, digits: str) -> None:
    """What carriers and people put before and between its digits does not count."""
    assert bare(written) == digits


@given(st.text())
def test_any_text_may_be_looked_for(text: str) -> None:
    """And nothing is made of it."""
    assert len(bare(text)) <= len(text)


async def test_a_search_that_takes_long_goes_on_where_it_was(engine: AsyncEngine) -> None:
    """However soon it is given up, what is found bit by bit is what is found at once."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    days = (0, 0, 1, 6, 7, 8, 90, 91, 300)
    rows = [
        {
            **to_row(closed(f"{number}", began=begin + timedelta(days=day))),
            "change": number,
            "class": "prank" if number % 3 else None,
        }
        for number, day in enumerate(days)
    ]
    search = CallSearch(engine)
    assert await search.some(Wanted(), 5) == ([], None)
    async with engine.begin() as connection:
        await connection.execute(insert(calls), rows)
    for wanted in (
        Wanted(),
        Wanted(kind="prank"),
        Wanted(kind="gone"),
        Wanted(since=begin + timedelta(days=1), until=begin + timedelta(days=91)),
    ):
        for within_s in (-1.0, 60.0):
            found: list[Found] = []
            before: Cursor | None = None
            while True:
                part, reached = await search.some(wanted, 4, before, within_s)
                found += part
                if reached is not None:
                    before = place_before(reached)
                elif len(part) == 4:
                    before = Cursor.of(part[-1].record)
                else:
                    break
            assert found == await search.find(wanted, 100)


@pytest.mark.parametrize("until_day", [2, 5, 8])
@pytest.mark.parametrize("place", ["moment", "call"])
async def test_a_scan_begins_at_the_earlier_end(
    engine: AsyncEngine, until_day: int, place: str
) -> None:
    """A page of a time is not sought from that time's end on: on a year that is all of the year."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    records = [closed(f"{day}", began=begin + timedelta(days=day)) for day in range(10)]
    async with engine.begin() as connection:
        rows = [{**to_row(each), "change": number} for number, each in enumerate(records)]
        await connection.execute(insert(calls), rows)
    middle, until = records[5], begin + timedelta(days=until_day)
    before = Cursor.of(middle) if place == "call" else place_before(middle.began)
    wanted = Wanted(since=begin + timedelta(days=1), until=until)
    asked = str(query(wanted, 100, before))
    assert asked.count("calls.began < ") + asked.count("calls.id) < ") == 1
    found = await CallSearch(engine).find(wanted, 100, before)
    last = min(until_day, 5)
    assert [each.record.id for each in found] == [f"{day}" for day in range(last - 1, 0, -1)]
