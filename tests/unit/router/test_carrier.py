"""What a carrier says of the caller's place: a shape is read or left, and kept once a call."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from router.incidents import carrier as module
from router.incidents.carrier import CarrierPositions, probable, shape
from router.store import migrate, open_engine
from router.store.positions import PositionStore
from router.store.tables import call_positions
from siaga.names import Milestone
from siaga.places import Position
from siaga.settings import KUTIM
from tests.unit.router.calls.celmaker import CALL, Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.calls.events import CelEvent
    from siaga.settings import Settings

CIRCLE = "shape=ircle crs=2d pos=0.5003 117.5364 radius=30.5 units=9001"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (CIRCLE, (Position(0.5003, 117.5364), 30.5)),
        ("shape=ointcrs=2dpos=0.5003 117.5364", (Position(0.5003, 117.5364), None)),
        ("pos=-0.5 -117", (Position(-0.5, -117.0), None)),
        ("pos=90 180 radius=1", (Position(90.0, 180.0), 1.0)),
        ("", None),
        ("shape=rcand", None),
        ("pos=91 0", None),
        ("pos=0.5 1175364", None),
        ("pos=0.5 117.5 radius=0", None),
        ("pos=0.5 117.5 radius=100001", None),
        ("pos=0.5", None),
        ("pos=0.5 117.5.6", None),
        ("pos=.5 117.5", None),
    ],
)
def test_a_shape_is_a_point_or_a_circle_on_the_earth(
    text: str, found: tuple[Position, float | None] | None
) -> None:
    """However Asterisk writes the rest of it; any other tells nothing."""
    assert shape(text) == found


@given(st.text() | st.text("0123456789.-= posradius", max_size=60))
def test_whatever_is_sent_is_read_or_left(text: str) -> None:
    """What is read can be kept."""
    found = shape(text)
    if found is not None:
        where, radius = found
        assert -90 <= where.latitude <= 90
        assert -180 <= where.longitude <= 180
        assert radius is None or 0 < radius <= module.WIDEST_M


def test_the_district_is_a_guess_and_nothing_hangs_on_it(tmp_path: Path) -> None:
    """Without a list that can be used there is none."""
    assert probable(KUTIM)(Position(0.5003, 117.5364)).startswith("64.08.")
    assert probable(tmp_path / "none.csv")(Position(0.5, 117.5)) == ""


def located(text: str = CIRCLE) -> CelEvent:
    """What the dialplan tells."""
    script = Script()
    script.event(Milestone.LOCATED, extra=json.dumps({"extra": text}))
    return script.events[-1]


@asynccontextmanager
async def keeping(settings: Settings) -> AsyncIterator[CarrierPositions]:
    """It works, until all it was told of is kept."""
    engine = open_engine(settings.database)
    store = PositionStore(engine)
    made = CarrierPositions("node1", store, lambda _: "64.08.04")
    running = asyncio.create_task(made.run())
    yield made
    async with asyncio.timeout(30):
        while not made.is_idle:  # noqa: ASYNC110 (the database's own time)
            await asyncio.sleep(0.01)
    running.cancel()
    store.close()
    await engine.dispose()


async def rows(settings: Settings) -> int:
    """How many positions are kept."""
    engine = open_engine(settings.database)
    async with engine.connect() as connection:
        found = await connection.execute(select(func.count()).select_from(call_positions))
        count = found.scalar_one()
    await engine.dispose()
    return count


async def test_both_deliveries_are_one(settings: Settings) -> None:
    """Also when the second comes to another router; what cannot be read is no row."""
    await migrate(settings)
    for _ in range(2):
        async with keeping(settings) as keeper:
            keeper.take(located())
            keeper.take(located())
    assert await rows(settings) == 1
    async with keeping(settings) as keeper:
        keeper.take(located("pos=95 0"))
        assert keeper.is_idle


async def test_it_is_kept_when_the_database_is_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then the place in the CEL file is not noted."""
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    async with keeping(settings) as keeper:
        keeper.take(located())
        await asyncio.sleep(0)
        assert not keeper.is_idle
        await migrate(settings)
    assert await rows(settings) == 1
    assert located().linked == CALL
