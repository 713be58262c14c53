"""An edge before several nodes, which are played here: each says what a node in trouble says."""

from __future__ import annotations

import ssl
from collections import Counter
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from ops.render import edge as rules
from siaga.edge import Edge
from siaga.names import EMERGENCY_NUMBER
from tests.live import fronts, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from ops.phone.message import Message
    from tests.live.fronts import Scripted

pytestmark = pytest.mark.xdist_group("edge-front")

CARRIER: Final = "127.0.0.70"
RATE: Final = 30
FRONT = Edge("127.0.0.71", 5060, rate=RATE)
PAIR = Edge("127.0.0.74", 5060), Edge("127.0.0.75", 5060)
NODES = (Edge("127.0.0.72", 5070), Edge("127.0.0.73", 5070))
TRUNKS: Final = f"{CARRIER},127.0.0.1"
FLOOD: Final = 600
"""Calls of a flood: for some seconds more than its rate."""
NUMBERS: Final = 10
"""That it comes from."""


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[None]:
    """An edge before two nodes."""
    words = {"SIAGA_TRUNKS": TRUNKS, "SIAGA_TLS_CERTIFICATE": str(certificate)}
    with fronts.running_front(tmp_path_factory.mktemp("front"), FRONT, NODES, **words):
        yield


@asynccontextmanager
async def played(*statuses: int, edge: Edge = FRONT) -> AsyncIterator[tuple[Scripted, ...]]:
    """The nodes, once the edge has found them."""
    async with AsyncExitStack() as stack:
        pairs = zip(NODES, statuses, strict=True)
        nodes = [await stack.enter_async_context(fronts.scripted(*pair)) for pair in pairs]
        await fronts.until_reached(edge)
        yield tuple(nodes)


def line(edge: Edge = FRONT) -> AbstractAsyncContextManager[wire.Wire]:
    """A carrier's line to an edge."""
    return wire.udp(None, CARRIER, (edge.host, edge.port))


def call(number: str, edge: Edge = FRONT) -> wire.Request:
    """A call to 112 by way of an edge."""
    to = f"sip:{EMERGENCY_NUMBER}@{edge}"
    return wire.Request("INVITE", "112", number, body=wire.offer(9), target=to)


@pytest.mark.usefixtures("front")
@pytest.mark.parametrize("trouble", [503, 500, 0])
async def test_a_node_in_trouble_loses_the_call_to_the_next(trouble: int) -> None:
    """Refused by one, or met with silence, a call is the other's; the caller hears nothing."""
    async with played(trouble, 200) as (bad, good), line() as carrier:
        # They are called by turns: of two calls one begins with the node in trouble.
        for turn in range(2):
            request = call(f"0812000{trouble}{turn}")
            heard = await ask(carrier, request)
            assert heard[-1].status == 200
            assert {answer.status for answer in heard[:-1]} <= {100}
            await carrier.send(request.follow("ACK", heard[-1]))
        assert bad.invites
        calls = {message.first("Call-ID") for message in good.invites}
        assert {message.first("Call-ID") for message in bad.invites} < calls
        assert len(calls) == 2


async def ask(carrier: wire.Wire, request: wire.Request) -> list[Message]:
    """All that is said to a request, the last of it final."""
    await carrier.send(request)
    heard = [await carrier.receive()]
    while heard[-1].status < 200:
        heard.append(await carrier.receive())
    return heard


@pytest.mark.usefixtures("front")
async def test_a_carrier_sees_no_node() -> None:
    """Nowhere in what it gets is a node's address; what it sends within the call arrives there."""
    async with played(200, 200) as nodes, line() as carrier:
        request = call("08120001")
        heard = await ask(carrier, request)
        for answer in heard:
            for name, value in answer.headers:
                assert not [node for node in NODES if node.host.encode() in value], name
            assert not {"warning", "server"} & {name.decode() for name, _ in answer.headers}
        await carrier.send(within("ACK", request, heard[-1]))
        await carrier.send(within("BYE", request, heard[-1]))
        assert (await carrier.receive()).status == 200
        taken = next(node for node in nodes if node.invites)
        bye = next(heard for heard in taken.requests if heard.start.startswith(b"BYE"))
        assert bye.start.startswith(b"BYE sip:%b:" % taken.edge.host.encode())


