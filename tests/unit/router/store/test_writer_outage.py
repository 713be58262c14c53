"""The writer while the database is locked, full or not there: nothing is lost, nothing waits."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from sqlalchemy import event
from sqlalchemy.pool import Pool

from router.notify import Announcer
from router.store import (
    CallReader,
    CallWriter,
    CelPosition,
    Outbox,
    WriterPolicy,
    migrate,
    open_engine,
)
from tests.unit.router.store.records import BEGAN, at, closed, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

pytestmark = pytest.mark.engines

QUICK = WriterPolicy(retry_s=0.01, retry_max_s=0.02, busy_s=0.01)


@pytest.fixture
async def writer(engine: AsyncEngine) -> AsyncIterator[CallWriter]:
    writer = CallWriter(engine, QUICK)
    writer.start()
    yield writer
    await writer.close()


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Another program holds the write lock."""
    other = sqlite3.connect(settings.home / "siaga.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


async def failures(writer: CallWriter, number: int) -> None:
    while writer.counters.failures < number:  # noqa: ASYNC110 (nothing else tells of it)
        await asyncio.sleep(0)


@pytest.mark.sqlite
async def test_a_locked_database_is_tried_again_until_it_is_free(
    writer: CallWriter, reader: CallReader, settings: Settings
) -> None:
    """Through a lock the latest versions are kept, then written in their last form."""
    with structlog.testing.capture_logs() as logs, locked(settings):
        writer.put(record("a"))
        writer.put(record("b", handset="1"))
        await failures(writer, 3)
        assert writer.is_away
        writer.put(record("b", handset="2"))
        writer.put(closed("a"))
        await failures(writer, writer.counters.failures + 3)
    with structlog.testing.capture_logs() as more:
        assert await writer.flush()
    assert not writer.is_away
    assert await reader.call("node1", "a") == closed("a")
    assert await reader.call("node1", "b") == record("b", handset="2")
    assert writer.counters.outages == 1
    assert [line["event"] for line in logs + more] == ["database_away", "database_back"]


@pytest.mark.sqlite
async def test_what_comes_while_a_failing_write_is_under_way_is_joined_to_it(
    engine: AsyncEngine, reader: CallReader, settings: Settings
) -> None:
    """Notices of both versions arrive, and a call closed in the first one stays closed."""
    announcer = Announcer(enabled=True, centre="112", zone=BEGAN.tzinfo)  # type: ignore[arg-type]
    writer = CallWriter(engine, replace(QUICK, busy_s=0.2))
    writer.start()
    with locked(settings):
        writer.put(closed("a"), announcer.ringing(closed("a"), "damkar", BEGAN))
        while writer.pending:  # noqa: ASYNC110 (nothing else tells that it was taken)
            await asyncio.sleep(0)
        assert not writer.counters.failures
        writer.put(record("a"), announcer.ringing(record("a"), "rsud", at(1)))
        await failures(writer, 1)
    assert await writer.close()
    assert await reader.call("node1", "a") == closed("a")
    due = await Outbox(engine, "node1", "webhook").due(at(2), 9)
    assert [each.agency for each in due] == ["damkar", "rsud"]


@pytest.mark.sqlite
async def test_a_full_disk_loses_nothing(settings: Settings) -> None:
    """SQLite's own "database or disk is full" is waited out: then every record is there."""
    await migrate(settings)
    engine = open_engine(settings.database)
    full = True

    def limit(connection: Any, _record: object) -> None:
        if full:
            connection.execute("PRAGMA max_page_count = 1")

    event.listen(Pool, "connect", limit)
    try:
        writer = CallWriter(engine, QUICK)
        writer.start()
        with structlog.testing.capture_logs() as logs:
            for number in range(200):
                writer.put(closed(str(number)))
            await failures(writer, 2)
        full = False
        assert await writer.close()
    finally:
        event.remove(Pool, "connect", limit)
    assert "full" in logs[0]["reason"]
    assert len(await CallReader(engine).calls(999)) == 200
    await engine.dispose()


@pytest.mark.sqlite
async def test_a_database_that_comes_later_is_found(settings: Settings) -> None:
    """A writer started before there is a database keeps what comes and writes it once there is."""
    engine = open_engine(settings.database)
    writer = CallWriter(engine, QUICK)
    writer.start()
    writer.put(record())
    await failures(writer, 2)
    await migrate(settings)
    assert await writer.close()
    assert await CallReader(engine).calls(9) == [record()]
    await engine.dispose()


@pytest.mark.sqlite
async def test_the_end_in_an_outage_says_so(engine: AsyncEngine, settings: Settings) -> None:
    """Closing while the database is locked ends, and tells that something was not written."""
    writer = CallWriter(engine, QUICK)
    writer.start()
    with locked(settings):
        writer.put(record())
        assert not await writer.close(timeout_s=0.05)
    assert writer.pending == 1


@pytest.mark.sqlite
async def test_beyond_the_limit_the_position_waits_for_a_new_start(
    engine: AsyncEngine, reader: CallReader, settings: Settings
) -> None:
    """With more calls than may wait, new ones are left to the CEL file: no position passes them."""
    writer = CallWriter(engine, replace(QUICK, calls=2))
    writer.start()
    writer.put_position(CelPosition("node1", "f", 1))
    await writer.flush()
    with locked(settings):
        writer.put(record("a"))
        await failures(writer, 1)
        for call in ("b", "c", "d", "a"):
            writer.put(record(call, handset="9"))
        writer.put_position(CelPosition("node1", "f", 2))
        await failures(writer, writer.counters.failures + 2)
    writer.put_position(CelPosition("node1", "f", 3))
    assert await writer.close()
    assert writer.counters.dropped > 0
    assert await reader.call("node1", "a") == record("a", handset="9")
    assert await reader.cel_position("node1") == CelPosition("node1", "f", 1)


@pytest.mark.sqlite
async def test_logs_of_an_outage_show_no_number(writer: CallWriter, settings: Settings) -> None:
    """Neither the caller nor the statement's values are in what is logged."""
    with structlog.testing.capture_logs() as logs, locked(settings):
        writer.put(record(caller="0811555777"))
        await failures(writer, 1)
    assert logs
    assert "0811555777" not in str(logs)
