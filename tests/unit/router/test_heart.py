"""An Asterisk that is gone has its callers called back; a call that was up after all goes on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from router.calls.record import Outcome, Reason
from router.calls.tracker import CallTracker
from router.nodes import heart
from router.nodes.heart import Heart
from router.nodes.port import AsteriskPort
from router.store.nodes import NodeStore, lost
from tests.unit.router.store.records import BEGAN, at, closed, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

TALKS = replace(closed("talks"), ended=None, outcome=None, reason=None)
MENU = record("menu")


@dataclass
class Following:
    """Whether all is heard."""

    hears: bool = False


@dataclass
class Bench:
    """A heart with two calls, and what it has written."""

    heart: Heart
    follower: Following
    written: asyncio.Queue[CallRecord]

    async def beats(self, count: int) -> list[CallRecord]:
        """Until so many records were written; gives them."""
        work = asyncio.create_task(self.heart.run())
        async with asyncio.timeout(20):
            found = [await self.written.get() for _ in range(count)]
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        return found


@pytest.fixture
async def bench(
    engine: AsyncEngine, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    """Nobody listens at the port of its Asterisk."""
    monkeypatch.setattr(heart, "BEAT_S", 0.01)
    monkeypatch.setattr(heart, "REFUSED_S", 0.1)
    tracker, follower = CallTracker("node1"), Following()
    for each in (TALKS, MENU):
        assert tracker.restore(each)
    store = NodeStore(engine, "node1")
    written: asyncio.Queue[CallRecord] = asyncio.Queue()
    port = AsteriskPort("127.0.0.1", unused_tcp_port)
    made = Heart(
        store,
        is_shared=False,
        tracker=tracker,
        follower=follower,
        asterisk=port,
        state=dict,
        put=written.put_nowait,
        now=lambda: at(100),
        gone=print,
    )
    yield Bench(made, follower, written)
    store.close()


async def test_callers_of_an_asterisk_that_is_gone_are_ended_once(bench: Bench) -> None:
    """Each as it was, with the reason; the calls themselves wait for the truth."""
    found = await bench.beats(2)
    told = {each.id: (each.reason, each.outcome, each.ended) for each in found}
    assert told == {
        "talks": (Reason.NODE_LOST, Outcome.ANSWERED, at(100)),
        "menu": (Reason.NODE_LOST, Outcome.LOST, at(100)),
    }
    assert bench.written.empty()
    assert {state.record.id for state in bench.heart.tracker.open()} == {"talks", "menu"}


async def test_a_call_that_was_up_after_all_is_written_again(bench: Bench) -> None:
    """Once it is known which are, and not before."""
    bench.heart.doubt([lost(TALKS, BEGAN)])
    bench.follower.hears = True
    found = await bench.beats(1)
    assert [(each.id, each.ended) for each in found] == [("talks", None)]
    assert bench.heart.doubted == set()