def within(method: str, request: wire.Request, answer: Message) -> wire.Request:
    """A request in the call that ``answer`` made, as it says where that goes."""
    inside = request.follow(method, answer)
    routes = tuple(f"Route: {route.decode()}" for route in answer.all("Record-Route"))
    contact = answer.first("Contact").partition(b"<")[2].partition(b">")[0].decode()
    return replace(inside, target=contact, headers=routes)


@pytest.mark.usefixtures("front")
async def test_a_flood_is_refused_and_who_calls_once_is_not() -> None:
    """A trunk's flood of few numbers gets 503 and when to come again; each other caller a node."""
    async with played(486, 486) as nodes, line() as flooding, line() as carrier:
        answers, later = Counter[int](), set()
        for number in range(FLOOD):
            answer = await flooding.ask(call(f"0811{number % NUMBERS}"))
            answers[answer.status] += 1
            later.update(answer.all("Retry-After"))
            if number % 50 == 25:
                assert (await carrier.ask(call(f"0813{number}"))).status == 486
        assert answers[486] >= rules.CALLER_KEPT * NUMBERS
        assert answers[503] > FLOOD / 2
        assert answers.total() == FLOOD
        assert later == {str(rules.RETRY_AFTER_S).encode()}
        reached = sum(heard.start[:6] == b"INVITE" for node in nodes for heard in node.invites)
        assert reached == answers[486] + FLOOD // 50


@pytest.mark.usefixtures("front")
async def test_calls_come_over_tls(certificate: Path) -> None:
    """A carrier that speaks TLS is connected with a node, and what follows in the call arrives."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False
    async with (
        played(200, 200) as nodes,
        wire.tls(None, context, (FRONT.host, FRONT.tls_port)) as carrier,
    ):
        request = replace(call("08120002"), target=f"sip:112@{FRONT.host};transport=tls")
        heard = await ask(carrier, request)
        assert heard[-1].status == 200
        await carrier.send(within("ACK", request, heard[-1]))
        bye = await ask(carrier, within("BYE", request, heard[-1]))
        assert bye[-1].status == 200
        assert [heard for node in nodes for heard in node.requests if heard.start[:3] == b"BYE"]


async def test_one_of_two_edges_is_lost(tmp_path: Path) -> None:
    """Killed, its calls go on by whoever takes its address over, and new ones by the other."""
    secret = tmp_path / "centre"
    secret.write_text("0" * 64)
    words = {"SIAGA_TRUNKS": TRUNKS, "SIAGA_SECRET_FILE": str(secret), "SIAGA_TLS_CERTIFICATE": ""}
    one, other = PAIR
    with ExitStack() as stack:
        lost = stack.enter_context(fronts.running_front(tmp_path / "1", one, NODES, **words))
        stack.enter_context(fronts.running_front(tmp_path / "2", other, NODES, **words))
        async with played(200, 200, edge=one) as nodes, line(one) as carrier, line(other) as again:
            await fronts.until_reached(other)
            request = call("08120003", one)
            taken = (await ask(carrier, request))[-1]
            assert taken.status == 200
            await carrier.send(within("ACK", request, taken))
            lost.kill()
            lost.wait()
            following = call("08120004", other)
            answered = (await ask(again, following))[-1]
            assert answered.status == 200
            await again.send(within("ACK", following, answered))
            stack.enter_context(fronts.running_front(tmp_path / "3", one, NODES, **words))
            await fronts.until_reached(one)
            bye = await ask(carrier, within("BYE", request, taken))
            assert bye[-1].status == 200
            assert [heard for node in nodes for heard in node.requests if heard.start[:3] == b"BYE"]
