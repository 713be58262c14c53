"""The worker, from a real outbox to a real web server."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from router.notify import Announcer, DeliveryPolicy, DeliveryWorker, Webhook, WebhookLimits
from router.store import CallWriter, Outbox, open_engine
from tests.unit.router.notify.receiver import Receiver
from tests.unit.router.store.records import BEGAN, at, record, unhurried

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

pytestmark = pytest.mark.engines

QUICK = DeliveryPolicy(
    poll_s=0.01, retry=timedelta(milliseconds=5), retry_max=timedelta(milliseconds=10)
)
HOUR = timedelta(hours=1)


@dataclass
class Delivery:
    """A worker that runs, and what it has done."""

    worker: DeliveryWorker
    tried: asyncio.Queue[tuple[str, str | None]] = field(default_factory=asyncio.Queue)


@asynccontextmanager
async def delivering(
    engine: AsyncEngine,
    receiver: Receiver,
    now: Callable[[], datetime],
    policy: DeliveryPolicy = QUICK,
    node: str = "node1",
) -> AsyncIterator[Delivery]:
    async with Webhook(receiver.address, WebhookLimits(total_s=5)) as webhook:
        worker = DeliveryWorker(Outbox(engine, node, "webhook"), webhook, policy, now)
        delivery = Delivery(worker)
        worker.on_tried = lambda key, fault: delivery.tried.put_nowait((key, fault))
        task = asyncio.create_task(worker.run())
        yield delivery
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


class Clock:
    """A clock that moves on at each look, so that every retry is soon due."""

    def __init__(self, step: timedelta = timedelta(seconds=1)) -> None:
        self.now = at(60)
        self.step = step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


async def queue(engine: AsyncEngine, *calls: str, agency: str | None = None) -> None:
    """Put a notification of each call into the outbox, each of an agency of its own, or of one."""
    announcer = Announcer(enabled=True, centre="112", zone=BEGAN.tzinfo)  # type: ignore[arg-type]
    writer = CallWriter(engine)
    writer.start()
    for number, call in enumerate(calls):
        writer.put(record(call), announcer.ringing(record(call), agency or call, at(number)))
    assert await writer.close()


async def rows(engine: AsyncEngine, columns: str) -> list[tuple[Any, ...]]:
    query = text(f"SELECT {columns} FROM outbox ORDER BY created")  # noqa: S608
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_a_fault_is_tried_again_under_the_same_key(
    engine: AsyncEngine,
) -> None:
    """After 500, 302 and 200 the notification is delivered: three posts, one key, one row."""
    await queue(engine, "a")
    async with (
        Receiver(statuses=[500, 302]).up() as receiver,
        delivering(engine, receiver, Clock()) as delivery,
    ):
        faults = [(await delivery.tried.get())[1] for _ in range(3)]
        assert await delivery.worker.outbox.waiting() == (0, None)
    assert faults == ["HTTP 500", "HTTP 302", None]
    assert len(set(receiver.keys)) == 1
    assert [got["call"] for got in receiver.got] == ["a"] * 3
    assert await rows(engine, "attempts, last_error, delivered IS NOT NULL") == [(3, None, 1)]
    assert delivery.worker.counters.delivered == 1
    assert delivery.worker.counters.failed == 2


async def test_a_receiver_that_comes_later_gets_it(engine: AsyncEngine) -> None:
    """While nobody listens it is tried again, and arrives once somebody does."""
    await queue(engine, "a")
    receiver = Receiver()
    async with delivering(engine, receiver, Clock()) as delivery:
        _, fault = await delivery.tried.get()
        assert str(fault).startswith("connect")
        async with receiver.up():
            while fault is not None:
                _, fault = await delivery.tried.get()
    assert [got["call"] for got in receiver.got] == ["a"]


async def test_what_was_on_its_way_is_sent_after_a_restart(
    engine: AsyncEngine, settings: Settings
) -> None:
    """A worker that ends in the middle of a post leaves it to the next one, under the same key."""

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    await queue(engine, "a", "b")
    receiver = Receiver(answer=hang)
    async with receiver.up():
        async with delivering(engine, receiver, Clock()):
            first = {await receiver.came.get(), await receiver.came.get()}
        receiver.answer = None
        again = open_engine(settings.database)
        async with delivering(again, receiver, Clock()) as delivery:
            tried = {await delivery.tried.get(), await delivery.tried.get()}
        await again.dispose()
    assert tried == {(key, None) for key in first}


async def test_the_oldest_goes_first_and_few_at_once(engine: AsyncEngine) -> None:
    """With room for one post at a time, calls arrive in the order of their notifications."""
    calls = [str(number) for number in range(9, 0, -1)]
    await queue(engine, *calls)
    policy = DeliveryPolicy(at_once=1, poll_s=60)
    async with (
        Receiver().up() as receiver,
        delivering(engine, receiver, Clock(), policy) as delivery,
    ):
        for _ in calls:
            await delivery.tried.get()
    assert [got["call"] for got in receiver.got] == calls


async def test_what_one_agency_is_told_arrives_in_its_order(engine: AsyncEngine) -> None:
    """While the first is refused the next waits, whatever there is room for; others do not."""
    await queue(engine, "a", "b", agency="damkar")
    await queue(engine, "c", agency="rsud")

    async def answer(request: web.Request) -> web.StreamResponse:
        is_first = (await request.json())["call"] == "a"
        return web.Response(status=503 if is_first and len(receiver.got) < 4 else 200)

    receiver = Receiver(answer=answer)
    async with receiver.up(), delivering(engine, receiver, Clock()) as delivery:
        while await delivery.worker.outbox.waiting() != (0, None):
            await delivery.tried.get()
    of_damkar = [got["call"] for got in receiver.got if got["agency"] == "damkar"]
    assert of_damkar[-2:] == ["a", "b"]
    assert set(of_damkar[:-1]) == {"a"}
    assert "c" in [got["call"] for got in receiver.got[:3]]


async def test_no_more_than_allowed_are_under_way(engine: AsyncEngine) -> None:
    """While posts hang, as many as allowed are under way and no more is begun."""
    release = asyncio.Event()

    async def hold(_: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.Response()

    await queue(engine, *"abcdefg")
    policy = DeliveryPolicy(at_once=3, poll_s=0.001)
    async with (
        Receiver(answer=hold).up() as receiver,
        delivering(engine, receiver, Clock(), policy) as delivery,
    ):
        for _ in range(3):
            await receiver.came.get()
        held = len(receiver.got)
        release.set()
        for _ in range(7):
            await delivery.tried.get()
    assert held == 3
    assert sorted(got["call"] for got in receiver.got) == list("abcdefg")


async def test_after_a_day_it_is_given_up_and_kept(engine: AsyncEngine) -> None:
    """Faults for 24 hours end in one error without number or address; the row stays, untried."""
    await queue(engine, "a")
    with structlog.testing.capture_logs() as logs:
        async with delivering(engine, Receiver(), Clock(step=2 * HOUR)) as delivery:
            while not delivery.worker.counters.given_up:
                await delivery.tried.get()
            assert await delivery.worker.outbox.waiting() == (0, None)
    assert [line["event"] for line in logs] == ["notification_given_up"]
    assert "s3cret" not in str(logs)
    assert "+62811" not in str(logs)
    ((attempts, error, given_up, delivered),) = await rows(
        engine, "attempts, last_error, given_up IS NOT NULL, delivered"
    )
    assert 1 < attempts <= 13
    assert error.startswith("connect")
    assert (given_up, delivered) == (1, None)


async def test_what_another_node_left_lying_is_adopted(engine: AsyncEngine) -> None:
    """A notification of another node is left to it for a minute, then delivered by any."""
    await queue(engine, "a")
    other = Outbox(engine, "node2", "webhook")
    assert await other.due(at(59), 9) == []
    assert [due.call_id for due in await other.due(at(61), 9)] == ["a"]


@pytest.mark.sqlite
async def test_a_database_that_cannot_be_written_causes_no_flood(
    engine: AsyncEngine, settings: Settings
) -> None:
    """Delivered but not to be marked so, it is not sent again; it is marked once that works."""
    await queue(engine, "a")
    quick = open_engine(settings.database, busy_s=0.01)
    other = sqlite3.connect(settings.home / "siaga.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with structlog.testing.capture_logs() as logs:
        async with (
            Receiver().up() as receiver,
            delivering(quick, receiver, Clock()) as delivery,
        ):
            await receiver.came.get()
            while not delivery.worker.counters.outages:  # noqa: ASYNC110 (nothing else tells)
                await asyncio.sleep(0)
            assert delivery.tried.empty()
            other.execute("ROLLBACK")
            other.close()
            await delivery.tried.get()
    assert len(receiver.got) == 1
    assert [line["event"] for line in logs] == ["outbox_away"]
    assert await rows(engine, "delivered IS NOT NULL") == [(1,)]
    await quick.dispose()


@unhurried
@given(st.integers(1, 10_000))
def test_the_pause_grows_to_its_limit(attempts: int) -> None:
    """Each pause is between half and the whole of the doubled one, never over the limit."""
    policy = DeliveryPolicy()
    full = min(policy.retry * 2 ** min(attempts - 1, 20), policy.retry_max)
    assert full / 2 <= policy.delay(attempts) <= full
