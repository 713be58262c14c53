"""Giving out whom to call back: one task to one operator, by the rule, never without a trace."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from router.callbacks.attempt import RING_S, Try, TryResult
from router.calls.record import Outcome
from router.store import CallWriter
from router.store.callbacks import CallbackStore, NotOpenError
from siaga.settings import CallbackRule
from tests.unit.router.store.records import at, closed, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

pytestmark = pytest.mark.engines

RULE = CallbackRule(tries=2, gap_s=300)
FIRST, SECOND = "081200000001", "081200000002"


def left(call: str, number: str, began: float) -> CallRecord:
    """A caller who left in the menu."""
    return closed(
        call,
        caller=number,
        began=at(began),
        ended=at(began + 5),
        answered=None,
        steps=(),
        outcome=Outcome.ABANDONED_MENU,
    )


def pressed(call: str, seconds: float) -> Try:
    """An operator asks."""
    return Try("node1", call, "101", at(seconds))


def anyone(_number: str) -> bool:
    """Every number can be dialled."""
    return True


async def put(engine: AsyncEngine, *records: CallRecord) -> None:
    """Have the router write records."""
    writer = CallWriter(engine)
    writer.start()
    for each in records:
        writer.put(each)
    assert await writer.close()


@pytest.fixture
async def store(engine: AsyncEngine) -> AsyncIterator[CallbackStore]:
    """A list with two callers on it, the second of whom waits longer."""
    await put(engine, left("1", FIRST, 10), left("2", SECOND, 0))
    made = CallbackStore(engine, RULE)
    yield made
    made.close()


async def claimed(store: CallbackStore, call: str, seconds: float) -> str | None:
    """The number that an operator is given."""
    task = await store.claim(pressed(call, seconds), at(seconds), anyone)
    return None if task is None else task.number


async def test_whoever_waits_longest_is_given_first_and_once(store: CallbackStore) -> None:
    """To each operator another one; asked again in one call, the same."""
    assert await claimed(store, "a", 60) == SECOND
    assert await claimed(store, "a", 61) == SECOND
    assert await claimed(store, "b", 61) == FIRST
    assert await claimed(store, "c", 61) is None
    assert [task.trying for task in await store.tasks(at(62))] == ["101", "101"]


async def test_many_at_once_get_one_each(engine: AsyncEngine, store: CallbackStore) -> None:
    """From two routers that share a database, too."""
    other = CallbackStore(engine, RULE)
    given = await asyncio.gather(
        *(claimed(each, f"{index}-{n}", 60) for index, each in enumerate((store, other))
          for n in range(4))
    )  # fmt: skip
    other.close()
    assert sorted(number for number in given if number) == [FIRST, SECOND]


async def test_who_is_in_a_call_now_or_has_no_way_out_is_passed_over(
    engine: AsyncEngine, store: CallbackStore
) -> None:
    """Whoever calls again just now is not disturbed; a number of no trunk is not given."""
    await put(engine, record("3", caller=f"+62{SECOND[1:]}"))
    assert await claimed(store, "a", 60) == FIRST
    task = await store.claim(pressed("b", 60), at(60), lambda number: number != SECOND)
    assert task is None


async def test_unanswered_tries_wait_their_time_and_close_the_task(store: CallbackStore) -> None:
    """After as many as the rule has; those that were given up at once do not count."""
    for call, seconds, ring in (("a", 60, 1), ("b", 70, RING_S), ("c", 500, RING_S)):
        assert await claimed(store, call, seconds) == SECOND
        done = replace(
            pressed(call, seconds), dialled=at(seconds), ended=at(seconds + ring), over=True
        )
        await store.put(done)
        await store.put(done)
        if call == "b":
            waiting = {task.number: task for task in await store.tasks(at(120))}
            assert waiting[SECOND].due == at(70 + RING_S + 300)
            assert (waiting[SECOND].tries, waiting[SECOND].unanswered) == (2, 1)
            assert await claimed(store, "x", 120) == FIRST
            await store.put(replace(pressed("x", 120), answered=at(125), ended=at(130), over=True))
    assert await store.tasks(at(900)) == []


async def test_a_caller_who_calls_again_is_due_at_once(
    engine: AsyncEngine, store: CallbackStore
) -> None:
    """He is at his telephone, whatever the rule's gap is."""
    await store.claim(pressed("a", 60), at(60), anyone)
    await store.put(replace(pressed("a", 60), dialled=at(60), status="BUSY", ended=at(61)))
    await put(engine, left("3", SECOND, 90))
    assert await claimed(store, "b", 100) == FIRST
    assert await claimed(store, "c", 100) == SECOND


async def test_a_try_of_which_nothing_is_heard_holds_nobody_for_ever(store: CallbackStore) -> None:
    """As after a power cut in the middle of it: it stays, as one that nothing tells about."""
    assert await claimed(store, "a", 60) == SECOND
    assert [attempt.call for attempt in await store.unfinished("node1")] == ["a"]
    later = 60 + 2 * RING_S + 1
    assert await claimed(store, "b", later) == SECOND
    assert [attempt.call for attempt in await store.unfinished("node1")] == ["b"]


async def test_an_answer_closes_the_task_while_they_still_talk(store: CallbackStore) -> None:
    """With the handset that reached him; a try that was given nothing is of no interest."""
    assert await claimed(store, "a", 60) == SECOND
    talking = replace(pressed("a", 60), dialled=at(61), answered=at(70))
    assert talking.result is TryResult.ANSWERED
    await store.put(talking)
    await store.put(pressed("nobody", 60))
    assert [task.number for task in await store.tasks(at(71))] == [FIRST]


async def test_a_task_is_closed_by_hand_once(store: CallbackStore) -> None:
    """One that is closed, or was never there, is refused."""
    task = (await store.tasks(at(60)))[0]
    await store.close_task(task.id, "Budi", "salah sambung", at(60))
    for unknown in (task.id, 4711):
        with pytest.raises(NotOpenError):
            await store.close_task(unknown, "Budi", "lagi", at(61))
    assert [each.number for each in await store.tasks(at(61))] == [FIRST]


async def test_calls_without_a_number_are_counted(
    engine: AsyncEngine, store: CallbackStore
) -> None:
    """Since a moment; those that were answered are not among them."""
    await put(engine, left("3", "anonymous", 10), closed("4", caller=""))
    assert await store.unreachable(at(0)) == 1
    assert await store.unreachable(at(0) + timedelta(days=1)) == 0
