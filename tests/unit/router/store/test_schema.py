"""Migrations and engines, on real SQLite files."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from router.store import (
    CallReader,
    CallWriter,
    SchemaNewerError,
    SchemaState,
    StoreUnavailableError,
    migrate,
    open_engine,
    schema_state,
)
from router.store.schema import alembic_config
from router.store.tables import REVISION, metadata
from siaga.errors import SettingsError
from siaga.settings import PROJECT, Settings, load
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines


def database(settings: Settings) -> Path:
    return settings.home / "siaga.db"


async def test_migrations_build_what_the_code_expects(engine: AsyncEngine) -> None:
    """The migrated database has no difference to the tables in the code."""

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_the_code_names_the_newest_migration() -> None:
    """What the code takes for the current version is the head of the migrations."""
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [REVISION]


async def test_migrating_again_keeps_every_row(settings: Settings, engine: AsyncEngine) -> None:
    """A second migration of a current database changes nothing in it."""
    writer = CallWriter(engine)
    writer.start()
    writer.put(closed())
    assert await writer.close()
    await migrate(settings)
    assert await CallReader(engine).calls(10) == [closed()]


@pytest.mark.sqlite
async def test_processes_that_start_at_once_all_succeed(settings: Settings) -> None:
    """Six processes migrate one absent database together; each ends well and it is whole."""
    code = (
        "import asyncio; from router.store import migrate; from siaga.settings import load;"
        f"asyncio.run(migrate(load({{'SIAGA_HOME': {str(settings.home)!r}}})))"
    )
    processes = await asyncio.gather(
        *(asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=PROJECT) for _ in range(6))
    )
    assert [await process.wait() for process in processes] == [0] * 6
    engine = open_engine(settings.database)
    assert await schema_state(engine) is SchemaState.CURRENT
    await engine.dispose()


async def test_migrations_that_interleave_wait_for_each_other(
    settings: Settings, engine: AsyncEngine
) -> None:
    """Six on one database, step by step side by side, take their turns by the database's lock."""
    async with engine.begin() as connection:
        for table in (*reversed(metadata.sorted_tables), "alembic_version"):
            await connection.exec_driver_sql(f"DROP TABLE {table}")
    await asyncio.gather(*(migrate(settings) for _ in range(6)))
    assert await schema_state(engine) is SchemaState.CURRENT


@pytest.mark.sqlite
async def test_a_newer_database_is_refused_and_left_alone(
    settings: Settings, engine: AsyncEngine
) -> None:
    """A version this code does not know is named, and the database stays as it is."""
    with sqlite3.connect(database(settings)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    before = list(raw.iterdump())
    with pytest.raises(SchemaNewerError, match="9999"):
        await migrate(settings)
    assert list(raw.iterdump()) == before
    assert await schema_state(engine) is SchemaState.OTHER


@pytest.mark.sqlite
async def test_a_migration_that_fails_leaves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables made before the failure are gone with it: DDL is in the transaction too."""
    monkeypatch.setattr("alembic.op.create_index", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await migrate(settings)
    with sqlite3.connect(database(settings)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == []


@pytest.mark.sqlite
async def test_looking_for_a_database_does_not_make_one(settings: Settings) -> None:
    """Where no router has run there is no database, and asking for it leaves no file."""
    engine = open_engine(settings.database)
    assert await schema_state(engine) is SchemaState.ABSENT
    await engine.dispose()
    assert not settings.home.exists()


@pytest.mark.sqlite
async def test_sqlite_is_set_up_for_durability(settings: Settings, engine: AsyncEngine) -> None:
    """WAL, a sync at each commit, foreign keys on, and readable by the owner only."""
    async with engine.connect() as connection:
        values = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 2, 1, 5000]
    assert stat.S_IMODE(database(settings).stat().st_mode) == 0o600


@pytest.mark.sqlite
async def test_a_place_that_cannot_be_written_is_named(settings: Settings) -> None:
    """A database that cannot be made is an error with a sentence, not a trace."""
    settings.home.parent.mkdir(exist_ok=True)
    settings.home.write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="cannot be used"):
        await migrate(settings)


@pytest.mark.parametrize(
    "address", ["nonsense", "mysql://root:hunter2@host/db", "postgresql://u:hunter2@h:port/db"]
)
def test_an_unusable_address_is_refused_without_showing_it(address: str) -> None:
    """What is no address of SQLite or PostgreSQL is refused, its password not repeated."""
    settings = replace(load({}), database_url=address)
    with pytest.raises(SettingsError) as raised:
        open_engine(settings.database)
    assert "hunter2" not in str(raised.value)
