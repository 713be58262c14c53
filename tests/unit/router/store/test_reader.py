"""Reading calls: pages, open ones, and changes as another process sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.store import CallReader, CallWriter, Cursor, WriterPolicy
from tests.unit.router.store.records import at, closed, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

pytestmark = pytest.mark.engines


@pytest.fixture
async def writer(engine: AsyncEngine) -> AsyncIterator[CallWriter]:
    writer = CallWriter(engine, WriterPolicy(pause_s=0))
    writer.start()
    yield writer
    await writer.close()


async def write(writer: CallWriter, *records: CallRecord) -> None:
    for each in records:
        writer.put(each)
        assert await writer.flush()


async def test_pages_hold_every_call_once(writer: CallWriter, reader: CallReader) -> None:
    """Page by page, newest first, every call comes once, also those that began together."""
    made = [record(str(number), began=at(number // 3)) for number in range(10)]
    await write(writer, *made)
    seen: list[CallRecord] = []
    before = None
    while page := await reader.calls(4, before):
        seen += page
        before = Cursor.of(page[-1])
    assert seen == sorted(made, key=Cursor.of, reverse=True)


async def test_open_calls_are_those_that_are_up(writer: CallWriter, reader: CallReader) -> None:
    """Closed calls and, when one is named, other nodes' are left out; oldest first."""
    later, first = record("a", began=at(9)), record("b")
    await write(writer, later, first, closed("c"), record("d", node="node2", began=at(20)))
    assert await reader.open_calls("node1") == [first, later]
    assert len(await reader.open_calls()) == 3


async def test_an_unknown_call_is_none(reader: CallReader) -> None:
    """There is no such call: None."""
    assert await reader.call("node1", "x") is None


async def test_a_follower_sees_each_change_as_it_is_now(
    writer: CallWriter, reader: CallReader
) -> None:
    """After a position come the calls changed since, once each, in the order of their change."""
    await write(writer, record("a"), record("b"))
    position = await reader.position()
    await write(writer, record("c"), closed("a"), record("b", handset="1"), record("c", tier=2))
    changes = await reader.changes(position)
    assert changes.records == (closed("a"), record("b", handset="1"), record("c", tier=2))
    assert not changes.more
    assert (await reader.changes(changes.position)).records == ()


async def test_a_follower_in_small_steps_misses_nothing(
    writer: CallWriter, reader: CallReader
) -> None:
    """With a limit, going on from each position gives all, across nodes and unused numbers."""
    made = [record(str(number), node=f"node{number % 2}") for number in range(9)]
    await write(writer, *made, *made)
    seen: list[CallRecord] = []
    position: dict[str, int] = {}
    more = True
    while more:
        changes = await reader.changes(position, limit=2)
        seen += changes.records
        position, more = dict(changes.position), changes.more
    assert sorted(seen, key=Cursor.of) == sorted(made, key=Cursor.of)


async def test_a_node_that_joins_is_followed(writer: CallWriter, reader: CallReader) -> None:
    """Calls of a node that had none before are among the changes."""
    await write(writer, record("a"))
    position = await reader.position()
    await write(writer, record("a", node="node2"))
    assert [call.node for call in (await reader.changes(position)).records] == ["node2"]
