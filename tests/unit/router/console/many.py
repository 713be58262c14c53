"""How soon a list of past calls is there when there are many.

``python -m tests.unit.router.console.many [--calls N] [--postgresql]`` makes a database with so
many calls of a year, on SQLite or on a PostgreSQL of its own, serves the console on it, asks for
lists as a browser does, and prints for each the median and the longest time in milliseconds, and
what the database uses to find its rows; then has sums kept, and asks for reports. With
``--database ADDRESS`` it makes them in an empty PostgreSQL of yours, and asks again of one where
they are already.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack, ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite

from router.accounts.model import Role
from router.calls.record import (
    CallRecord,
    Leg,
    LegEnd,
    LegKind,
    Outcome,
    Reason,
    Recording,
    Step,
    StepResult,
)
from router.console.service import opened
from router.report import days as whole_days
from router.store import migrate
from router.store.engine import WRITE
from router.store.reader import Cursor
from router.store.rows import to_row, to_us
from router.store.search import Wanted, query
from router.store.tables import call_classes, calls, incident_calls
from siaga.keys import CallClass
from siaga.plan import load_plan
from siaga.settings import load
from tests.postgresql import make_server
from tests.unit.router.console.history import DAYS, fill_days
from tests.unit.router.console.people import Browser, Clock, House, with_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Select, Table
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_S: Final = 365 * 86_400
BATCH: Final = 2_000
TIMES: Final = 15
AGAIN: Final = 5
AGAIN_MS: Final = 5_000
"""No report is asked for again that took as long as that."""
LARGEST: Final = 200_000
"""Calls that are made one by one; more are days like each other, and on PostgreSQL."""
MIDDLE: Final = Cursor(BEGAN + timedelta(days=180), "node1", "node1-0.0")
LISTS: Final = {
    "newest": Wanted(),
    "number, some": Wanted(number="0812345"),
    "number, none": Wanted(number="99999999999"),
    "a day": Wanted(since=BEGAN + timedelta(days=100), until=BEGAN + timedelta(days=101)),
    "outcome, rare": Wanted(outcome="lost"),
    "outcome, none": Wanted(outcome="up"),
    "agency": Wanted(agency="damkar"),
    "agency, none": Wanted(agency="nobody"),
    "emergency, none": Wanted(emergency="nothing"),
    "class, rare": Wanted(kind="test"),
    "class, none": Wanted(kind="nothing"),
    "incident": Wanted(incident=77),
    "incident, none": Wanted(incident=10**8),
    "all at once": Wanted(
        number="81", agency="rsud", emergency="medical", kind="prank", outcome="answered"
    ),
}

REPORTS: Final = {
    "board": "/",
    "report of a day": "/reports?on=2026-12-05",
    "report of today": "/reports",
    "report of a week": "/reports?span=week&on=2026-12-05",
    "report of a month": "/reports?span=month&on=2026-12-05",
    "report of a month, all breakdowns": "/reports?span=month&on=2026-12-05&by=all",
    "report of the month before": "/reports?span=month&on=2026-11-05",
    **{
        f"calls of a figure, {figure}": "/records?since=2026-12-01T00:00&until=2026-12-31T23:59"
        f"&figure={figure}"
        for figure in ("late_15", "lost", "spoke_up", "talked&by=agency&key=damkar", "tests")
    },
}


def made(count: int) -> Iterator[CallRecord]:
    """So many calls, always the same."""
    chance = random.Random(112)  # noqa: S311 (no secret)
    agencies = ("kominfo", "damkar", "polres", "rsud", "bpbd")
    emergencies = ("fire", "police", "medical", "disaster")
    for number in range(count):
        began = BEGAN + timedelta(seconds=YEAR_S * number / count)

        def at(seconds: float, began: datetime = began) -> datetime:
            return began + timedelta(seconds=seconds)

        agency = chance.choice(agencies)
        outcome = chance.choices(
            (Outcome.ANSWERED, Outcome.ABANDONED_RINGING, Outcome.LOST), (900, 99, 1)
        )[0]
        answered = outcome is Outcome.ANSWERED
        result = StepResult.ANSWERED if answered else StepResult.ABANDONED
        legs = (Leg("a", LegKind.ROUTE, agency, at(9), "101", at(20), at(99), LegEnd.HUNG_UP, "c"),)
        folder = "test/" if chance.random() < 0.5 else ""
        yield CallRecord(
            f"node1-{to_us(began) // 1_000_000}.{number}",
            "node1",
            f"+628{chance.randrange(10**9, 10**10)}",
            began,
            "id",
            chance.choice(emergencies),
            "digit",
            1,
            "0123456789abcdef",
            (
                Step(
                    "damkar" if number % 3 else agency, "post", at(6), at(9), StepResult.NO_ANSWER
                ),
                Step(agency, "queue", at(9), at(20), result),
            ),
            legs if answered else (),
            agency if answered else None,
            "101" if answered else None,
            at(20) if answered else None,
            at(100),
            outcome,
            Reason.CALLER_HUNG_UP,
            Recording(f"{folder}{began:%Y/%m/%d}/{number}.wav", "0" * 64, 100_000),
            address="10.1.2.3",
        )


async def fill(engine: AsyncEngine, count: int, days: int = DAYS) -> None:
    """Put them into a database, with classes and incidents.

    Of very many, those of so many days at the end of the year.
    """
    if count > LARGEST and engine.dialect.name == "postgresql":
        first = BEGAN + timedelta(days=DAYS - days)
        await fill_days(engine, made(count // DAYS), first, days)
        return
    chance = random.Random(7)  # noqa: S311 (no secret)
    kinds = tuple(CallClass)
    async with engine.connect() as plain:
        connection = await plain.execution_options(**{WRITE: True})
        records = made(count)
        done = 0
        while part := [record for record, _ in zip(records, range(BATCH), strict=False)]:
            rows: list[dict[str, Any]] = []
            given: list[dict[str, Any]] = []
            for record in part:
                done += 1
                kind = chance.choices(kinds, (500, 300, 100, 99, 1))[0]
                rows.append({**to_row(record), "change": done, "class": str(kind)})
                key = {"node": record.node, "call_id": record.id}
                given.append({**key, "at": to_us(record.began), "kind": str(kind), "who": "101"})
            told = [
                {
                    "node": row["node"],
                    "call_id": row["id"],
                    "incident": row["change"] // 9,
                    "began": row["began"],
                }
                for row in rows[::3]
            ]
            async with connection.begin():
                for table, values in ((calls, rows), (call_classes, given), (incident_calls, told)):
                    await _put(connection, table, values)


async def _put(connection: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    if connection.dialect.name != "postgresql":
        await connection.execute(insert(table), rows)
        return
    driver: Any = (await connection.get_raw_connection()).driver_connection
    names = list(rows[0])
    values = [tuple(row[name] for name in names) for row in rows]
    await driver.copy_records_to_table(table.name, records=values, columns=names)


async def plan_of(engine: AsyncEngine, wanted: Wanted, before: Cursor | None = None) -> list[str]:
    """What the database does to find the rows of a list, a step a line."""
    if engine.dialect.name == "postgresql":
        return await _plan_there(engine, query(wanted, 51, before))
    compiled = query(wanted, 51, before).compile(dialect=sqlite.dialect())
    async with engine.connect() as connection:
        values = tuple(compiled.params[name] for name in compiled.positiontup or ())
        text = f"EXPLAIN QUERY PLAN {compiled}"
        rows = await connection.exec_driver_sql(text, values)
        return [row[3] for row in rows]


async def _plan_there(engine: AsyncEngine, asked: Select[Any]) -> list[str]:
    async with engine.connect() as connection:
        words = asked.compile(dialect=connection.dialect)
        values = tuple(words.params[name] for name in words.positiontup or ())
        rows = (await connection.exec_driver_sql(f"EXPLAIN {words}", values)).scalars()
        return [line.strip().partition("  (")[0] for line in rows if "Scan" in line]


async def _is_filled(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return (await connection.execute(select(calls.c.id).limit(1))).first() is not None


async def _size(engine: AsyncEngine, home: Path, database: str) -> float:
    """In megabytes; where there is a server to be told so, after it has looked at its tables."""
    if engine.dialect.name != "postgresql":
        return (home / "siaga.db").stat().st_size / 1e6
    # Not by the engine, which gives up after some seconds.
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("VACUUM ANALYZE")
        asked = await connection.fetchval("SELECT pg_database_size(current_database())")
        return float(asked) / 1e6
    finally:
        await connection.close()


def address(wanted: Wanted, before: str = "") -> str:
    """Of a list's page."""
    asked = {
        "number": wanted.number,
        "since": f"{wanted.since:%Y-%m-%dT%H:%M}" if wanted.since else "",
        "until": f"{wanted.until:%Y-%m-%dT%H:%M}" if wanted.until else "",
        "outcome": wanted.outcome,
        "agency": wanted.agency,
        "emergency": wanted.emergency,
        "kind": wanted.kind,
        "incident": "" if wanted.incident is None else f"{wanted.incident}",
        "before": before,
    }
    return "/records?" + urlencode({name: value for name, value in asked.items() if value})


