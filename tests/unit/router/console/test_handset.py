"""The handset in the browser at the console: who may, what a browser may send, what it is told."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestServer, unused_port

from router.accounts.model import Role
from router.accounts.trail import Deed
from router.api import Services
from router.api import build_app as router_app
from router.browsers import BrowserKeys
from router.console.handset import orphans
from router.console.handset.frames import MAX_FRAME, may_send
from router.console.handset.leases import Lease
from router.console.handset.orphans import left_alone
from router.console.handset.tunnel import ASTERISK_AWAY, REFUSED, TAKEN
from router.console.pages import handset
from router.store.trail import Search
from siaga.names import BROWSER_FAMILY
from siaga.plan import load_plan
from siaga.settings import PROJECT, Settings, load
from tests.unit.router.console.people import House

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import ClientWebSocketResponse

    from tests.unit.router.console.people import Browser

TOKEN = "the instance's"
PLAN = PROJECT / "plans" / "contoh-lengkap.yaml"
HERE = "104"
"""Its handset in a browser."""
REGISTER = (
    "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK1\r\n"
    "From: <sip:104@127.0.0.1>;tag=a\r\nTo: <sip:104@127.0.0.1>\r\nCall-ID: 1\r\n"
    "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n"
)
TAGGED = "To: <sip:104@127.0.0.1>;tag=b"
BYE = REGISTER.replace("REGISTER", "BYE").replace(
    "From: <sip:104@127.0.0.1>;tag=a\r\nTo: <sip:104@127.0.0.1>",
    "From: <sip:k3@x.invalid>;tag=a\r\nTo: <sip:201@127.0.0.1>;tag=b",
)


AS_OTHER = REGISTER.replace("To: <sip:104@127.0.0.1>", TAGGED).replace("<sip:104", "<sip:101")
"""Looks like a part of a call, but is none: nobody logs in within one."""


class Asterisk:
    """Answers at ``/ws`` with what it is sent, and has a database; no more of it is needed here."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.open: list[web.WebSocketResponse] = []
        self.away = False
        self.forgot = asyncio.Event()
        self.led: list[tuple[str, str]] = []

    async def act(self, action: Any) -> Any:
        name = f"{action.family}/{action.key}"
        if hasattr(action, "value"):
            self.kept[name] = action.value
        else:
            self.kept.pop(name, None)
            self.forgot.set()

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        if self.away:
            raise web.HTTPServiceUnavailable
        near = web.WebSocketResponse(protocols=("sip",))
        await near.prepare(request)
        self.open.append(near)
        async for message in near:
            await near.send_str(message.data)
        return near


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    ports = {"SIAGA_ROUTER_PORT": str(unused_port()), "SIAGA_WS_PORT": str(unused_port())}
    found = load({"SIAGA_HOME": str(tmp_path / "home"), "SIAGA_PLAN": str(PLAN), **ports})
    found.home.mkdir()
    found.secrets.write_text(json.dumps({"ami": {}, "handsets": {}, "api": TOKEN}))
    return found


@pytest.fixture
async def asterisk(settings: Settings) -> AsyncIterator[Asterisk]:
    """Asterisk's socket, and the router's own interface before it."""
    found: Any = Asterisk()
    plan = load_plan(PLAN).plan

    async def moved(call: str, agency: str) -> None:
        found.led.append((call, agency))

    services = Services(
        token=TOKEN,
        health=lambda: {"ok": True},
        handsets=dict,
        transfer=moved,
        browsers=BrowserKeys(found, lambda: plan),
    )
    router = TestServer(router_app(services), port=settings.ports.router)
    app = web.Application()
    app.router.add_get("/ws", found.socket)
    server = TestServer(app, port=settings.ports.ws)
    await router.start_server()
    await server.start_server()
    yield found
    await server.close()
    await router.close()


async def begin(browser: Browser, query: str = "", extension: str = HERE) -> tuple[int, Any]:
    answer = await browser.ask(
        "POST",
        f"/handset/{extension}/begin{query}",
        headers={"Origin": browser.origin, "X-Siaga-Word": browser.word},
    )
    return answer.status, json.loads(await answer.text())


