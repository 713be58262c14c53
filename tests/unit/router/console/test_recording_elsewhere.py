"""A recording of another node: heard on this one's pages as its own are, and kept there alone."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from router.accounts.model import Role
from router.accounts.trail import Deed
from router.api import Services, build_app
from router.console.link import RouterLink
from router.console.service import opened
from router.nodes import errands
from router.nodes.errands import Errands
from router.storage import lent
from router.storage.lent import Lent
from router.store import CallReader
from router.store.node_forgetting import forget
from router.store.node_requests import NodeRequests
from router.store.node_tables import node_requests
from router.store.nodes import NodeStore
from siaga.plan import load_plan
from tests.unit.router.console.people import Clock, House, with_clock
from tests.unit.router.console.sound import put, wav
from tests.unit.router.console.test_records import ONE, SOUND, deeds, keep
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from siaga.settings import Settings

pytestmark = [
    pytest.mark.parametrize("database", ["postgresql"], indirect=True),
    pytest.mark.xdist_group("postgresql"),
]
TOKEN = "secret"
CONTENT = wav(8000, 0, 16000)
PIECE = 20_000


class Node:
    """A router's interface and a console of it, both listening."""

    def __init__(self, settings: Settings, port: int) -> None:
        self.settings, self.port = settings, port
        self.clock = Clock()

    async def start(self, stack: AsyncExitStack) -> None:
        """Serve as long as the stack is open."""
        plan = load_plan(self.settings.plan).plan
        desk = await opened(stack, self.settings, lambda: plan, lambda _version: plan)
        link = RouterLink(self.port, TOKEN)
        await link.open()
        stack.push_async_callback(link.close)
        self.house = House(with_clock(replace(desk, link=link), self.clock), self.clock)
        engine, node = desk.engine, self.settings.node
        requests, self.store = NodeRequests(engine, node), NodeStore(engine, node)
        self.requests = requests
        stack.callback(requests.close)
        stack.callback(self.store.close)
        asking = Errands(node, requests, f"http://127.0.0.1:{self.port}", TOKEN)
        own = Lent(node, self.settings.recordings, CallReader(engine))
        services: Any = Services(TOKEN, dict, dict, None, errands=asking, lent=own)  # type: ignore[arg-type]
        server = TestServer(build_app(services), port=self.port)
        await server.start_server()
        stack.push_async_callback(server.close)
        await self.house.serve()
        stack.push_async_callback(self.house.close)
        await self.store.beat({}, 60.0)
        working = asyncio.create_task(asking.run())
        stack.push_async_callback(_ended, working)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _nothing() -> list[Any]:
    return []


@pytest.fixture
async def nodes(
    settings: Settings, unused_tcp_port_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Node, Node]]:
    """The node that has the recording, and another."""
    monkeypatch.setattr(lent, "PIECE", PIECE)
    monkeypatch.setattr(errands, "LOOK_S", 0.01)
    made = tuple(
        Node(
            replace(settings, node=name, home=settings.home.parent / name),
            unused_tcp_port_factory(),
        )
        for name in ("node1", "node2")
    )
    async with AsyncExitStack() as stack:
        for node in made:
            await node.start(stack)
        has = made[0].house
        await keep(has, closed(recording=put(has.desk.settings.recordings, "a.wav", CONTENT)))
        yield made[0], made[1]


