"""Nodes on one database: the callers of one that is gone, and what is true when it is back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from router.calls.record import Outcome, Reason
from router.store import CallbackStore, CallReader
from router.store.nodes import NodeStore, lost
from router.store.writer import CallWriter
from tests.unit.router.store.records import BEGAN, at, closed, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from router.store.callbacks import Task

pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("postgresql"),
]
TALKS = replace(closed("talks"), caller="081200000001", ended=None, outcome=None, reason=None)
MENU = record("menu", caller="081200000002")
ELSEWHERE = replace(MENU, node="node2", caller="081200000003")
OVERDUE = -1.0


@pytest.fixture
async def mine(engine: AsyncEngine) -> AsyncIterator[NodeStore]:
    """Of the node that dies."""
    store = NodeStore(engine, "node1")
    yield store
    store.close()


@pytest.fixture
async def other(engine: AsyncEngine) -> AsyncIterator[NodeStore]:
    """Of the node that sees it."""
    store = NodeStore(engine, "node2")
    yield store
    store.close()


async def written(engine: AsyncEngine, *records: CallRecord) -> None:
    """These records, as a router writes them."""
    writer = CallWriter(engine)
    writer.start()
    for each in records:
        writer.put(each)
    assert await writer.close()


async def tasks(engine: AsyncEngine) -> dict[str, Task]:
    """Who is to be called back, by number."""
    store = CallbackStore(engine)
    try:
        return {task.number: task for task in await store.tasks(datetime.now(UTC))}
    finally:
        store.close()


async def test_callers_of_a_node_that_is_gone_are_called_back_once(
    engine: AsyncEngine, mine: NodeStore, other: NodeStore
) -> None:
    """Who talked and who was in the menu, with the reason; those of a node that lives are not."""
    await written(engine, TALKS, MENU, ELSEWHERE)
    assert not await mine.beat({}, OVERDUE)
    await other.beat({}, 60.0)
    (gone,) = await other.end_lost()
    assert {each.id for each in gone.calls} == {"talks", "menu"}
    assert await other.end_lost() == []
    listed = await tasks(engine)
    assert set(listed) == {TALKS.caller, MENU.caller}
    assert {(task.outcome, task.reason, task.node) for task in listed.values()} == {
        ("lost", "node_lost", "node1")
    }
    reader = CallReader(engine)
    assert [each.id for each in await reader.open_calls()] == ["menu"]  # of node2
    talked = await reader.call("node1", "talks")
    assert talked is not None
    assert (talked.reason, talked.outcome) == (Reason.NODE_LOST, Outcome.ANSWERED)
    assert talked.answered == TALKS.answered


async def test_a_node_that_lives_is_not_lost(mine: NodeStore, other: NodeStore) -> None:
    """Nor is one that says nothing of itself because it is of an older version."""
    await mine.beat({"plan": "abc"}, 60.0)
    await other.beat({}, OVERDUE)
    assert await other.end_lost() == []
    assert [(node.name, node.is_away) for node in await other.all()] == [
        ("node1", False),
        ("node2", True),
    ]


async def test_a_node_whose_router_alone_is_gone_is_not_lost(
    engine: AsyncEngine, mine: NodeStore, other: NodeStore
) -> None:
    """Its console sees its Asterisk: calls go on there, and nobody is called back."""
    await written(engine, TALKS)
    await mine.beat({}, OVERDUE)
    await mine.witness()
    assert await other.end_lost() == []
    assert [node.is_away for node in await other.all()] == [True]
    assert await tasks(engine) == {}


async def test_what_the_file_tells_later_completes_the_record(
    engine: AsyncEngine, mine: NodeStore, other: NodeStore
) -> None:
    """The node is back, and its file tells that the caller was served: nobody calls him."""
    await written(engine, TALKS)
    await mine.beat({}, OVERDUE)
    await other.end_lost()
    assert await mine.beat({}, 60.0)
    (doubted,) = await mine.taken_for_lost()
    assert (doubted.id, doubted.ended) == ("talks", None)
    true = replace(TALKS, ended=at(90), outcome=Outcome.ANSWERED, reason=Reason.CALLER_HUNG_UP)
    await written(engine, true)
    (kept,) = await CallReader(engine).calls(10)
    assert kept == true
    assert await tasks(engine) == {}
    assert await mine.taken_for_lost() == []


async def test_who_was_cut_off_stays_on_the_list(
    engine: AsyncEngine, mine: NodeStore, other: NodeStore
) -> None:
    """The node is back, and its Asterisk was started anew: still one record, still one task."""
    await written(engine, TALKS)
    await mine.beat({}, OVERDUE)
    await other.end_lost()
    (task,) = (await tasks(engine)).values()
    true = replace(TALKS, ended=at(95), outcome=Outcome.ANSWERED, reason=Reason.RESTARTED)
    await written(engine, true)
    (again,) = (await tasks(engine)).values()
    assert (again.id, again.reason) == (task.id, "restarted")
    assert [each.id for each in await CallReader(engine).calls(10)] == ["talks"]


async def test_a_call_that_was_up_all_the_time_goes_on(
    engine: AsyncEngine, mine: NodeStore, other: NodeStore
) -> None:
    """Only the database was away: the record is open again, the call-back is off."""
    await written(engine, TALKS, MENU)
    await mine.beat({}, OVERDUE)
    await other.end_lost()
    await written(engine, TALKS)  # A record does not open itself again.
    assert await CallReader(engine).open_calls() == []
    await mine.reopen("talks")
    await mine.reopen("talks")
    await written(engine, TALKS)
    assert [each for each in await CallReader(engine).open_calls() if each == TALKS] == [TALKS]
    assert set(await tasks(engine)) == {MENU.caller}
    cut = replace(TALKS, ended=at(95), outcome=Outcome.ANSWERED, reason=Reason.RESTARTED)
    await written(engine, cut)
    assert set(await tasks(engine)) == {MENU.caller, TALKS.caller}


def test_the_end_of_a_lost_call_is_not_before_what_is_known_of_it(database: str) -> None:
    """A node's clock may be ahead of the database's."""
    assert database
    ended = lost(TALKS, BEGAN)
    assert ended.ended == at(80)
    assert lost(MENU, at(5)).outcome is Outcome.LOST
