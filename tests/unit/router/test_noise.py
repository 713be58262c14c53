"""Flags for pranks: who is flagged, who is not, and what is never counted twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import NotConnectedError
from router.calls.record import WATCH, Step, StepResult
from router.live import LiveStore
from router.noise import NoiseKeeper
from router.noise.keeper import BY
from router.store import CallWriter, ClassStore
from router.store.classes import Given
from router.store.noise import NoiseReader
from siaga.keys import CallClass
from siaga.names import LIVE_FAMILY, NOISE_FAMILY, NOISE_SEEN
from siaga.plan.live import Override
from siaga.plan.model import Plan
from tests.unit.router.live_asterisk import NOW, Desk
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

NUMBER = "081234567890"
FLAG = "flag/6281234567890"
CALLERS = {
    "pranks": {"after": "3", "within": "30d", "for": "7d", "reviewer": "Kepala Seksi"},
    "known": [{"number": "0549000300", "name": "Pos pantau"}],
}


def planned(**callers: object) -> Plan:
    return Plan.model_validate(
        {
            "centre": {"name": "112", "timezone": "Asia/Makassar"},
            "agencies": {"kominfo": {"name": "Kominfo", "handsets": ["101"]}},
            "emergencies": {"fire": {"name": "Kebakaran", "agency": "kominfo"}},
            "menu": {"digits": {"1": "fire"}, "default": "fire"},
            "last_resort": {"agency": "kominfo"},
            "callers": callers,
        }
    )


class Bench:
    """A keeper over a real database and live state, and calls for it to look at."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.desk = Desk()
        self.plan = planned(**CALLERS)
        self.engine = engine
        self.classes = ClassStore(engine)
        self.keeper = NoiseKeeper(
            NoiseReader(engine),
            LiveStore(self.desk.asterisk, lambda: self.plan, self.desk.audit, lambda: NOW),
        )
        self._calls = 0

    async def called(
        self, caller: str = NUMBER, kind: str = "prank", days: float = 1, **changes: Any
    ) -> str:
        """A call some days ago, and what an officer said of it."""
        self._calls += 1
        call = f"node1-{self._calls}.1"
        writer = CallWriter(self.engine)
        writer.start()
        began = NOW - timedelta(days=days)
        writer.put(closed(call, began=began, caller=caller, **changes))
        assert await writer.close()
        await self.said(call, kind)
        return call

    async def said(self, call: str, kind: str) -> None:
        await self.classes.give(call, Given(CallClass(kind), NOW, "101"))

    @property
    def flags(self) -> dict[str, str]:
        return self.desk.family(LIVE_FAMILY)


@pytest.fixture
async def bench(engine: AsyncEngine) -> AsyncIterator[Bench]:
    made = Bench(engine)
    await made.keeper.look()
    yield made
    made.classes.close()


async def test_as_many_pranks_as_the_plan_says_flag_a_number(bench: Bench) -> None:
    """In whatever form the carrier sent it; with its end, its reason and who reviews it."""
    for caller in (NUMBER, "+6281234567890"):
        await bench.called(caller)
    await bench.keeper.look()
    assert bench.flags == {}
    await bench.called("6281234567890")
    await bench.keeper.look()
    until = int((NOW + timedelta(days=7)).timestamp())
    assert bench.flags == {FLAG: str(until)}
    (item,) = await bench.desk.store.items()
    assert (item.override, item.by) == (Override.FLAG, BY)
    assert item.reason == "3x iseng dalam 30 hari; peninjau: Kepala Seksi"
    (line,) = bench.desk.audit.lines
    assert (line["what"], line["name"]) == ("set", "6281234567890")


async def test_what_is_no_prank_or_too_old_does_not_count(bench: Bench) -> None:
    """Corrected words count as corrected; other numbers are other people."""
    await bench.called()
    await bench.called(kind="ghost")
    await bench.called(days=31)
    mistaken = await bench.called()
    await bench.said(mistaken, "emergency")
    await bench.called("081234567891")
    await bench.keeper.look()
    assert bench.flags == {}