async def test_it_is_heard_on_another_nodes_page(nodes: tuple[Node, Node]) -> None:
    """Whole, in ranges, with outline and digest; one playback is put down, and no copy is left."""
    has, other = nodes
    browser = await other.house.inside("ani", Role.SUPERVISOR)
    await browser.get(ONE)
    assert "diambil dari node node1" in browser.page
    assert "recording.wav" in browser.page
    whole = await browser.ask("GET", SOUND)
    assert (whole.status, await whole.read()) == (200, CONTENT)
    assert whole.headers["Accept-Ranges"] == "bytes"
    etag = whole.headers["ETag"]
    for wanted, part in (("0-99", slice(0, 100)), ("30000-", slice(30_000, None))):
        answer = await browser.ask("GET", SOUND, headers={"Range": f"bytes={wanted}"})
        assert (answer.status, await answer.read()) == (206, CONTENT[part])
    last = await browser.ask("GET", SOUND, headers={"Range": "bytes=-50", "If-Range": etag})
    assert (last.status, await last.read()) == (206, CONTENT[-50:])
    assert last.headers["Content-Range"] == f"bytes {len(CONTENT) - 50}-48043/{len(CONTENT)}"
    held = {"Range": "bytes=0-9", "If-Range": '"another"'}
    assert (await browser.ask("GET", SOUND, headers=held)).status == 200
    for wanted in ("bytes=99999-", "bytes=9-1", "nonsense"):
        assert (await browser.ask("GET", SOUND, headers={"Range": wanted})).status == 416
    head = await browser.ask("HEAD", SOUND)
    assert head.headers["Content-Length"] == str(len(CONTENT))
    await browser.get(f"{ONE}/outline.json")
    assert json.loads(browser.page)["duration_ms"] == 3000
    await browser.get(f"{ONE}?verify=1")
    assert "Utuh" in browser.page
    assert await deeds(other.house, Deed.RECORDING_PLAYED) == [("ani", "node1-1.1")]
    assert not list(other.settings.home.rglob("*.wav"))
    async with has.house.desk.engine.connect() as connection:
        left = select(func.count()).select_from(node_requests)
        assert (await connection.execute(left)).scalar_one() == 0


async def test_who_may_not_hear_it_here_does_not_from_there(nodes: tuple[Node, Node]) -> None:
    """An operator, and what the record's path says is outside."""
    has, other = nodes
    operator = await other.house.inside("sari", Role.OPERATOR)
    assert (await operator.get(SOUND)).status == 403
    secret = has.settings.home / "secret"
    secret.write_bytes(CONTENT)
    outside = replace(closed().recording, path="../secret")  # type: ignore[type-var]
    await keep(has.house, replace(closed("node1-1.2"), recording=outside))
    chief = await other.house.inside("ani", Role.SUPERVISOR)
    assert (await chief.get("/records/node1/node1-1.2/recording.wav")).status == 404
    assert await deeds(other.house, Deed.RECORDING_PLAYED) == []


async def test_a_node_that_is_away_is_named(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In place of the sound and of the player; one that is forgotten too."""
    has, other = nodes
    monkeypatch.setattr(has.requests, "take", _nothing)
    browser = await other.house.inside("ani", Role.SUPERVISOR)
    await has.store.beat({}, -1.0)
    for path in (SOUND, f"{ONE}/outline.json"):
        assert (await browser.get(path)).status == 503
        assert "ada di node node1, yang sekarang tidak terjangkau" in browser.page
    await browser.get(f"{ONE}?verify=1")
    assert "recording.wav" not in browser.page
    assert "Node yang menyimpan berkas ini tidak terjangkau" in browser.page
    assert await deeds(other.house, Deed.RECORDING_PLAYED) == []
    await forget(has.house.desk.engine, "node1", has.house.actor)
    await browser.get(ONE)
    assert "yang tidak dipakai lagi" in browser.page
    assert (await browser.get(SOUND)).status == 404


async def test_a_part_is_not_taken_for_all_of_it(
    nodes: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that goes while it is heard breaks the answer off."""
    has, other = nodes
    browser = await other.house.inside("ani", Role.SUPERVISOR)
    piece = Lent.piece

    async def once(self: Lent, call: str, begin: int, most: int) -> tuple[int, bytes]:
        found = await piece(self, call, begin, most)
        shutil.rmtree(has.settings.recordings)
        return found

    monkeypatch.setattr(Lent, "piece", once)
    with pytest.raises(ClientError):
        await (await browser.ask("GET", SOUND)).read()