@asynccontextmanager
async def connected(browser: Browser, **headers: str) -> AsyncIterator[ClientWebSocketResponse]:
    given = {"Origin": browser.origin, **headers}
    async with browser.socket(f"/handset/{HERE}/ws", given) as socket:
        yield socket


async def closed_by(socket: ClientWebSocketResponse) -> int | None:
    """The code by which the console ends a connection."""
    async with asyncio.timeout(5):
        while (await socket.receive()).type is not WSMsgType.CLOSE:
            pass
    return socket.close_code


@pytest.mark.parametrize(
    ("frame", "may"),
    [
        (REGISTER, True),
        (BYE, True),
        ("SIP/2.0 180 Ringing\r\nFrom: <sip:201@x>\r\n\r\n", True),
        ("\r\n\r\n", True),
        (REGISTER.replace("From: <", 'From: "Meja, empat" <'), True),
        (REGISTER.replace("sip:104@", "sip:101@"), False),
        (REGISTER.replace("From: <sip:104@", "From: sip:104@x <sip:101@"), False),
        (REGISTER.replace("From: <sip:104@", 'From: "<sip:104@x>" <sip:101@'), False),
        (REGISTER.replace("To:", "From: <sip:101@127.0.0.1>\r\nTo:"), False),
        (REGISTER.replace("To:", "f: <sip:101@127.0.0.1>\r\nTo:"), False),
        (REGISTER.replace("From: ", "From:\r\n "), False),
        (REGISTER.replace("\r\n", "\n"), False),
        (AS_OTHER, False),
        (REGISTER.replace("REGISTER", "PUBLISH"), False),
        (REGISTER.replace("REGISTER", "SUBSCRIBE"), False),
        (f"{REGISTER}\0", False),
        (f"{REGISTER}{'x' * MAX_FRAME}", False),
        ("GET / HTTP/1.1\r\n\r\n", False),
        ("", False),
    ],
)  # fmt: skip
def test_a_browser_speaks_for_its_own_handset_alone(frame: str, may: bool) -> None:  # noqa: FBT001
    """Requests that begin something are its own, answers and what is within a call pass."""
    assert may_send(frame, HERE) is may


async def test_the_microphone_is_for_this_page_alone(house: House) -> None:
    """The page may use it and no other page; places and people on it are escaped."""
    hostile = "<img src=x onerror=alert(1)>"
    house.desk.handsets.give(Lease(HERE, 7, hostile, house.clock()))
    browser = await house.inside("Rina", Role.OPERATOR)
    answer = await browser.get("/handset")
    assert answer.status == 200
    assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    assert "&lt;img src=x" in browser.page
    assert hostile not in browser.page
    assert '<option value="104">' in browser.page
    other = await browser.get("/")
    assert "microphone=()" in other.headers["Permissions-Policy"]


async def test_each_log_in_has_a_password_of_its_own(house: House, asterisk: Asterisk) -> None:
    """Asterisk knows it from the begin to the end of a connection, and who began is kept once."""
    browser = await house.inside("Rina", Role.OPERATOR)
    status, first = await begin(browser)
    assert status == 200
    key = f"{BROWSER_FAMILY}/auth/{HERE}"
    assert json.loads(asterisk.kept[key]) == {
        "auth_type": "userpass",
        "username": HERE,
        "password": first["password"],
    }
    async with connected(browser) as socket:
        await socket.send_str(REGISTER)
        assert (await socket.receive()).data == REGISTER
    async with asyncio.timeout(5):
        await asterisk.forgot.wait()
    assert key not in asterisk.kept
    _, second = await begin(browser)
    assert second["password"] != first["password"]
    found = await house.desk.trail.find(Search(), limit=9)
    assert [entry.object for entry in found if entry.what == Deed.HANDSET_BEGUN] == [HERE]
    assert await begin(browser, extension="101") == (404, {"error": "no_browser_handset"})


