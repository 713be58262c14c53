"""What is done to a call of another node is done there, and one that is away is told in words."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from router.api import Services, build_app
from router.nodes.errands import Errands
from router.store.node_requests import NodeRequests, Request
from router.store.nodes import NodeStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web
    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("postgresql"),
]
TOKEN = "secret"


class Node:
    """A router's interface with its errands; what is transferred there is kept."""

    def __init__(self, name: str, engine: AsyncEngine) -> None:
        self.name = name
        self.sent: list[tuple[str, str]] = []
        self.requests = NodeRequests(engine, name)
        self.store = NodeStore(engine, name)

    async def transfer(self, call: str, agency: str) -> None:
        """Keep it."""
        self.sent.append((call, agency))

    async def start(self, port: int) -> TestClient[web.Request, web.Application]:
        """Serve."""
        base = f"http://127.0.0.1:{port}"
        self.errands = Errands(self.name, self.requests, base, TOKEN)
        app = build_app(
            Services(TOKEN, dict, dict, self.transfer, errands=self.errands)  # type: ignore[arg-type]
        )
        client = TestClient(TestServer(app, port=port))
        await client.start_server()
        return client


@pytest.fixture
async def pair(engine: AsyncEngine, unused_tcp_port_factory: Any) -> AsyncIterator[list[Any]]:
    """Two nodes that live, the second of which does what is asked."""
    nodes = [Node(name, engine) for name in ("node1", "node2")]
    clients = [await node.start(unused_tcp_port_factory()) for node in nodes]
    for node in nodes:
        await node.store.beat({}, 60.0)
    work = asyncio.create_task(nodes[1].errands.run())
    yield [nodes, clients[0]]
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    for client, node in zip(clients, nodes, strict=True):
        await client.close()
        node.requests.close()
        node.store.close()


async def asked(client: Any, call: str) -> tuple[int, dict[str, Any]]:
    """The answer to a transfer of this call."""
    response = await client.post(
        "/api/transfer",
        json={"call": call, "agency": "damkar"},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    return response.status, await response.json()


async def test_a_command_reaches_the_node_of_its_call(pair: list[Any]) -> None:
    """Its answer comes back; a call of one's own, or of no node, does not leave."""
    (one, two), client = pair
    assert await asked(client, "node2-17.1") == (200, {"call": "node2-17.1", "agency": "damkar"})
    assert await asked(client, "node1-17.2") == (200, {"call": "node1-17.2", "agency": "damkar"})
    assert (await asked(client, "nobody-17.3"))[0] == 200
    assert (two.sent, one.sent) == (
        [("node2-17.1", "damkar")],
        [("node1-17.2", "damkar"), ("nobody-17.3", "damkar")],
    )


async def test_a_node_that_is_away_is_told_in_words(pair: list[Any]) -> None:
    """At once, and what was asked of it is not done when it is back."""
    (_, two), client = pair
    await two.store.beat({}, -1.0)
    two.requests.take = _nothing
    status, body = await asked(client, "node2-17.1")
    assert (status, body["error"]) == (503, "node_away")
    assert "node2" in body["message"]
    await two.store.beat({}, 60.0)
    assert await NodeRequests.take(two.requests) == []
    assert two.sent == []


async def test_only_what_concerns_calls_and_plans_is_done_for_another(pair: list[Any]) -> None:
    """Whoever can write into the database has no other part of the interface."""
    (one, two), _ = pair
    for path in ("/api/incidents", "/api/dispatch/../incidents", "/api/dispatch/../transfer"):
        answer = await one.errands.ask("node2", path, "{}")
        assert answer.status == 404
    assert two.sent == []


async def test_what_is_asked_is_taken_once(engine: AsyncEngine) -> None:
    """However often a node looks, and it cannot be withdrawn then."""
    one, two = NodeRequests(engine, "node1"), NodeRequests(engine, "node2")
    try:
        name = await one.put("node2", Request("POST", "/api/transfer", "{}"), 60.0)
        taken = [*await two.take(), *await two.take()]
        assert [each.id for each in taken] == [name]
        assert not await one.withdraw(name)
        late = await one.put("node2", Request("POST", "/api/transfer", "{}"), -1.0)
        assert await two.take() == []
        assert await one.withdraw(late)
    finally:
        one.close()
        two.close()


async def _nothing() -> list[Any]:
    return []
