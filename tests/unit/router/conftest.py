from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pytest

from router.store import CallReader, migrate, open_engine
from router.store.engine import create_sqlite_file, database_url, sqlite_file
from siaga.settings import Settings, load
from tests.postgresql import Server, make_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine


ENGINES: Final = (
    "sqlite",
    # One server for the whole run: what needs it goes to one worker.
    pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql")),
)
_TEMPLATE: Final = "siaga_template"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked ``engines`` on both, but what is marked ``sqlite``."""
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "database" in metafunc.fixturenames and "engines" in marks and "sqlite" not in marks:
        metafunc.parametrize("database", ENGINES, indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL with a database that was migrated and never used."""
    made = make_server()
    try:
        made.start()
        asyncio.run(made.execute(f"CREATE DATABASE {_TEMPLATE}"))
        asyncio.run(migrate(load({"SIAGA_DATABASE_URL": made.url(_TEMPLATE)})))
        yield made
    finally:
        made.remove()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the test's database on PostgreSQL; empty: SQLite in its home."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield ""
        return
    server: Server = request.getfixturevalue("server")
    name = f"t{uuid4().hex}"
    yield server.copied(_TEMPLATE, name)
    server.dropped(name)


@pytest.fixture
def settings(tmp_path: Path, database: str) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home"), "SIAGA_DATABASE_URL": database})


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was migrated and never used."""
    made = load({"SIAGA_HOME": str(tmp_path_factory.mktemp("migrated"))})
    asyncio.run(migrate(made))
    return _file(made)


def _file(settings: Settings) -> Path:
    found = sqlite_file(database_url(settings.database))
    assert found is not None
    return found


@pytest.fixture
def fresh(settings: Settings, migrated: Path) -> None:
    """A database of its own, as a migration leaves it."""
    if sqlite_file(database_url(settings.database)) is not None:
        create_sqlite_file(_file(settings))
        shutil.copyfile(migrated, _file(settings))


@pytest.fixture
async def engine(settings: Settings, fresh: None) -> AsyncIterator[AsyncEngine]:
    """The engine of that database."""
    engine = open_engine(settings.database)
    yield engine
    await engine.dispose()


@pytest.fixture
def reader(engine: AsyncEngine) -> CallReader:
    return CallReader(engine)
