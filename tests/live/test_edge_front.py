"""An edge before several nodes, which are played here: each says what a node in trouble says."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Final

import pytest

from ops.phone.message import parse
from ops.render import edge as rules
from siaga import secrets
from siaga.edge import Edge
from siaga.keys import LISTEN_KEYS
from siaga.names import BUSY_ELSEWHERE, EMERGENCY_NUMBER, HANDSET_HEADER
from tests.live import fronts, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from ops.phone.message import Message
    from tests.live.fronts import Scripted

pytestmark = pytest.mark.xdist_group("edge-front")

CARRIER: Final = "127.0.0.70"
RATE: Final = 30
FRONT = Edge("127.0.0.71", 5060, rate=RATE)
KEEPER = Edge("127.0.0.80", 5060, apart=True, handsets=True, rate=0)
DESK, THIEF, STRANGER, CHIEF = "127.0.0.81", "127.0.0.82", "127.0.0.83", "127.0.0.84"
PAIR = Edge("127.0.0.74", 5060), Edge("127.0.0.75", 5060)
NODES = (Edge("127.0.0.72", 5070), Edge("127.0.0.73", 5070))
TRUNKS: Final = f"{CARRIER},127.0.0.1"
FLOOD: Final = 600
"""Calls of a flood: for some seconds more than its rate."""
NUMBERS: Final = 10
"""That it comes from."""
TWICE: Final = 100
"""Calls that come twice."""
LOGINS: Final = 20
"""One after the other, by one handset."""


@pytest.fixture(scope="module", autouse=True)
def _alone() -> Iterator[None]:
    with fronts.alone():
        yield


@pytest.fixture(scope="module")
def handsets(
    tmp_path_factory: pytest.TempPathFactory, certificate: Path
) -> Iterator[Mapping[str, str]]:
    """An edge that handsets log in at; gives their passwords."""
    home = tmp_path_factory.mktemp("keeper")
    secret = home / "centre"
    secret.write_text("0" * 64)
    words = {
        "SIAGA_TRUNKS": TRUNKS,
        "SIAGA_TLS_CERTIFICATE": str(certificate),
        "SIAGA_SECRET_FILE": str(secret),
    }
    with fronts.running_front(home, KEEPER, NODES, **words):
        deadline = time.monotonic() + fronts.START_S
        while not (home / "secrets.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield secrets.read(home / "secrets.json").handsets


@pytest.fixture
def keeper(handsets: Mapping[str, str]) -> str:
    """The same edge; gives the password of 201."""
    return handsets["201"]


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
        taken = next(node for node in nodes if node.invites)
        # Nor in what is said again, as the answer to a call is until its ACK comes.
        taken.answer(taken.invites[0], 200, (FRONT.host, FRONT.port))
        heard.append(await carrier.receive())
        assert heard[-1].status == 200
        for answer in heard:
            for name, value in answer.headers:
                assert not [node for node in NODES if node.host.encode() in value], name
            assert not {"warning", "server"} & {name.decode() for name, _ in answer.headers}
        await carrier.send(within("ACK", request, heard[-1]))
        await carrier.send(within("BYE", request, heard[-1]))
        assert (await carrier.receive()).status == 200
        bye = next(heard for heard in taken.requests if heard.start.startswith(b"BYE"))
        assert bye.start.startswith(b"BYE sip:%b:" % taken.edge.host.encode())


@pytest.mark.usefixtures("keeper")
async def test_a_call_that_is_said_twice_is_one() -> None:
    """A network may deliver it so, one right behind the other: one node is called, and once."""
    async with played(200, 200, edge=KEEPER) as nodes, line(KEEPER) as carrier:
        for number in range(TWICE):
            request = call(f"0815{number:04d}", KEEPER)
            for _ in range(3):
                await carrier.send(request)
            heard = await carrier.receive()
            # What was said of the call before may be said again.
            while heard.status < 200 or heard.first("Call-ID") != request.call_id.encode():
                heard = await carrier.receive()
            assert heard.status == 200
            await carrier.send(request.follow("ACK", heard))
        # By the time that neither has answered this one, each of those would have come once more.
        for node in nodes:
            node.status = 0
        unheard = call("08160000", KEEPER)
        await carrier.send(unheard)
        while (heard := await carrier.receive()).first("Call-ID") != unheard.call_id.encode() or (
            heard.status < 200
        ):
            continue
        assert heard.status == 503
        came = Counter(invite.first("Call-ID") for node in nodes for invite in node.invites)
        del came[unheard.call_id.encode()]
        assert Counter(came.values()) == {1: TWICE}


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
            await fronts.lose(lost, tmp_path / "1", one)
            following = call("08120004", other)
            answered = (await ask(again, following))[-1]
            assert answered.status == 200
            await again.send(within("ACK", following, answered))
            stack.enter_context(fronts.running_front(tmp_path / "3", one, NODES, **words))
            await fronts.until_reached(one)
            bye = await ask(carrier, within("BYE", request, taken))
            assert bye[-1].status == 200
            assert [heard for node in nodes for heard in node.requests if heard.start[:3] == b"BYE"]


def desk(address: str = DESK) -> AbstractAsyncContextManager[wire.Wire]:
    """A handset's line to the edge that handsets log in at."""
    return wire.udp(None, address, (KEEPER.host, KEEPER.port))


