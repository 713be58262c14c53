"""The interface for machines, on a router's interface that listens."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestServer, unused_port

from router.accounts.model import Role
from router.api import Services
from router.api import build_app as router_app
from router.console.api import models, scopes
from router.console.api.openapi import document
from router.console.link import RouterLink
from router.console.pages import routes
from router.dispatch import CallNotOpenError, Outcome, Result
from router.store import CallWriter
from router.store.trail import Search
from siaga.settings import Settings, load
from tests.unit.router.console.people import BEGAN
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.unit.router.console.people import Browser, House

TOKEN = "the instance's"


class Dispatch:
    """Does what it is told, and notes it; a call named gone is over."""

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []

    def __getattr__(self, name: str) -> Any:
        async def command(call: str, *words: str) -> Outcome:
            if call == "gone":
                raise CallNotOpenError("gone")
            if call == "rings":
                await asyncio.sleep(0.2)
            self.done.append((name, call, *words))
            return Outcome(Result.JOINED, "done")

        return command


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    ports = {"SIAGA_ROUTER_PORT": str(unused_port())}
    found = load({"SIAGA_HOME": str(tmp_path / "home"), **ports})
    found.home.mkdir()
    found.secrets.write_text(json.dumps({"ami": {}, "handsets": {}, "api": TOKEN}))
    return found


@pytest.fixture
async def dispatch(settings: Settings) -> AsyncIterator[Dispatch]:
    """What the router does, behind its own interface."""
    found: Any = Dispatch()

    async def moved(_call: str, _agency: str) -> None: ...

    services = Services(
        token=TOKEN,
        health=lambda: {"ok": True, "calls": {"open": 3}},
        handsets=lambda: {"201": "free", "202": "unavailable"},
        transfer=moved,
        dispatch=found,
    )
    server = TestServer(router_app(services), port=settings.ports.router)
    await server.start_server()
    yield found
    await server.close()


async def machine(house: House, role: Role = Role.SUPERVISOR) -> tuple[Browser, dict[str, str]]:
    return house.browser(), await house.machine(role, *scopes.SCOPES)


async def test_calls_are_told_page_by_page(house: House) -> None:
    """Every record is on one page, newest first, and has the form that is written down."""
    writer = CallWriter(house.desk.engine)
    writer.start()
    wanted = []
    for number in range(7):
        record = replace(
            closed(), id=f"node1-17.{number}", began=BEGAN + timedelta(seconds=number // 2)
        )
        wanted.append(record.id)
        writer.put(record)
    assert await writer.close()
    browser, header = await machine(house)
    seen: list[str] = []
    before, pages = "", 0
    while before is not None:
        answer = await browser.ask(
            "GET", "/api/v1/calls", params={"limit": "3", "before": before}, headers=header
        )
        assert answer.status == 200
        page = models.Calls.model_validate_json(await answer.text(), strict=False)
        seen += [call.id for call in page.calls]
        before, pages = page.next, pages + 1
    assert (sorted(seen), pages) == (sorted(wanted), 3)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "before=x", "before=" + "9" * 18 + "~n~1", "y=1",
     "limit=1&limit=2", "before=1~n~%00", "tests=maybe", "before=" + "9" * 300],
)  # fmt: skip
async def test_what_is_asked_wrongly_is_told(house: House, query: str) -> None:
    """By 400 and a sentence that names the parameter, never by anything else."""
    browser, header = await machine(house)
    answer = await browser.ask("GET", f"/api/v1/calls?{query}", headers=header)
    assert answer.status == 400
    assert (await answer.json())["error"] == "bad_request"


async def test_a_command_is_the_routers(house: House, dispatch: Dispatch) -> None:
    """It is passed on once, and the trail tells who asked for it and what became of it."""
    browser, header = await machine(house)
    path = "/api/v1/calls/node1-1.1/swap"
    given = {"agency": "rsud", "handset": "101"}
    answer = await browser.ask("POST", path, json=given, headers=header)
    assert answer.status == 200
    assert (await answer.json())["done"] is True
    assert dispatch.done == [("swap", "node1-1.1", "rsud", "101")]
    answer = await browser.ask(
        "POST", "/api/v1/calls/gone/add", json={"agency": "x"}, headers=header
    )
    assert answer.status == 404
    assert (await answer.json())["error"] == CallNotOpenError.code
    rows = await house.desk.trail.find(Search(what="dispatched"), 10)
    assert [(row.actor.who, row.object, row.old, row.new) for row in rows] == [
        ("mesin", "gone", "add x", CallNotOpenError.code),
        ("mesin", "node1-1.1", "swap rsud 101", "joined"),
    ]


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", "1", "null", '{"agency": 1}', '{"agency": "x", "more": "y"}', "[" * 90_000,
     '{"agency": "a/b"}', '{"agency": "' + "x" * 65 + '"}', '{"agency": "\\ud800"}', '{"a',
     "\xff\xfe"],
)  # fmt: skip
async def test_a_body_that_is_none_moves_nobody(
    house: House, dispatch: Dispatch, body: str
) -> None:
    """It is refused, and the router is not asked."""
    browser, header = await machine(house)
    answer = await browser.ask(
        "POST", "/api/v1/calls/node1-1.1/add", data=body.encode("latin-1"), headers=header
    )
    assert answer.status in (400, 413)
    assert dispatch.done == []


async def test_a_command_is_waited_for_while_somebody_rings(
    house: House, dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However soon an answer is expected to anything else."""
    monkeypatch.setattr(RouterLink.post, "__kwdefaults__", {"timeout_s": 0.05})
    browser, header = await machine(house)
    path = "/api/v1/calls/rings/add"
    answer = await browser.ask("POST", path, json={"agency": "rsud"}, headers=header)
    assert answer.status == 200
    assert dispatch.done == [("add_agency", "rings", "rsud")]


