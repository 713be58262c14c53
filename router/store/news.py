"""That something was committed, told to the other nodes at once: LISTEN and NOTIFY of PostgreSQL.

It carries nothing but the node's name, and nobody stands on it: what is shown is read each second
all the same, so that news that do not come make a page slower by that, and never wrong.

One connection hears and tells. It tells after the commit and not within it: NOTIFY takes a lock of
the whole database until its transaction ends, which commits of calls must not wait for. And it
hears itself: where it does not (a pooler between that shares connections, a failover), it is made
anew.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.store.text import storable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger(__name__)

CHANNEL: Final = "siaga_news"
APART_S: Final = 0.1
"""What comes within this after something that was told is told together."""
QUIET_S: Final = 10.0
"""After so long without news it is seen whether the connection still hears."""
ECHO_S: Final = 5.0
"""How long until it must have heard itself."""
RETRY_S: Final = 2.0


class NotHeardError(Exception):
    """What was told is not heard by who told it."""


class News:
    """Tells and hears, for the life of a router.

    Args:
        engine: of a PostgreSQL database.
        node: this one.
        heard: called when another node has told something.
    """

    def __init__(self, engine: AsyncEngine, node: str, heard: Callable[[], None]) -> None:
        self._engine = engine
        self._node = storable(node)
        self._heard = heard
        self._due = asyncio.Event()
        self._echo = asyncio.Event()
        self._is_told = False

    def tell(self) -> None:
        """Something was committed that others show."""
        self._due.set()

    async def run(self) -> None:
        """Do it until cancelled, on one connection after the other."""
        from asyncpg import (  # type: ignore[import-untyped]  # noqa: PLC0415 (not for SQLite)
            InterfaceError,
            InternalClientError,
            PostgresError,
        )

        # The last of them is what the driver's state machine says of a connection that is lost
        # while something is on its way (asyncpg 0.32).
        errors = (PostgresError, InterfaceError, InternalClientError)
        while True:
            try:
                await self._connected()
            except (*errors, SQLAlchemyError, OSError, TimeoutError, NotHeardError) as error:
                if not self._is_told:
                    log.warning("news_unheard", error=type(error).__name__)
                self._is_told = True
            await asyncio.sleep(RETRY_S)

    async def _connected(self) -> None:
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            try:
                driver.add_termination_listener(lambda _: self.tell())
                await driver.add_listener(CHANNEL, self._take)
                while True:
                    await self._tell(driver)
                    await asyncio.sleep(APART_S)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(QUIET_S):
                            await self._due.wait()
            finally:
                # Nobody else may be given a connection that listens.
                driver.terminate()
                await connection.invalidate()

    async def _tell(self, driver: Any) -> None:
        self._due.clear()
        self._echo.clear()
        await driver.execute("SELECT pg_notify($1, $2)", CHANNEL, self._node)
        try:
            async with asyncio.timeout(ECHO_S):
                await self._echo.wait()
        except TimeoutError as error:
            raise NotHeardError from error
        if self._is_told:
            log.info("news_heard")
            self._is_told = False

    def _take(self, _connection: object, _pid: int, _channel: str, node: str) -> None:
        if node == self._node:
            self._echo.set()
        else:
            self._heard()