async def log_in(phone: wire.Wire, password: str, extension: str = "201", to: str = "201") -> int:
    """The answer to a handset's login."""
    where = f"sip:{KEEPER}"
    request = wire.Request("REGISTER", "", extension, target=where)
    request = replace(request, headers=("Expires: 60",), to=f"sip:{to}@{KEEPER}")
    challenge = await phone.ask(request)
    assert challenge.status == 401
    return (await phone.ask(request.authorized(challenge, password, phone))).status


async def told_of_login(node: Scripted) -> Message:
    """What a node heard of a login; the handset may have its answer before, from another."""
    async with asyncio.timeout(fronts.START_S):
        while True:
            for heard in node.requests:
                if heard.start[:8] == b"REGISTER":
                    return heard
            await asyncio.sleep(0.01)


async def test_a_handset_logs_in_at_every_node(keeper: str) -> None:
    """By its password and for itself; each node learns the way to it, and who says so."""
    async with played(200, 200, edge=KEEPER) as nodes, desk() as phone:
        assert await log_in(phone, "wrong") == 401
        assert await log_in(phone, keeper, to="202") == 403
        assert await log_in(phone, keeper) == 200
        for node in nodes:
            told = await told_of_login(node)
            assert told.all(HANDSET_HEADER) == [b"201"]
            assert told.first("Path").startswith(f"<sip:201@{KEEPER};lr;received=".encode())
            assert b'username="201"' in told.first("Authorization")


async def test_a_login_has_one_answer(keeper: str) -> None:
    """Every node says yes; the handset hears it once, and nothing of who said it."""
    heard: list[Message] = []
    async with played(200, 200, edge=KEEPER), desk() as desk_phone:

        async def read() -> bytes:
            data = await desk_phone.read()
            heard.append(parse(data))
            return data

        phone = replace(desk_phone, read=read)
        for _ in range(LOGINS):
            assert await log_in(phone, keeper) == 200
    assert Counter(message.status for message in heard) == {401: LOGINS, 200: LOGINS}
    assert not any(message.all("Warning") or message.all("Server") for message in heard)


async def test_a_busy_handset_is_skipped(keeper: str) -> None:
    """In a call of one node it is busy for the other, and for no longer than that call."""
    async with played(200, 200, edge=KEEPER) as (first, second), desk() as phone:
        assert await log_in(phone, keeper) == 200
        path = (await told_of_login(first)).first("Path").decode()
        here = f"sip:201@{DESK}:{phone.local[1]}"
        calls = [_invite(node, here, path) for node in (first, second, first, second)]
        first.send(calls[0], (KEEPER.host, KEEPER.port))
        invite = await _rings(phone)
        assert invite.start == f"INVITE {here} SIP/2.0".encode()
        at = Edge(DESK, phone.local[1])
        await phone.write(fronts.response(invite, 180, at))
        second.send(calls[1], (KEEPER.host, KEEPER.port))
        assert await second.hears(_id(calls[1])) == BUSY_ELSEWHERE
        await phone.write(fronts.response(invite, 200, at))
        assert await first.hears(_id(calls[0])) == 200
        # The node of its call may bring it another: Asterisk knows what it does.
        first.send(calls[2], (KEEPER.host, KEEPER.port))
        another = await _rings(phone)
        assert another.first("Call-ID") != invite.first("Call-ID")
        await phone.write(fronts.response(another, 486, at))
        assert await first.hears(_id(calls[2])) == 486
        bye = _bye(invite, phone)
        await phone.send(bye)
        assert (await phone.final(bye)).status == 200
        second.send(calls[3], (KEEPER.host, KEEPER.port))
        later = await _rings(phone)
        await phone.write(fronts.response(later, 486, at))