async def test_handsets_and_health_are_the_routers(house: House, dispatch: Dispatch) -> None:
    """What it says is passed on; what it does not serve is not there."""
    browser, header = await machine(house)
    answer = await browser.ask("GET", "/api/v1/handsets", headers=header)
    assert await answer.json() == {
        "handsets": [
            {"extension": "201", "state": "free"},
            {"extension": "202", "state": "unavailable"},
        ]
    }
    assert (await browser.ask("GET", "/api/v1/incidents", headers=header)).status in (404, 503)
    assert (await browser.get("/healthz")).status == 200


async def test_a_router_that_is_away_is_told(house: House) -> None:
    """By 503 on the interface; the board is served all the same, and told so by its stream."""
    browser, header = await machine(house)
    answer = await browser.ask("GET", "/api/v1/handsets", headers=header)
    assert (answer.status, (await answer.json())["error"]) == (503, "away")
    sari = await house.inside("sari", Role.OPERATOR)
    assert (await sari.get("/")).status == 200
    # What is not known is not told as none.
    assert "board--unknown" in sari.page
    stream = await sari.ask("GET", "/board/stream")
    assert b'"state": "router"' in await stream.content.readuntil(b"\n\n")


async def test_a_person_asks_as_a_page_does(house: House, dispatch: Dispatch) -> None:
    """With a session the interface is reached too, and changes nothing without its word."""
    sari = await house.inside("sari", Role.OPERATOR)
    assert (await (await sari.get("/api/v1/me")).json())["name"] == "sari"
    await sari.get("/account")
    path, body = "/api/v1/calls/node1-1.1/add", {"agency": "rsud"}
    word = {"X-Siaga-Word": sari.word, "Origin": sari.origin}
    for missing in word:
        given = {name: value for name, value in word.items() if name != missing}
        assert (await sari.ask("POST", path, json=body, headers=given)).status == 403
    assert (await sari.ask("POST", path, json=body, headers=word)).status == 200
    assert len(dispatch.done) == 1


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer siaga_" + "A" * 43, "Bearer " + "A" * 43,
     "bearer siaga_" + "\u00e9" * 43],
)  # fmt: skip
async def test_a_word_that_is_no_token_is_nobodys(house: House, header: str) -> None:
    """Whatever it is, 401; also with a session beside it, so that a mistake is seen."""
    sari = await house.inside("sari", Role.OPERATOR)
    answer = await sari.ask("GET", "/api/v1/me", headers={"Authorization": header})
    assert answer.status == 401


def test_the_document_is_of_every_route() -> None:
    """Each route with a contract stands in it under its method, and points at what is there."""
    made = document(routes(), "112 <Kutim>")
    count = sum(len(methods) for methods in made["paths"].values())
    assert count == sum(route.contract is not None for route in routes())
    assert all("{call:" not in path for path in made["paths"])
    known = made["components"]["schemas"]

    def references(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                assert part["$ref"].rpartition("/")[2] in known
            for value in part.values():
                references(value)
        elif isinstance(part, list):
            for value in part:
                references(value)

    references(made)
    operations = [
        one["operationId"] for methods in made["paths"].values() for one in methods.values()
    ]
    assert len(set(operations)) == count


async def test_a_link_that_is_not_open_says_so() -> None:
    """It is the same as a router that is away."""
    with pytest.raises(Exception, match="Router"):
        await RouterLink(1, "x").get("handsets")
