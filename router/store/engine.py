"""Engines: one way to either database, with the durability and the limits we rely on.

SQLite runs in WAL, so that readers never wait for the writer, with ``synchronous=FULL``: a commit
is on the disk before it is reported (measured 0.35 ms against 0.02 ms with NORMAL, at some tens of
commits a second at most, outside the event loop). With NORMAL a power cut could take back rows
that the position in the CEL file says are there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from siaga.errors import MissingError, SettingsError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.pool import ConnectionPoolEntry

BUSY_S: Final = 5.0
"""How long a statement waits for another's lock."""
_FILE: Final = "siaga_file"
"""Which file a connection has open, as the pool notes it."""
_ANSWER_S: Final = 5.0
"""How long PostgreSQL may take to answer, on top of waiting for a lock."""

WRITE: Final = "siaga_write"
"""Execution option of a transaction that takes SQLite's write lock when it begins: one that asks
for it only after it has read is refused at once when another has written meanwhile."""

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}


def database_url(text: str) -> URL:
    """The address with the driver we use.

    Raises:
        SettingsError: it is not an address of SQLite or PostgreSQL. Never repeats the address,
            which may hold a password.
    """
    try:
        url = make_url(text)
        driver = _DRIVERS[url.drivername.partition("+")[0]]
    except (ArgumentError, ValueError, KeyError) as error:
        raise SettingsError(
            "SIAGA_DATABASE_URL is not the address of a database: write it like "
            "postgresql://user:password@host/name, or leave it empty for SQLite."
        ) from error
    return url.set(drivername=driver)


def sqlite_file(url: URL) -> Path | None:
    """The database's file; None when it is not SQLite's."""
    return Path(url.database or "") if url.drivername.startswith("sqlite") else None


def open_engine(text: str, *, busy_s: float = BUSY_S) -> AsyncEngine:
    """An engine for the database at this address; nothing is opened yet.

    Whoever opens it disposes of it: ``await engine.dispose()``.

    Raises:
        SettingsError: the address cannot be used.
        MissingError: the driver for PostgreSQL is not installed.
    """
    url = database_url(text)
    try:
        if sqlite_file(url) is not None:
            return _sqlite(url, busy_s)
        return _postgresql(url, busy_s)
    except ModuleNotFoundError as error:
        raise MissingError(
            f"{error.name} is not installed: SIAGA_DATABASE_URL needs it for PostgreSQL "
            f"(pip install {error.name})."
        ) from error
    except SQLAlchemyError as error:
        raise SettingsError("SIAGA_DATABASE_URL has options that cannot be used.") from error


def create_sqlite_file(path: Path) -> None:
    """Make the file, readable by its owner only: it holds telephone numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def open_plain_sqlite(url: URL, busy_s: float) -> Engine:
    """An engine without asyncio for the same file; for one thread that writes."""
    engine = create_engine(
        url.set(drivername="sqlite"), hide_parameters=True, connect_args=_sqlite_arguments(busy_s)
    )
    _prepare_sqlite(engine, url)
    return engine


def _sqlite(url: URL, busy_s: float) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True, connect_args=_sqlite_arguments(busy_s))
    _prepare_sqlite(engine.sync_engine, url)
    return engine


def _sqlite_arguments(busy_s: float) -> dict[str, Any]:
    # isolation_level None keeps the driver from beginning transactions: it would leave out DDL.
    return {"isolation_level": None, "timeout": busy_s}


def _prepare_sqlite(engine: Engine, url: URL) -> None:
    path = Path(url.database or "")

    @event.listens_for(engine, "do_connect")
    def connects(*_words: object) -> None:
        path.stat()  # SQLite would make a file that anybody may read.

    @event.listens_for(engine, "checkout")
    def taken(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        # Of a file that was taken away, an open connection tells for ever what was in it.
        if record.info[_FILE] != _identity(path):
            raise DisconnectionError

    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_FILE] = _identity(path)
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _postgresql(url: URL, busy_s: float) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={
            "timeout": _ANSWER_S,
            "command_timeout": busy_s + _ANSWER_S,
            "server_settings": {
                "application_name": "siaga112",
                "lock_timeout": str(round(busy_s * 1000)),
                # What a node that lost its power had locked is free again after this.
                "idle_in_transaction_session_timeout": "10000",
            },
        },
    )