async def test_who_listens_is_sent_to_the_node_of_the_talk(handsets: Mapping[str, str]) -> None:
    """Whichever it is, each time, also while he has a call of his own at the other node."""
    async with (
        played(200, 200, edge=KEEPER) as (first, second),
        desk() as phone,
        desk(CHIEF) as chief,
    ):
        assert await log_in(phone, handsets["201"]) == 200
        path = (await told_of_login(first)).first("Path").decode()
        here = f"sip:201@{DESK}:{phone.local[1]}"
        for node, other in ((first, second), (second, first)):
            talk = _invite(node, here, path)
            node.send(talk, (KEEPER.host, KEEPER.port))
            invite = await _rings(phone)
            await phone.write(fronts.response(invite, 200, Edge(DESK, phone.local[1])))
            assert await node.hears(_id(talk)) == 200
            own = [await _calls(chief, "0549", handsets["102"])]
            while not _came(other, own):
                await _ends(chief, own.pop())
                own.append(await _calls(chief, "0549", handsets["102"]))
            heard = [await _calls(chief, f"{LISTEN_KEYS}201", handsets["102"]) for _ in range(3)]
            assert not _came(other, heard)
            for each in (*own, *heard):
                await _ends(chief, each)
            bye = _bye(invite, phone)
            await phone.send(bye)
            assert (await phone.final(bye)).status == 200


async def _calls(phone: wire.Wire, whom: str, password: str) -> tuple[wire.Request, Message]:
    """A call of 102 that a node takes."""
    request = wire.Request("INVITE", "", "102", target=f"sip:{whom}@{KEEPER}")
    request = request.authorized(await phone.ask(request), password, phone)
    taken = await phone.ask(request)
    assert taken.status == 200
    await phone.send(request.follow("ACK", taken))
    return request, taken


async def _ends(phone: wire.Wire, call: tuple[wire.Request, Message]) -> None:
    """End it, by the way that it took."""
    request, taken = call
    routes = tuple(f"Route: {value.decode()}" for value in reversed(taken.all("Record-Route")))
    contact = taken.first("Contact").partition(b"<")[2].partition(b">")[0].decode()
    bye = replace(request.follow("BYE", taken), headers=routes, target=contact)
    assert (await phone.ask(bye)).status == 200


def _came(node: Scripted, calls: list[tuple[wire.Request, Message]]) -> set[bytes]:
    """Which of these calls came to a node."""
    ids = {request.call_id.encode() for request, _ in calls}
    return ids & {message.first("Call-ID") for message in node.invites}


