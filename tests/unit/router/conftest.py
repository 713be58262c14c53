from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.store import CallReader, migrate, open_engine
from siaga.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    await migrate(settings)
    engine = open_engine(settings.database)
    yield engine
    await engine.dispose()


@pytest.fixture
def reader(engine: AsyncEngine) -> CallReader:
    return CallReader(engine)
