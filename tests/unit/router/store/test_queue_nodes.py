"""Several nodes on one database: what lies in an outbox is sent by one of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from router.store import open_engine
from router.store.hook_tables import hook_posts, hooks
from router.store.hooks import HookQueue
from router.store.outbox import ADOPT_AFTER, CLAIM, Notification, Outbox, Queue
from router.store.rows import to_us
from router.store.tables import outbox
from router.store.writer import CallWriter
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("postgresql"),
]
NODES = ("node1", "node2", "node3")
MANY = 60


async def queued(engine: AsyncEngine, count: int) -> None:
    """Messages of a node that is gone, each to its own target."""
    writer = CallWriter(engine)
    writer.start()
    writer.put(
        replace(closed("a"), node="gone"),
        [
            Notification(
                f"{number:04}",
                "gone",
                "a",
                "damkar",
                "call_ringing",
                "sms",
                "{}",
                at(0),
                target=f"{number}",
            )
            for number in range(count)
        ],
    )
    assert await writer.close()


async def all_sent(
    settings: Settings, make: Callable[[AsyncEngine, str], Queue], count: int, now: datetime
) -> Counter[str]:
    """By how many of three nodes, that look at once, each message was sent."""
    async with AsyncExitStack() as stack:
        queues = []
        for node in NODES:
            engine = open_engine(settings.database)
            stack.push_async_callback(engine.dispose)
            queues.append(make(engine, node))
        done: Counter[str] = Counter()

        async def work(queue: Queue) -> None:
            while (await queue.waiting())[0]:
                for due in await queue.due(now, 3):
                    done[due.id] += 1
                    await asyncio.sleep(0)  # Sending takes its time: the others look meanwhile.
                    await queue.delivered(due, now)

        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            for queue in queues:
                tasks.create_task(work(queue))
        assert len(done) == count
        return done


async def test_what_a_lost_node_left_is_sent_once(engine: AsyncEngine, settings: Settings) -> None:
    """Three nodes take over the messages of a fourth at once: each goes once."""
    await queued(engine, MANY)
    now = at(0) + ADOPT_AFTER
    done = await all_sent(settings, lambda each, node: Outbox(each, node, "sms"), MANY, now)
    assert set(done.values()) == {1}


async def test_a_post_of_no_node_is_sent_once(engine: AsyncEngine, settings: Settings) -> None:
    """Posts about what belongs to no node are everybody's, and go once, in their order."""
    hook = {"name": "a", "address": "http://127.0.0.1", "events": "", "personal": 0, "secret": "s"}
    post = {"node": "", "call_id": "", "event": "test", "payload": "{}", "attempts": 0}
    async with engine.begin() as connection:
        for number in (1, 2, 3, 4):
            made = {**hook, "id": number, "made": 0, "who": "ani", "since": 0}
            await connection.execute(insert(hooks), made)
        for number in range(MANY):
            times = {"created": to_us(at(number)), "next_try": to_us(at(number))}
            row = {**post, **times, "id": f"{number:04}", "target": number % 4 + 1}
            await connection.execute(insert(hook_posts), row)
    done = await all_sent(settings, HookQueue, MANY, at(MANY))
    assert set(done.values()) == {1}


async def test_a_claim_ends_with_its_time_and_only_its_holder_gives_it_back(
    engine: AsyncEngine,
) -> None:
    """Another node gets what was claimed only after its time; a late failure changes nothing."""
    await queued(engine, 1)
    first, second = (Outbox(engine, node, "sms") for node in NODES[:2])
    now = at(0) + ADOPT_AFTER
    (mine,) = await first.due(now, 8)
    assert await second.due(now + CLAIM - timedelta(seconds=1), 8) == []
    (theirs,) = await second.due(now + CLAIM, 8)
    assert theirs == mine
    await first.failed(mine, now, "late")
    assert await first.due(now + CLAIM, 8) == []
    await second.failed(theirs, now + CLAIM, "no answer")
    (again,) = await first.due(now + CLAIM + ADOPT_AFTER, 8)
    assert again.attempts == 1


async def test_what_another_is_just_claiming_is_passed_by(
    engine: AsyncEngine, settings: Settings
) -> None:
    """A node that stands still within its claim keeps nobody waiting, and loses nothing."""
    await queued(engine, 2)
    now = at(0) + ADOPT_AFTER
    other = open_engine(settings.database)
    try:
        async with other.connect() as held:
            await held.execute(update(outbox).where(outbox.c.id == "0000").values(attempts=0))
            taken = await Outbox(engine, "node1", "sms").due(now, 8)
            assert [due.id for due in taken] == ["0001"]
            await held.rollback()
        taken = await Outbox(engine, "node1", "sms").due(now, 8, {"0001"})
        assert [due.id for due in taken] == ["0000"]
    finally:
        await other.dispose()