async def test_a_handset_is_called_over_its_own_connection(keeper: str, certificate: Path) -> None:
    """Logged in over TLS, and saying another address than it has, it rings by that connection."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False
    async with (
        played(200, 200, edge=KEEPER) as nodes,
        wire.tls(None, context, (KEEPER.host, KEEPER.tls_port)) as phone,
    ):
        assert await log_in(phone, keeper) == 200
        node = nodes[0]
        path = (await told_of_login(node)).first("Path").decode()
        said = Edge("192.0.2.9", 5060)
        invite = _invite(node, f"sip:201@{said};transport=tls", path)
        node.send(invite, (KEEPER.host, KEEPER.port))
        ring = await _rings(phone)
        await phone.write(fronts.response(ring, 200, said))
        taken = await node.heard(_id(invite))
        assert taken.status == 200
        for method in (b"ACK", b"BYE"):
            node.send(_follow(method, invite, taken), (KEEPER.host, KEEPER.port))
            assert (await phone.receive()).start.startswith(method + b" sip:192.0.2.9")


async def test_a_handsets_sign_of_life_reaches_the_node_that_asks(keeper: str) -> None:
    """Each node asks by the way that it was told, and hears what the handset itself says."""
    async with played(200, 200, edge=KEEPER) as nodes, desk() as phone:
        assert await log_in(phone, keeper) == 200
        here = f"sip:201@{DESK}:{phone.local[1]}"
        for node in nodes:
            path = (await told_of_login(node)).first("Path").decode()
            asked = _invite(node, here, path).replace(b"INVITE", b"OPTIONS")
            node.send(asked, (KEEPER.host, KEEPER.port))
            while (heard := await phone.receive()).start[:7] != b"OPTIONS":
                continue
            await phone.write(fronts.response(heard, 200, Edge(DESK, phone.local[1])))
            assert await node.hears(_id(asked)) == 200


async def test_strangers_are_not_heard_as_handsets(keeper: str) -> None:
    """No word of a stranger, a thief or a carrier reaches a node as a handset's."""
    async with AsyncExitStack() as stack:
        nodes = await stack.enter_async_context(played(200, 200, edge=KEEPER))
        stranger, thief = [
            await stack.enter_async_context(desk(address)) for address in (STRANGER, THIEF)
        ]
        carrier = await stack.enter_async_context(desk(CARRIER))
        for method in ("OPTIONS", "INVITE", "MESSAGE", "BYE", "X"):
            inside = wire.Request(method, "", "999", target=f"sip:113@{KEEPER}", to_tag="x")
            await stranger.send(inside)
            await stranger.send(replace(inside, to_tag="", headers=(f"{HANDSET_HEADER}: 201",)))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stranger.read(), 0.3)
        for _ in range(rules.FAILED_MOST):
            assert await log_in(thief, "guessed") == 401
        await thief.send(wire.Request("REGISTER", "", "201", target=f"sip:{KEEPER}"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(thief.read(), 0.3)
        forged = (f"{HANDSET_HEADER}: 201", 'Authorization: Digest username="201", realm="sip"')
        outside = wire.Request("INVITE", "", "201", forged, target=f"sip:0549@{KEEPER}")
        assert (await carrier.ask(outside)).status == 401
        emergency = replace(call("201", KEEPER), headers=forged)
        assert (await carrier.ask(emergency)).status == 200
        heard = [heard for node in nodes for heard in (*node.invites, *node.requests)]
        for name in (HANDSET_HEADER, "Authorization"):
            assert not [message for message in heard if message.all(name)]


def _invite(node: Scripted, target: str, path: str) -> bytes:
    """A call of a node to a handset, by the way that it was told."""
    token = token_hex(8)
    at = f"{node.edge.host}:{node.edge.port}"
    lines = [
        f"INVITE {target} SIP/2.0",
        f"Via: SIP/2.0/UDP {at};branch=z9hG4bK{token};rport",
        f"Route: {path}",
        f"From: <sip:0812@{at}>;tag={token}",
        f"To: <{target}>",
        f"Call-ID: {token}",
        "CSeq: 1 INVITE",
        f"Contact: <sip:{at}>",
        "Max-Forwards: 70",
        "Content-Length: 0",
        "",
        "",
    ]
    return "\r\n".join(lines).encode()


def _follow(method: bytes, data: bytes, taken: Message) -> bytes:
    """What a node says in its call that was answered."""
    invite = parse(data)
    contact = taken.first("Contact").partition(b"<")[2].partition(b">")[0]
    routes = [b"Route: " + value for value in reversed(taken.all("Record-Route"))]
    lines = [
        b"%b %b SIP/2.0" % (method, contact),
        b"Via: %b%b" % (invite.first("Via").replace(b";rport", b""), method),
        *routes,
        b"From: " + invite.first("From"),
        b"To: " + taken.first("To"),
        b"Call-ID: " + invite.first("Call-ID"),
        b"CSeq: %d %b" % (1 + (method != b"ACK"), method),
        b"Max-Forwards: 70",
        b"Content-Length: 0",
        b"",
        b"",
    ]
    return b"\r\n".join(lines)


async def _rings(phone: wire.Wire) -> Message:
    """The next call that comes."""
    while (heard := await phone.receive()).start[:6] != b"INVITE":
        continue
    return heard


def _id(data: bytes) -> str:
    return parse(data).first("Call-ID").decode()


def _bye(invite: Message, phone: wire.Wire) -> wire.Request:
    """The end of a call that came in, by who took it."""
    contact = invite.first("Contact").partition(b"<")[2].partition(b">")[0].decode()
    tag = invite.first("From").partition(b"tag=")[2].decode()
    routes = tuple(f"Route: {value.decode()}" for value in invite.all("Record-Route"))
    return wire.Request(
        "BYE",
        "",
        "201",
        routes,
        target=contact,
        to_tag=tag,
        call_id=invite.first("Call-ID").decode(),
        from_tag="said",
    )
