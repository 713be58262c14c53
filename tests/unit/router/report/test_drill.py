"""Each figure is as many as the calls that it opens."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from router.report import Beside, By, Readers, Tally, collect
from router.report.call import facts
from router.report.drill import FIGURES, TESTS, Drill, drilled
from router.report.figures import figures
from router.report.repeats import Repeats
from router.report.spans import Part
from router.store import migrate, open_engine
from router.store.engine import WRITE
from router.store.rows import to_row, to_us
from router.store.search import CallSearch, Wanted
from router.store.tables import (
    acceptances,
    call_classes,
    calls,
    incident_calls,
    incident_units,
    incidents,
    outbox,
    shifts,
)
from siaga.keys import CallClass
from siaga.settings import load
from tests.unit.router.report.histories import (
    AGENCIES,
    BEGIN,
    DISTRICTS,
    END,
    ZONE,
    histories,
    planned,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

NOVEMBER = Part(BEGIN, END, ZONE)
FILLED = (calls, call_classes, incident_calls, outbox, acceptances)
KINDS = st.lists(st.sampled_from([None, *CallClass]), min_size=40, max_size=40)


def groups(tally: Tally) -> Iterator[tuple[Drill, int]]:
    """Every figure of all calls and of every group, and how many calls it says."""
    for figure in FIGURES:
        yield Drill(figure), figures(tally.total)[figure]  # type: ignore[misc]
        for by in By:
            for key, counts in tally.groups(by):
                yield Drill(figure, by, key), figures(counts)[figure]  # type: ignore[misc]
    yield Drill(TESTS), tally.tests


@settings(max_examples=40, deadline=None)
@given(histories(), KINDS)
def test_a_figure_counts_the_calls_that_its_test_holds_of(
    made: list[CallRecord], kinds: list[CallClass | None]
) -> None:
    """Of every figure of every group, whatever the calls are."""
    tally, repeats, every = Tally(), Repeats(), []
    for call, kind in zip(made, kinds, strict=False):
        repeat = repeats.see(call)
        every.append(facts(call, ZONE, Beside(planned(call), None, repeat, kind)))
        tally.add(every[-1])
    for drill, said in groups(tally):
        assert sum(drill.counts(one) for one in every) == said, drill


async def fill(engine: AsyncEngine, made: list[CallRecord], kinds: list[CallClass | None]) -> None:
    """Nothing else is there; some were classed, told and accepted, some tell of incidents."""
    rows = [
        {**to_row(call), "change": number, "class": kind and str(kind)}
        for number, (call, kind) in enumerate(zip(made, kinds, strict=False), 1)
    ]
    said = [
        {"node": row["node"], "call_id": row["id"], "at": 0, "kind": row["class"], "who": "101"}
        for row in rows
        if row["class"]
    ]
    told = [
        {"node": row["node"], "call_id": row["id"], "incident": 1 + n % 3, "began": row["began"]}
        for n, row in enumerate(rows)
        if n % 2
    ]
    rest = {"event": "call", "channel": "log", "payload": "{}", "attempts": 0, "next_try": 0}
    sent = [
        {"node": row["node"], "call_id": row["id"], "agency": AGENCIES[n % 2], **rest}
        | {"id": f"m{n}", "token": f"t{n}" if n % 3 else None, "created": row["began"] + n * 10**5}
        for n, row in enumerate(rows)
    ]
    gone = [
        {"node": row["node"], "call_id": row["call_id"], "agency": row["agency"], "who": "x"}
        | {"how": "link", "at": row["created"] + n * 777_777 - 10**6}
        for n, row in enumerate(sent)
        if n % 4
    ]
    tables = (acceptances, outbox, calls, call_classes, incident_calls, incident_units, shifts)
    worked = {"node": "node1", "handset": "201", "officer": "7101", "began": to_us(BEGIN)}
    plain_one = {"emergency": "fire", "last": 0, "state": "open", "place": ""}
    opened = [
        {"id": n, **plain_one, "district": d, "opened": to_us(BEGIN) + (n - 1) * 10**12}
        | {"on_scene": to_us(BEGIN) + n * 10**12}
        for n, d in enumerate(DISTRICTS, 1)
    ]
    async with engine.connect() as plain:
        connection = await plain.execution_options(**{WRITE: True})
        async with connection.begin():
            for table in (*tables, incidents):
                await connection.execute(delete(table))
            await connection.execute(insert(incidents), opened)
            await connection.execute(insert(shifts), [{**worked, "until": to_us(END)}])
            for table, found in zip(FILLED, (rows, said, told, sent, gone), strict=True):
                if found:
                    await connection.execute(insert(table), found)


async def _same(
    home: Path, made: list[CallRecord], kinds: list[CallClass | None], data: st.DataObject
) -> None:
    engine = open_engine(load({"SIAGA_HOME": str(home)}).database)
    try:
        await fill(engine, made, kinds)
        tally = (await collect(Readers(engine), NOVEMBER, planned)).tally
        plain = Wanted(since=BEGIN, until=END)
        assert len(await CallSearch(engine).find(plain, 100)) == tally.total.calls
        every = [pair for pair in groups(tally) if pair[1]] or [(Drill("calls"), 0)]
        for drill, said in data.draw(st.lists(st.sampled_from(every), min_size=8, max_size=8)):
            calls_ = await drilled(Readers(engine), NOVEMBER, drill, planned)
            assert await calls_.count() == said, drill
            rows, search, before = 0, CallSearch(engine), None
            while places := await calls_.places(7, before):
                rows += len(await search.among(places, Wanted(tests=True), 7))
                before = places[-1]
            assert rows == said, drill
    finally:
        await engine.dispose()


def test_the_list_of_a_figure_has_as_many_rows() -> None:
    """From random histories in a database: the list, read a page at a time."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        asyncio.run(migrate(load({"SIAGA_HOME": folder})))

        @settings(max_examples=6, deadline=None)
        @given(histories(), KINDS, st.data())
        def same(
            made: list[CallRecord], kinds: list[CallClass | None], data: st.DataObject
        ) -> None:
            asyncio.run(_same(home, made, kinds, data))

        same()
