"""What operators ask for from an idle handset: whose call it is about, and what they are told."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import NotConnectedError, SetVar
from router.calls.record import Leg, LegEnd, LegKind
from router.dispatch.desk import AFTER, Desk
from router.live import StrandedError
from router.store import CallReader, CallWriter, ClassReader, ClassStore, migrate, open_engine
from siaga.keys import CallClass
from siaga.names import Milestone, Var
from siaga.plan import load_plan
from siaga.settings import PROJECT, Settings, load
from tests.unit.router.calls.celmaker import Script
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

PLAN = load_plan(PROJECT / "plans" / "kutim.yaml").plan
NOW = at(10_000)
CHANNEL = "PJSIP/101-00000007"


class Asterisk:
    """Notes what channels are told; has live state only to refuse it."""

    def __init__(self) -> None:
        self.told: list[SetVar] = []
        self.error: Exception | None = None
        self._news = asyncio.Event()

    async def act(self, action: Any) -> None:
        self.told.append(action)
        self._news.set()

    async def set(self, _item: Any) -> None:
        assert self.error is not None
        raise self.error

    async def until_told(self) -> SetVar:
        await self._news.wait()
        return self.told[-1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    await migrate(settings)
    made = open_engine(settings.database)
    yield made
    await made.dispose()


@asynccontextmanager
async def desk(engine: AsyncEngine, asterisk: Asterisk) -> AsyncIterator[Desk]:
    """A desk that works."""
    classes = ClassStore(engine)
    made = Desk(
        asterisk,  # type: ignore[arg-type]
        classes,
        CallReader(engine),
        asterisk,  # type: ignore[arg-type]
        lambda: PLAN,
        lambda: NOW,
    )
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.wait((running,))
    classes.close()


def dial(made: Desk, name: str, channel: str = CHANNEL) -> None:
    """Have a handset dial what is called so."""
    script = Script()
    script.event("USER_DEFINED")
    event = script.events[-1]
    extra = json.dumps({"extra": name})
    made.take(replace(event, kind=Milestone.DESK, channel=channel, extra=extra))


async def asked(engine: AsyncEngine, name: str, asterisk: Asterisk | None = None) -> str:
    """What the handset 101 is told."""
    asterisk = asterisk or Asterisk()
    async with desk(engine, asterisk) as made:
        dial(made, name)
        told = await asterisk.until_told()
    assert (told.channel, told.variable) == (CHANNEL, Var.SAID)
    return told.value


def talked(call: str, handset: str, left: float, *, ended: bool = True) -> CallRecord:
    """A call in which a handset talked until so many seconds before now."""
    gone = NOW - timedelta(seconds=left)
    leg = Leg("a", LegKind.ROUTE, "kominfo", gone, handset, gone, gone, LegEnd.RELEASED, "a")
    over = gone if ended else None
    return closed(call, began=gone - timedelta(seconds=60), ended=over, handset="9", legs=(leg,))


async def keep(engine: AsyncEngine, *records: CallRecord) -> None:
    writer = CallWriter(engine)
    writer.start()
    for record in records:
        writer.put(record)
    assert await writer.close()


async def test_the_last_call_of_the_handset_is_meant(engine: AsyncEngine) -> None:
    """Not a later one of another, nor one that it had before; though others talk in it still."""
    await keep(
        engine,
        talked("node1-1.1", "101", 600),
        talked("node1-2.2", "101", 300, ended=False),
        talked("node1-3.3", "102", 100),
    )
    assert await asked(engine, "class-ghost") == "class-ghost"
    classes = ClassReader(engine)
    (given,) = await classes.history("node1-2.2")
    assert (given.kind, given.who, given.at) == (CallClass.GHOST, "101", NOW)
    assert not await classes.history("node1-1.1")
    assert not await classes.history("node1-3.3")


async def test_long_after_a_call_nothing_is_meant(engine: AsyncEngine) -> None:
    """Nobody should class a call of yesterday by mistake."""
    await keep(engine, talked("node1-1.1", "101", AFTER.total_seconds() + 1))
    assert await asked(engine, "class-ghost") == "desk-nothing"
    assert not await ClassReader(engine).history("node1-1.1")


async def test_without_a_database_the_operator_is_told(settings: Settings) -> None:
    """It has no tables here."""
    settings.home.mkdir()
    engine = open_engine(settings.database)
    assert await asked(engine, "class-ghost") == "desk-away"
    await engine.dispose()


@pytest.mark.parametrize(
    ("error", "said"), [(StrandedError(()), "desk-refused"), (NotConnectedError("x"), "desk-away")]
)
async def test_a_rest_that_cannot_be_is_told(
    engine: AsyncEngine, error: Exception, said: str
) -> None:
    """It would strand callers, or Asterisk does not take it."""
    asterisk = Asterisk()
    asterisk.error = error
    assert await asked(engine, "pause", asterisk) == said


async def test_only_handsets_of_the_plan_are_answered(engine: AsyncEngine) -> None:
    """Nor is what no key stands for."""
    asterisk = Asterisk()
    async with desk(engine, asterisk) as made:
        for channel in ("PJSIP/999-00000001", "PJSIP/trunk-00000001", "Local/x@y-1;2", ""):
            dial(made, "pause", channel)
        for name in ("class-novel", "leave", ""):
            dial(made, name)
        dial(made, "class-test")
        assert (await asterisk.until_told()).value == "desk-nothing"
    assert len(asterisk.told) == 1
