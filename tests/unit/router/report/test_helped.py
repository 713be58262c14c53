"""How soon help was there: waits of incidents, and what the database has of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from router.incidents.model import Place, Said, Unit
from router.report import helped
from router.report.responses import Responses
from router.store import CallWriter, IncidentStore
from router.store.incident_times import IncidentReader, Timed
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines

BEGAN = datetime(2026, 11, 27, tzinfo=UTC)


def timed(emergency: str, district: str | None, *seconds: float | None) -> Timed:
    at = [None if each is None else BEGAN + timedelta(seconds=each) for each in seconds]
    return Timed(BEGAN, emergency, district, *at)


def everything(*every: Timed) -> helped.Helped:
    return helped.everything(Responses.of((), every).helped)


def test_each_wait_has_its_beginning_and_its_end() -> None:
    """Called at 0, answered at 7, sent at 50, goes at 60, there at 900: just in time."""
    one = timed("fire", "d", 0, 7, 50, 60, 900)
    made = everything(one, replace(one, on_scene=BEGAN + timedelta(seconds=900.01)))
    assert (made.incidents, made.in_time) == (2, 1)
    assert helped.row(made) == {
        "incidents": 2,
        "dispatched": 2,
        "accepted": 2,
        "on_scene": 2,
        "dispatch_p50_s": 43.0,
        "dispatch_p90_s": 43.0,
        "accept_p50_s": 10.0,
        "accept_p90_s": 10.0,
        "travel_p50_s": 850.0,
        "travel_p90_s": 850.1,
        "response_p50_s": 900.0,
        "response_p90_s": 900.1,
        "response_900": 1,
        "response_900_share": 50.0,
    }


@pytest.mark.parametrize("moments", [(0, None, None, None, None), (None,) * 5])
def test_what_is_not_known_is_no_wait(moments: tuple[float | None, ...]) -> None:
    """The incident counts all the same."""
    found = helped.row(everything(timed("fire", None, *moments)))
    assert found["incidents"] == 1
    assert {name: value for name, value in found.items() if value} == {"incidents": 1}


def test_a_step_told_out_of_order_took_no_time_and_a_day_is_the_most() -> None:
    """Told later than done."""
    made = everything(timed("fire", None, 0, 60, 50, 40, 10**7))
    assert (made.dispatch, made.accept) == ({0: 1}, {0: 1})
    assert made.response == {helped.CAP: 1}


def test_groups_add_up_to_all() -> None:
    """By emergency and by district, of which the unknown is one."""
    every = (
        timed("fire", "b", 0, 1, 2, 3, 4),
        timed("fire", None, 0, 1, 2, 3, 5),
        timed("accident", "b", 0, 1, 2, None, None),
    )
    some = Responses.of((), every).helped
    whole = helped.everything(some)
    for groups, keys in (
        (helped.by_emergency(some), ["accident", "fire"]),
        (helped.by_district(some), ["", "b"]),
    ):
        assert list(groups) == keys
        assert sum(each.incidents for each in groups.values()) == whole.incidents
        assert sum(each.response.total() for each in groups.values()) == whole.response.total()


async def test_the_times_are_those_of_the_first(engine: AsyncEngine) -> None:
    """The first call, the first answer, the first unit; merged and withdrawn ones are none."""
    writer = CallWriter(engine)
    writer.start()
    writer.put(replace(closed("a", began=at(60)), answered=at(90)))
    writer.put(replace(closed("b", began=at(0)), answered=None))
    writer.put(replace(closed("c", began=at(30)), answered=at(40)))
    writer.put(replace(closed("d", began=at(500)), answered=at(530)))
    assert await writer.close()
    store = IncidentStore(engine)
    said = Said("Ani", at(100))
    first = await store.open_for("a", said)
    for call in ("b", "c"):
        await store.join(first, call, said)
    await store.set_place(first, Place("64.08.04"), said, "")
    await store.send(first, Unit("damkar", "1"), Said("Ani", at(110)))
    await store.accept(first, Unit("damkar", "2"), Said("201", at(130)))
    await store.arrive(first, Unit("damkar", "2"), Said("201", at(400)))
    gone = await store.open_for("d", said)
    await store.merge(gone, first, said)
    late = await store.open_for("d", Said("Ani", at(900)))
    store.close()
    assert late == first
    found = await IncidentReader(engine).timed(at(100), at(900))
    expected = (at(0), at(40), at(110), at(130), at(400))
    assert found == [Timed(at(100), "fire", "64.08.04", *expected)]
    assert await IncidentReader(engine).timed(at(101), at(900)) == []
