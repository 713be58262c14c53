"""What humans have said of a call elsewhere keeps the caller; so does a database that is away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from router.incidents.model import Said
from router.silence.judged import Judged
from router.store import CallWriter, ClassStore, IncidentStore, open_engine
from router.store.classes import ClassReader, Given
from siaga.keys import CallClass
from siaga.settings import load
from tests.unit.router.store.records import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CALL = "node1-1.1"


@pytest.fixture
async def judged(engine: AsyncEngine) -> AsyncIterator[tuple[Judged, ClassStore, IncidentStore]]:
    """A call that is up."""
    writer = CallWriter(engine)
    writer.start()
    writer.put(record(CALL))
    assert await writer.close()
    classes, incidents = ClassStore(engine), IncidentStore(engine)
    yield Judged(ClassReader(engine), incidents), classes, incidents
    classes.close()
    incidents.close()


async def test_nothing_said_keeps_nobody(
    judged: tuple[Judged, ClassStore, IncidentStore],
) -> None:
    """Nor does a word that nobody is there."""
    asks, classes, _ = judged
    assert not await asks.keeps(CALL)
    await classes.give(CALL, Given(CallClass.GHOST, NOW, "Ani"))
    assert not await asks.keeps(CALL)


async def test_any_other_class_keeps_the_caller(
    judged: tuple[Judged, ClassStore, IncidentStore],
) -> None:
    """The last word counts."""
    asks, classes, _ = judged
    await classes.give(CALL, Given(CallClass.GHOST, NOW, "Ani"))
    await classes.give(CALL, Given(CallClass.PRANK, NOW, "Ani"))
    assert await asks.keeps(CALL) == "class prank"


async def test_an_incident_keeps_the_caller(
    judged: tuple[Judged, ClassStore, IncidentStore],
) -> None:
    """Somebody knows more of it than its sound tells."""
    asks, _, incidents = judged
    await incidents.open_for(CALL, Said("Ani", NOW))
    assert await asks.keeps(CALL) == "incident"


async def test_a_database_that_is_away_keeps_the_caller(tmp_path: Path) -> None:
    """What is not known is not taken for nothing."""
    engine = open_engine(load({"SIAGA_HOME": str(tmp_path)}).database)
    asks = Judged(ClassReader(engine), IncidentStore(engine))
    assert await asks.keeps(CALL) == "database away"
    await engine.dispose()
