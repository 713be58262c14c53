"""``siaga112 nodes``: which there are, and one that is gone for good is taken off the list."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ops import nodes as command
from router.store.errors import NodeHasCallsError, NodeLivesError, NodeUnknownError
from router.store.node_requests import NodeRequests, Request
from router.store.nodes import NodeStore
from router.store.trail import Search, Trail
from router.store.writer import CallWriter
from tests.unit.router.store.records import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.settings import Settings

POSTGRESQL = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("postgresql"),
]


def postgresql(test: object) -> object:
    """Marks of a test that needs what nodes share."""
    for mark in POSTGRESQL:
        test = mark(test)  # type: ignore[operator]
    return test


@pytest.fixture
async def gone(engine: AsyncEngine) -> AsyncIterator[NodeStore]:
    """Node 1, which said once that it lives, beside node 2, which does."""
    one, two = NodeStore(engine, "node1"), NodeStore(engine, "node2")
    await one.beat({"plan": "abc", "version": "0.2.0", "calls": 1}, -1.0)
    await two.beat({}, 60.0)
    yield one
    one.close()
    two.close()


async def names(engine: AsyncEngine) -> list[str]:
    """Of the nodes on the list."""
    store = NodeStore(engine, "node2")
    try:
        return [node.name for node in await store.all()]
    finally:
        store.close()


@postgresql
@pytest.mark.usefixtures("gone")
async def test_each_node_is_listed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """With whether it lives, for people and for machines."""
    await command.show(settings, as_json=True)
    one, two = map(json.loads, capsys.readouterr().out.splitlines())
    assert (one["node"], one["state"], one["plan"], one["calls"]) == ("node1", "away", "abc", 1)
    assert (two["node"], two["state"], two["plan"]) == ("node2", "lives", None)
    await command.show(settings, as_json=False)
    shown = capsys.readouterr().out
    assert "node1" in shown
    assert "hilang" in shown


@postgresql
@pytest.mark.usefixtures("gone")
async def test_one_that_is_gone_is_forgotten_and_it_is_told_who_did(
    settings: Settings, engine: AsyncEngine
) -> None:
    """What was asked of it goes too; one that is not there is not forgotten twice."""
    requests = NodeRequests(engine, "node2")
    await requests.put("node1", Request("POST", "/api/transfer", "{}"), 60.0)
    assert "dilupakan" in await command.forget(settings, "node1", "ani")
    assert await names(engine) == ["node2"]
    found = NodeRequests(engine, "node1")
    assert await found.take() == []
    (entry,) = await Trail(engine).find(Search(), 10)
    assert (entry.actor.who, entry.what, entry.object) == ("ani", "node_forgotten", "node1")
    with pytest.raises(NodeUnknownError):
        await command.forget(settings, "node1", "ani")
    requests.close()
    found.close()


@postgresql
async def test_one_that_lives_is_not_forgotten(
    settings: Settings, engine: AsyncEngine, gone: NodeStore
) -> None:
    """Nor one whose router alone is away, nor one whose calls have no end yet."""
    with pytest.raises(NodeLivesError):
        await command.forget(settings, "node2", None)
    await gone.witness()
    with pytest.raises(NodeLivesError):
        await command.forget(settings, "node1", None)
    other = NodeStore(engine, "node3")
    await other.beat({}, -1.0)
    writer = CallWriter(engine)
    writer.start()
    writer.put(replace(record("up"), node="node3"))
    assert await writer.close()
    with pytest.raises(NodeHasCallsError):
        await command.forget(settings, "node3", None)
    other.close()
    two = NodeStore(engine, "node2")
    await two.end_lost()
    two.close()
    await command.forget(settings, "node3", None)
    assert await names(engine) == ["node1", "node2"]
    assert [entry.object for entry in await Trail(engine).find(Search(), 10)] == ["node3"]


@pytest.mark.usefixtures("fresh")
async def test_one_on_sqlite_is_alone(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to list, nor to forget."""
    await command.show(settings, as_json=False)
    assert "sendirian" in capsys.readouterr().out
    with pytest.raises(NodeUnknownError):
        await command.forget(settings, "node1", None)
