"""What one node has committed the others hear at once, on a connection that is made anew."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from router.store import news as module
from router.store.news import News

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("postgresql"),
    pytest.mark.usefixtures("quick"),
]
HEARD_S = 30.0
"""Longest that anything may take here."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for between tries takes little here."""
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    monkeypatch.setattr(module, "APART_S", 0.01)


class Ear:
    """What a node has heard."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    async def hears(self, teller: News) -> None:
        """Wait until it hears what is told until then."""
        self.heard.clear()
        async with asyncio.timeout(HEARD_S):
            while not self.heard.is_set():
                teller.tell()
                await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(*running: News) -> AsyncIterator[None]:
    """They run as long as the block lasts."""
    tasks = [asyncio.create_task(each.run()) for each in running]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def test_one_node_tells_and_the_other_hears(engine: AsyncEngine) -> None:
    """Either way; and nobody is told what he told himself."""
    ear, own = Ear(), Ear()
    one = News(engine, "node1", own.heard.set)
    two = News(engine, "node2", ear.heard.set)
    async with at_work(one):
        for _ in range(3):
            one.tell()
            await asyncio.sleep(0.02)
        assert not own.heard.is_set()
        async with at_work(two):
            await ear.hears(one)
            await own.hears(two)


async def test_a_connection_that_was_lost_is_made_anew(engine: AsyncEngine) -> None:
    """As after a failover of the database."""
    ear, own = Ear(), Ear()
    one = News(engine, "node1", own.heard.set)
    two = News(engine, "node2", ear.heard.set)
    async with at_work(one, two):
        await ear.hears(one)
        async with engine.connect() as connection:
            gone = await connection.execute(
                text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
            assert gone.scalar_one() >= 2
        await ear.hears(one)
        await own.hears(two)


async def test_one_that_does_not_hear_itself_is_made_anew(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where something between shares connections: what is told goes, and nothing comes."""
    monkeypatch.setattr(module, "ECHO_S", 0.01)
    tries = asyncio.Semaphore(0)

    class Deaf(News):
        """Hears nothing as long as it is so."""

        deaf = True

        def _take(self, connection: object, pid: int, channel: str, node: str) -> None:
            if self.deaf:
                tries.release()
            else:
                super()._take(connection, pid, channel, node)

    ear = Ear()
    one, two = News(engine, "node1", asyncio.Event().set), Deaf(engine, "node2", ear.heard.set)
    async with at_work(two), asyncio.timeout(HEARD_S):
        for _ in range(3):
            await tries.acquire()
        monkeypatch.setattr(module, "ECHO_S", HEARD_S)
        two.deaf = False
        async with at_work(one):
            await ear.hears(one)