async def measure(home: Path, count: int, days: int, filled: int, database: str = "") -> None:
    """Make, serve, ask, print."""
    settings = load({"SIAGA_HOME": str(home), "SIAGA_DATABASE_URL": database})
    await migrate(settings)
    plan = load_plan(settings.plan).plan
    async with AsyncExitStack() as stack:
        desk = await opened(stack, settings, lambda: plan, lambda _version: plan)
        began = time.monotonic()
        if not await _is_filled(desk.engine):
            await fill(desk.engine, count, filled)
        size = await _size(desk.engine, home, database)
        sys.stdout.write(
            f"{count} calls a year, {filled} days of them: {size:.0f} MB,"
            f" {time.monotonic() - began:.0f} s\n"
        )
        # The same for the log-in and for what is asked later, or the log-in would be over by then.
        clock = Clock()
        clock.time = BEGAN + timedelta(days=364)
        house = House(with_clock(desk, clock), clock)
        await house.serve()
        # Another name each time that a database of yours is asked.
        browser = await house.inside(f"ani{time.time():.0f}", Role.SUPERVISOR)
        middle = f"{to_us(MIDDLE.began)}~{MIDDLE.node}~{MIDDLE.id}"
        for name, wanted in LISTS.items():
            for where, before in (("", None), (" (from the middle)", MIDDLE)):
                took = []
                for _ in range(TIMES if count <= LARGEST else 5):
                    begin = time.perf_counter()
                    answer = await browser.get(address(wanted, middle if before else ""))
                    took.append((time.perf_counter() - begin) * 1000)
                    assert answer.status == 200
                used = "; ".join(await plan_of(desk.engine, wanted, before))
                median = sorted(took)[len(took) // 2]
                sys.stdout.write(f"{name}{where}: {median:.0f} ms, {max(took):.0f} ms | {used}\n")
                sys.stdout.flush()
        if count <= LARGEST:
            await measure_reports(house, browser, "of the calls themselves: ")
        begin = time.monotonic()
        since = clock.time - timedelta(days=days)
        zone = ZoneInfo(plan.centre.timezone)
        await desk.reports.keep_all(zone, since)
        sys.stdout.write(f"sums of {days} days kept: {time.monotonic() - begin:.0f} s\n")
        await measure_reports(house, browser, "")
        if days >= DAYS:
            begin = time.perf_counter()
            year = whole_days("2026-01-01", "2026-12-30", zone)
            await desk.reports.compared(year, whole_days("2025-12-31", "2025-12-31", zone))
            took = (time.perf_counter() - begin) * 1000
            sys.stdout.write(f"figures of a year, as of the command: {took:.0f} ms\n")
        await house.close()


async def measure_reports(house: House, browser: Browser, how: str) -> None:
    """Pages of figures as if nobody had asked for them yet, and what others wait for meanwhile."""
    other = house.browser()
    for name, asked in REPORTS.items():
        health: list[float] = []
        took: list[float] = []
        while len(took) < AGAIN and sum(took) < AGAIN_MS:
            house.desk.reports.forget()
            asking = asyncio.create_task(browser.get(asked))
            begin = time.perf_counter()
            while not asking.done():
                sent = time.perf_counter()
                await other.ask("GET", "/healthz")
                health.append((time.perf_counter() - sent) * 1000)
                await asyncio.sleep(0.01)
            took.append((time.perf_counter() - begin) * 1000)
            assert (await asking).status == 200
        begin = time.perf_counter()
        await browser.get(asked)
        again = (time.perf_counter() - begin) * 1000
        median, longest, slow = sorted(took)[len(took) // 2], max(took), max(health)
        sys.stdout.write(
            f"{how}{name}: {median:.0f} ms, {longest:.0f} ms; again {again:.0f} ms;"
            f" others {slow:.0f} ms\n"
        )


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.unit.router.console.many")
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=366, help="of which sums are kept")
    filled = "of the year's last days only, as many calls a day (PostgreSQL)"
    parser.add_argument("--filled", type=int, default=DAYS, help=filled)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--database", default="", help="an address of PostgreSQL of your own")
    options = parser.parse_args()
    # As the console is loaded (siaga.loading): else one search for garbage is 0.1 s.
    gc.freeze()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = options.database
        if options.postgresql and not database:
            server = make_server()
            stack.callback(server.remove)
            server.start()
            asyncio.run(server.execute("CREATE DATABASE siaga"))
            database = server.url("siaga")
        asyncio.run(measure(home, options.calls, options.days, options.filled, database))
    return 0


if __name__ == "__main__":
    sys.exit(main())
