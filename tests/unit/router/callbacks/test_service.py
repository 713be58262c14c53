"""The router's part: one question, one answer, and every try kept."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.ami import ActionRefusedError, SetVar
from router.callbacks.service import Callbacks
from router.calls.events import CelEvent
from router.calls.record import Outcome
from router.store import CallbackStore, CallWriter, migrate, open_engine
from siaga.names import NOBODY, Milestone, Var
from siaga.plan import parse_plan
from siaga.settings import PROJECT, load
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.ami import Action

NUMBER = "081200000001"
TEXT = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
PLAN = parse_plan(f"trunks:\n  out: {{host: 127.0.0.1, may_send: ['08']}}\n{TEXT}".encode()).plan
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


class Link:
    """Notes what Asterisk is asked to do; refuses it when told to."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[SetVar] = asyncio.Queue()
        self.refuses = False

    async def act(self, action: Action) -> None:
        assert isinstance(action, SetVar)
        await self.asked.put(action)
        if self.refuses:
            raise ActionRefusedError("Setvar", "No such channel")


@asynccontextmanager
async def serving(home: Path) -> AsyncIterator[tuple[Callbacks, Link, CallbackStore]]:
    """The service at work, with one caller on the list."""
    settings = load({"SIAGA_HOME": str(home)})
    await migrate(settings)
    engine = open_engine(settings.database)
    writer = CallWriter(engine)
    writer.start()
    gone = closed("1", caller=NUMBER, began=NOW - timedelta(hours=1), answered=None, steps=())
    writer.put(replace(gone, outcome=Outcome.ABANDONED_MENU))
    assert await writer.close()
    link, store = Link(), CallbackStore(engine)
    any_link: Any = link
    service = Callbacks("node1", any_link, store, lambda: PLAN, now=lambda: NOW)
    running = asyncio.create_task(service.run())
    yield service, link, store
    running.cancel()
    store.close()
    await engine.dispose()


def event(kind: str, call: str = "9.1", handset: str = "101", extra: str = "") -> CelEvent:
    """An event of an operator's call."""
    at = int(NOW.timestamp() * 1e6)
    text = f'{{"extra":"{extra}"}}'
    return CelEvent(kind, at, "x", "x", f"PJSIP/{handset}-01", "", "", call, call, "", text)


ASKED = Milestone.CALLBACK_ASKED


async def test_an_operator_is_given_a_caller_and_the_next_one_nobody(tmp_path: Path) -> None:
    """Task, number and trunk, by a variable of his channel; a strange channel gets no answer."""
    async with serving(tmp_path / "home") as (service, link, store):
        service.take(event(ASKED, "9.0", handset="canary"), live=True)
        service.take(event(ASKED, "9.1"), live=True)
        service.take(event(ASKED, "9.2", handset="201"), live=True)
        first, second = [await asyncio.wait_for(link.asked.get(), 20) for _ in range(2)]
        (task,) = await store.tasks(NOW)
        assert first == SetVar("PJSIP/101-01", Var.CALLBACK, f"{task.id}|{NUMBER}|out")
        assert second == SetVar("PJSIP/201-01", Var.CALLBACK, NOBODY)


async def test_what_only_the_file_tells_is_answered_no_more(tmp_path: Path) -> None:
    """The operator has heard by then that calling back does not work: nobody is given to him."""
    async with serving(tmp_path / "home") as (service, link, store):
        service.take(event(ASKED, "9.1"), live=False)
        service.take(event(ASKED, "9.2"), live=True)
        await asyncio.wait_for(link.asked.get(), 20)
        assert link.asked.empty()
        assert [attempt.call for attempt in await store.unfinished("node1")] == ["9.2"]


async def test_who_hung_up_before_the_answer_has_not_tried(tmp_path: Path) -> None:
    """The task is free again at once, and the place in the file may be noted when all is kept."""
    async with serving(tmp_path / "home") as (service, link, store):
        link.refuses = True
        service.take(event(ASKED), live=True)
        await asyncio.wait_for(link.asked.get(), 20)
        service.take(event("HANGUP"), live=True)
        service.take(event("LINKEDID_END"), live=True)
        assert not service.is_idle
        async with asyncio.timeout(20):
            while not service.is_idle:  # noqa: ASYNC110 (the service's own task)
                await asyncio.sleep(0.01)
        (task,) = await store.tasks(NOW)
        assert (task.trying, task.tries, task.due <= NOW) == (None, 0, True)


async def test_the_file_unsays_nothing_of_a_try_that_is_over(tmp_path: Path) -> None:
    """A call so short that the file is read when it is over: its try is not begun once more."""
    told = [
        event("CHAN_START"),
        event(ASKED),
        event(Milestone.CALLBACK_DIALLED, extra="1|a.wav"),
        event("BRIDGE_ENTER"),
        event("HANGUP"),
        event("LINKEDID_END"),
    ]
    async with serving(tmp_path / "home") as (service, link, store):
        service.take(told[0], live=True)
        service.take(told[1], live=True)
        await asyncio.wait_for(link.asked.get(), 20)
        for each in told[2:]:
            service.take(each, live=True)
        async with asyncio.timeout(20):
            while not service.is_idle:  # noqa: ASYNC110 (the service's own task)
                await asyncio.sleep(0.01)
        for each in told:
            service.take(each, live=False)
            assert service.is_idle, each.kind
        assert await store.unfinished("node1") == []


@pytest.mark.parametrize("times", [1, 2])
async def test_a_new_router_goes_on_with_the_tries_of_the_old(tmp_path: Path, times: int) -> None:
    """What the file tells completes them, once or twice told."""
    async with serving(tmp_path / "home") as (service, link, store):
        service.take(event(ASKED), live=True)
        await asyncio.wait_for(link.asked.get(), 20)
        any_link: Any = link
        other = Callbacks("node1", any_link, store, lambda: PLAN, now=lambda: NOW)
        other.restore(await store.unfinished("node1"))
        running = asyncio.create_task(other.run())
        for _ in range(times):
            other.take(event(Milestone.CALLBACK_DIALLED, extra="1|a.wav"), live=False)
            other.take(event("BRIDGE_ENTER"), live=False)
            other.take(event("HANGUP"), live=False)
            other.take(event("LINKEDID_END"), live=False)
        async with asyncio.timeout(20):
            while not other.is_idle:  # noqa: ASYNC110 (the service's own task)
                await asyncio.sleep(0.01)
        running.cancel()
        assert await store.tasks(NOW) == []
        assert await store.unfinished("node1") == []
