"""The schema: brought up to date by alembic, without a configuration file, by whoever comes first.

Everything happens in one transaction under one lock, so two processes that start together do not
meet, and a migration that fails leaves the database as it was.
"""

from __future__ import annotations

import asyncio
import sqlite3
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from router.store.engine import (
    WRITE,
    create_sqlite_file,
    database_url,
    open_engine,
    sqlite_file,
)
from router.store.errors import SchemaNewerError, StoreUnavailableError
from router.store.tables import REVISION

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

MIGRATE_WAIT_S: Final = 60.0
"""How long one process waits for another's migration."""
_WAL_TRIES: Final = 50
_WAL_PAUSE_S: Final = 0.1
_LOCK: Final = 0x51A6A112
"""Key of PostgreSQL's advisory lock."""


class SchemaState(Enum):
    """What a database is to this code."""

    ABSENT = "absent"
    """There is none yet: no router has run."""
    CURRENT = "current"
    OTHER = "other"
    """Of another version: older until the router migrates it, or newer than this code."""


def alembic_config() -> Config:
    """Alembic's configuration, made here and not read from a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


async def migrate(settings: Settings) -> None:
    """Bring the database up to this code's version, making it when there is none.

    Raises:
        SchemaNewerError: a newer version has migrated it; nothing was changed.
        StoreUnavailableError: it cannot be reached or written.
        SettingsError: ``SIAGA_DATABASE_URL`` cannot be used.
    """
    path = sqlite_file(database_url(settings.database))
    engine = open_engine(settings.database, busy_s=MIGRATE_WAIT_S)
    try:
        if path is not None:
            create_sqlite_file(path)
            await _wal(engine)
        async with engine.connect() as plain:
            connection = await plain.execution_options(**{WRITE: True})
            async with connection.begin():
                await connection.run_sync(_upgrade)
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        raise StoreUnavailableError(unavailable(error)) from error
    finally:
        await engine.dispose()


def unavailable(error: Exception) -> str:
    """What to say of a database that does not work; neither its address nor any data."""
    cause = getattr(error, "orig", None) or error
    return f"The database cannot be used ({type(cause).__name__}: {str(cause)[:200]})."


async def schema_state(engine: AsyncEngine) -> SchemaState:
    """What the database is to this code; makes nothing, not even SQLite's file.

    Raises:
        StoreUnavailableError: it cannot be reached.
    """
    path = sqlite_file(engine.url)
    if path is not None and not path.exists():
        return SchemaState.ABSENT
    try:
        async with engine.connect() as connection:
            heads = await connection.run_sync(_heads)
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailableError(unavailable(error)) from error
    if not heads:
        return SchemaState.ABSENT
    return SchemaState.CURRENT if heads == (REVISION,) else SchemaState.OTHER


def _heads(connection: Connection) -> tuple[str, ...]:
    return MigrationContext.configure(connection).get_current_heads()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = alembic_config()
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    unknown = [head for head in _heads(connection) if head not in known]
    if unknown:
        raise SchemaNewerError(
            f"The database is at version {unknown[0]}, this program knows only up to {REVISION}: "
            f"install the newer program again, or restore a backup from before it."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _wal(engine: AsyncEngine) -> None:
    """Switch SQLite to WAL, which the file remembers.

    The switch needs the file for itself and does not wait for it by the busy timeout.
    """
    for attempt in range(1, _WAL_TRIES + 1):
        try:
            async with engine.connect() as connection:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection
                await (await driver.execute("PRAGMA journal_mode = WAL")).close()
        except sqlite3.OperationalError as error:
            if attempt == _WAL_TRIES or "locked" not in str(error):
                raise
            await asyncio.sleep(_WAL_PAUSE_S)
        else:
            return
