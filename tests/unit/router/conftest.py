from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest

from router.store import CallReader, migrate, open_engine
from router.store.engine import create_sqlite_file, database_url, sqlite_file
from siaga.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


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
