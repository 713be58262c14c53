"""The page of supervisors: who talks, what is asked of the router, what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from router.accounts.model import Role
from router.console.link import RouterLink
from router.console.pages.supervise import talks
from router.store.trail import Search

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.unit.router.console.people import House

HOSTILE = "<script>alert(1)</script>"
CALL = {
    "id": "node1-1.1",
    "caller": HOSTILE,
    "name": HOSTILE,
    "emergency": None,
    "since": "2026-11-27T08:00:00+00:00",
    "talking": [{"agency": "damkar", "handset": "201", "kind": "route"}],
}
STATE = {
    "centre": {"hears": True, "emergencies": {}},
    "agencies": [
        {"key": "damkar", "name": {"id": "Damkar", "en": "Fire"}, "handsets": []},
    ],
    "calls": {
        "node1-1.1": CALL,
        "node1-2.2": {**CALL, "id": "node1-2.2", "talking": []},
    },
}


class Asked:
    """A house whose router notes what it is asked."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.bodies: list[tuple[str, Any]] = []
        self.status = 200


@pytest_asyncio.fixture
async def asked(unserved: House) -> AsyncIterator[Asked]:
    made = Asked(unserved)

    async def answer(request: web.Request) -> web.Response:
        made.bodies.append((request.path, await request.json()))
        said = {"result": "joined", "done": True, "message": "-"}
        if made.status != 200:
            said = {"error": "call_not_open", "message": "Sudah selesai.\nIt is over."}
        return web.json_response(said, status=made.status)

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    async with TestServer(app) as server:
        link = RouterLink(server.port or 0, "right")
        await link.open()
        desk = unserved.desk
        plan = desk.plan()
        centre = plan.centre.model_copy(update={"supervisors": ("102",)})
        mine = plan.model_copy(update={"centre": centre})
        unserved.desk = replace(desk, link=link, plan=lambda: mine)
        desk.feed.follower.held.state = STATE
        await unserved.serve()
        yield made
        await link.close()


def test_only_who_talks_at_a_handset_is_listened_to() -> None:
    """A call that rings, or talks outside, is none for a handset."""
    outside = {**CALL, "talking": [{"agency": "damkar", "handset": None}]}
    assert talks({"calls": {"1": CALL, "2": {**CALL, "talking": []}, "3": outside}}) == [CALL]
    assert talks(None) == []


async def test_what_is_asked_of_the_router_is_kept(asked: Asked) -> None:
    """Listening, whispering and taking over, each by a form; hostile words are text."""
    browser = await asked.house.inside("Sri", Role.SUPERVISOR)
    answer = await browser.get("/supervise")
    assert answer.status == 200
    assert HOSTILE not in browser.page
    assert "node1-1.1" in browser.page
    assert "node1-2.2" not in browser.page
    form = {"call": "node1-1.1", "handset": "201", "at": "102"}
    for verb in ("listen", "whisper", "take-over"):
        answer = await browser.post(f"/supervise/{verb}", form)
        assert answer.status == 303
        assert answer.headers["Location"] == f"/supervise?at=102&done={verb}"
        await browser.get(answer.headers["Location"])
    assert asked.bodies == [
        ("/api/supervise/listen", form),
        ("/api/supervise/whisper", form),
        ("/api/dispatch/take-over", {"call": "node1-1.1", "handset": "102"}),
    ]
    rows = await asked.house.desk.trail.find(Search(what="supervised"), 9)
    assert [(row.object, row.old, row.new) for row in rows][::-1] == [
        ("node1-1.1", "listen 201 @ 102", "ok"),
        ("node1-1.1", "whisper 201 @ 102", "ok"),
        ("node1-1.1", "take-over 201 @ 102", "joined"),
    ]


async def test_a_no_is_said_in_one_language_and_kept(asked: Asked) -> None:
    """A call that is over, and a handset that is no supervisor's."""
    browser = await asked.house.inside("Adi", Role.ADMIN)
    await browser.get("/supervise")
    asked.status = 404
    form = {"call": "node1-1.1", "handset": "201", "at": "102"}
    answer = await browser.post("/supervise/listen", form)
    assert answer.status == 409
    assert "Sudah selesai." in browser.page
    assert "It is over." not in browser.page
    asked.bodies.clear()
    answer = await browser.post("/supervise/listen", {**form, "at": "201"})
    assert answer.status == 409
    assert asked.bodies == []


async def test_operators_and_auditors_have_no_such_page(asked: Asked) -> None:
    """Nor its rows."""
    for role in (Role.OPERATOR, Role.AUDITOR):
        browser = await asked.house.inside(f"Si {role}", role)
        for path in ("/supervise", "/supervise/talks"):
            assert (await browser.get(path)).status == 403