async def test_whom_a_reviewer_lets_off_is_not_flagged_for_the_same_again(bench: Bench) -> None:
    """Only a new prank flags the number once more."""
    for _ in range(3):
        await bench.called()
    await bench.keeper.look()
    (item,) = await bench.desk.store.items()
    await bench.desk.store.clear(item, reason="salah duga", by="kepala")
    await bench.called("081234567891")
    await bench.called(kind="information")
    await bench.keeper.look()
    assert bench.flags == {}
    await bench.called()
    await bench.keeper.look()
    assert bench.flags.keys() == {FLAG}


async def test_a_longer_flag_set_by_hand_stays(bench: Bench) -> None:
    """A person's word is not shortened."""
    until = NOW + timedelta(days=60)
    await bench.desk.set(Override.FLAG, "6281234567890", until=until)
    for _ in range(3):
        await bench.called()
    await bench.keeper.look()
    assert bench.flags == {FLAG: str(int(until.timestamp()))}


@pytest.mark.parametrize("caller", ["", "anonymous", "101", "0549000300", "'; drop", "9" * 30])
async def test_some_are_never_flagged(bench: Bench, caller: str) -> None:
    """Hidden and impossible numbers, handsets, and whom the plan knows."""
    for _ in range(4):
        await bench.called(caller)
    await bench.keeper.look()
    assert bench.flags == {}


async def test_what_was_said_before_it_first_looked_flags_nobody(engine: AsyncEngine) -> None:
    """Neither when a centre begins with it, nor after the plan has had no such rule."""
    bench = Bench(engine)
    for _ in range(3):
        await bench.called()
    await bench.keeper.look()
    assert bench.flags == {}
    bench.plan = planned()
    await bench.called()
    await bench.keeper.look()
    bench.plan = planned(**CALLERS)
    await bench.keeper.look()
    assert bench.flags == {}
    assert bench.desk.family(NOISE_FAMILY) == {NOISE_SEEN: "4"}
    bench.classes.close()


async def test_another_database_is_looked_at_anew(bench: Bench) -> None:
    """What a restored one says is old, whatever its numbers are."""
    bench.desk.asterisk.entries[NOISE_FAMILY, NOISE_SEEN] = "1000"
    for _ in range(3):
        await bench.called()
    await bench.keeper.look()
    assert bench.flags == {}
    assert bench.desk.family(NOISE_FAMILY) == {NOISE_SEEN: "3"}


async def test_while_asterisk_is_away_nothing_is_passed_over(bench: Bench) -> None:
    """It is looked at again."""
    for _ in range(3):
        await bench.called()
    bench.desk.asterisk.away = True
    with pytest.raises(NotConnectedError):
        await bench.keeper.look()
    bench.desk.asterisk.away = False
    await bench.keeper.look()
    assert bench.flags.keys() == {FLAG}


async def test_noise_is_counted_once_a_call(bench: Bench) -> None:
    """By how the menu ended, and by the last word on each call."""
    corrected = await bench.called()
    await bench.said(corrected, "emergency")
    await bench.called(kind="ghost", days=3)
    reader = NoiseReader(bench.engine)
    since = NOW - timedelta(days=2)
    found = await reader.noise(since, ("digit",))
    assert (found.calls, found.choices["digit"]) == (1, 1)
    assert found.classes == {CallClass.EMERGENCY: 1}
    assert found.flagged == {CallClass.EMERGENCY: 1}
    assert (await reader.noise(since, ("flagged",))).flagged == {}
    assert await reader.calls_of("6281234567890", NOW - timedelta(days=9)) == 2


async def test_watched_callers_are_counted_and_those_who_spoke_up(bench: Bench) -> None:
    """Once a call, however often it was watched."""
    reader = NoiseReader(bench.engine)
    since = NOW - timedelta(days=2)
    for results in ((), (StepResult.NO_ANSWER, StepResult.ABANDONED), (StepResult.HEARD,)):
        steps = tuple(Step("kominfo", WATCH, NOW, NOW, result) for result in results)
        await bench.called(steps=steps)
    found = await reader.noise(since, ())
    assert (found.calls, found.watched, found.spoke_up) == (3, 2, 1)