async def test_one_browser_has_a_handset_until_another_takes_it(
    house: House, asterisk: Asterisk
) -> None:
    """The second is told who has it; taking it ends the first, which is told that it was taken."""
    first = await house.inside("Rina", Role.OPERATOR)
    second = await house.inside("Budi", Role.OPERATOR)
    await begin(first)
    async with connected(first) as socket:
        await socket.send_str(REGISTER)
        await socket.receive()
        assert await begin(second) == (409, {"error": "taken", "who": "Rina"})
        with pytest.raises(WSServerHandshakeError):
            async with connected(second):
                pass
        status, taken = await begin(second, "?take=1")
        assert status == 200
        assert await closed_by(socket) == TAKEN
    async with connected(second) as socket:
        await socket.send_str(REGISTER)
        assert (await socket.receive()).data == REGISTER
        kept = json.loads(asterisk.kept[f"{BROWSER_FAMILY}/auth/{HERE}"])
        assert kept["password"] == taken["password"]


async def test_only_our_own_pages_get_through(house: House, asterisk: Asterisk) -> None:
    """Another site's page gets no connection, nor a browser that speaks for another handset."""
    browser = await house.inside("Rina", Role.OPERATOR)
    with pytest.raises(WSServerHandshakeError):
        async with connected(browser):
            pass
    await begin(browser)
    for origin in ("https://evil.example", "null", ""):
        with pytest.raises(WSServerHandshakeError):
            async with connected(browser, Origin=origin):
                pass
    async with connected(browser) as socket:
        await socket.send_str(REGISTER.replace("104", "101"))
        assert await closed_by(socket) == REFUSED


async def test_what_is_away_is_told(house: House, asterisk: Asterisk) -> None:
    """Without Asterisk the connection ends at once; without the router there is no password."""
    browser = await house.inside("Rina", Role.OPERATOR)
    await begin(browser)
    asterisk.away = True
    async with connected(browser) as socket:
        assert (await socket.receive()).type is WSMsgType.CLOSE
    house.desk.link._base = f"http://127.0.0.1:{unused_port()}"
    assert await begin(browser) == (503, {"error": "router_away"})


def talking(*handsets: str) -> dict[str, Any]:
    """A board on which these handsets talk with one caller."""
    parties = [{"handset": each, "agency": "kominfo"} for each in handsets]
    return {"calls": {"node1-1.1": {"id": "node1-1.1", "talking": parties}}}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (talking(HERE), ("node1-1.1", "kominfo")),
        (talking(HERE, "201"), None),
        (talking("201"), None),
        (talking(), None),
        ({}, None),
        (None, None),
    ],
)
def test_only_a_caller_who_has_nobody_else_is_led_on(state: Any, found: Any) -> None:
    """Whoever is with somebody else, too, stays with them."""
    assert left_alone(state, HERE) == found


@pytest.mark.parametrize("back", ["the same page", "another page", "nobody"])
async def test_a_caller_whose_browser_is_gone_is_led_on(
    house: House, asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch, back: str
) -> None:
    """A page that connects again keeps its caller; nobody, or a page made anew, has lost them."""
    if back == "nobody":
        monkeypatch.setattr(orphans, "BACK_S", 0.05)
    browser = await house.inside("Rina", Role.OPERATOR)
    await begin(browser, "?page=aa")
    async with connected(browser) as socket:
        await socket.send_str(REGISTER)
        await socket.receive()
        house.desk.feed.follower.held.state = talking(HERE)
    await asyncio.wait_for(asterisk.forgot.wait(), 5)
    if back != "nobody":
        await begin(browser, f"?page={'aa' if back == 'the same page' else 'bb'}")
    await house.desk.handsets.settled()
    assert asterisk.led == ([] if back == "the same page" else [("node1-1.1", "kominfo")])


async def test_a_handset_that_the_plan_has_no_more_is_let_go(
    unserved: House, asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page does not say that it is ready when nobody can ring it; a talk is waited for."""
    monkeypatch.setattr(handset, "LOOK_S", 0.01)
    plans = [load_plan(PLAN).plan]
    house = House(replace(unserved.desk, plan=lambda: plans[-1]), unserved.clock)
    await house.serve()
    browser = await house.inside("Rina", Role.OPERATOR)
    await begin(browser)
    async with connected(browser) as socket:
        house.desk.feed.follower.held.state = talking(HERE)
        plans.append(load_plan(PROJECT / "plans" / "kutim.yaml").plan)
        await socket.send_str(REGISTER)
        assert (await socket.receive()).data == REGISTER
        house.desk.feed.follower.held.state = talking()
        assert await closed_by(socket) == ASTERISK_AWAY
    await house.close()
