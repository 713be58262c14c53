"""Who may do what: every route of the table, by everybody, with and without what is needed.

What is expected is told from the table alone, so that no new route can be forgotten.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from router.accounts import tokens
from router.accounts.model import Role, Stage
from router.console.api.scopes import SCOPES
from router.console.pages import routes
from router.console.route import ANYONE, SAFE, STAFF, Route, RouteError

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from router.accounts.model import Account
    from tests.unit.router.console.people import House

EXAMPLES = {
    "id": "7",
    "extension": "104",
    "node": "node1",
    "call": "node1-1.1",
    "name": "css/base.css",
    "version": "0123456789abcdef",
    "path": "0a1b/leaflet.js",
    "language": "id",
    "prompt": "menu",
    "take": "20261127T080000-0123abcd",
}
"""A value for each part of a path; one that may be some words only is the first of them."""
TABLE = tuple(routes())


def example(path: str) -> str:
    """An address of the route."""

    def value(found: re.Match[str]) -> str:
        words = re.fullmatch(r"[a-z|-]+", found[2])
        return found[2].partition("|")[0] if words else EXAMPLES[found[1]]

    return re.sub(r"\{(\w+):((?:[^{}]|\{[^{}]*\})+)\}", value, path)


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


async def reached(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="reached")


@pytest.fixture
async def hollow(unserved: House) -> House:
    """A console whose routes are the real ones, with nothing behind them."""
    await unserved.serve([replace(route, handle=reached) for route in TABLE])
    return unserved


async def told(answer: ClientResponse) -> str:
    """What somebody was told."""
    if answer.status == 303:
        return f"led to {answer.headers['Location'].partition('?')[0]}"
    if answer.status == 200:
        assert await answer.text() == "reached"
        return "reached"
    return str(answer.status)


def sent_to(page: str, route: Route) -> str:
    """What is told to who has to go to a page first."""
    by_script = route.method not in SAFE or route.path.startswith("/api/")
    return "401" if by_script else f"led to {page}"


async def asked(house: House, route: Route, session: str = "", **given: str) -> str:
    """What is told to who asks for a route, with these headers."""
    browser = house.browser(**({"session": session} if session else {}))
    headers = {"Accept": "text/html", "Origin": browser.origin, **given}
    headers = {name: value for name, value in headers.items() if value}
    return await told(await browser.ask(route.method, example(route.path), headers=headers))


async def test_nobody_gets_anywhere(hollow: House) -> None:
    """Without a session, only what is for anyone is reached; all else leads to the log-in."""
    for route in TABLE:
        wanted = "reached" if route.roles is ANYONE else sent_to("/login", route)
        assert await asked(hollow, route) == wanted, named(route)


@pytest.mark.parametrize("role", Role)
async def test_a_role_gets_where_the_table_lets_it(hollow: House, role: Role) -> None:
    """Each route is reached by the roles that it names, and refused to the others."""
    people = {stage: await hollow.account(stage.value, role, stage) for stage in _stages(role)}
    for route in TABLE:
        stage = next(iter(sorted(route.stages & people.keys(), reverse=True)), Stage.FULL)
        stage = Stage.FULL if Stage.FULL in route.stages else stage
        word = await hollow.session(people[stage], stage)
        got = await asked(hollow, route, word, **{"X-Siaga-Word": tokens.form_word(word)})
        if stage not in route.stages and route.roles is not ANYONE:
            assert got == sent_to("/", route), named(route)
        else:
            assert got == ("reached" if route.may(role) else "403"), named(route)


def _stages(role: Role) -> list[Stage]:
    return [stage for stage in Stage if role is Role.ADMIN or stage is not Stage.ENROL]


@pytest.mark.parametrize("role", Role)
async def test_a_log_in_that_is_not_finished_gets_nowhere_else(hollow: House, role: Role) -> None:
    """Of what is for who is logged in, one that lacks something reaches only what it lacks."""
    pages = {Stage.CODE: "/login/code", Stage.PASSWORD: "/login/password"}
    pages |= {Stage.ENROL: "/login/enrol"} if role is Role.ADMIN else {}
    for stage, page in pages.items():
        account = await hollow.account(stage.value, role, stage)
        word = await hollow.session(account, stage)
        for route in TABLE:
            if route.roles is ANYONE or stage in route.stages:
                continue
            got = await asked(hollow, route, word, **{"X-Siaga-Word": tokens.form_word(word)})
            assert got == sent_to(page, route), (stage, named(route))


FORGERIES = {
    "no word": {"X-Siaga-Word": ""},
    "another word": {"X-Siaga-Word": tokens.form_word("x")},
    "another word, masked": {"X-Siaga-Word": tokens.masked(tokens.form_word("x"))},
    "the cookie itself": {"X-Siaga-Word": "{word}"},
    "another site": {"Origin": "http://elsewhere.example"},
    "no origin": {"Origin": ""},
    "a hidden origin": {"Origin": "null"},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "no address": {"Origin": "http://[::1"},
}


@pytest.mark.parametrize("how", FORGERIES)
async def test_what_is_forged_is_refused(hollow: House, how: str) -> None:
    """Nothing that changes something is reached without the session's word and our own origin."""
    account = await hollow.account("admin", Role.ADMIN)
    people: dict[Stage, Account] = {Stage.FULL: account}
    for route in TABLE:
        if route.method in SAFE or not route.may(Role.ADMIN):
            continue
        by_word = "X-Siaga-Word" in FORGERIES[how]
        if by_word and route.roles is ANYONE:
            continue
        stage = Stage.FULL if Stage.FULL in route.stages else next(iter(route.stages))
        if stage not in people:
            people[stage] = await hollow.account(stage.value, Role.ADMIN, stage)
        word = await hollow.session(people[stage], stage)
        given = {name: value.format(word=word) for name, value in FORGERIES[how].items()}
        got = await asked(hollow, route, word, **{"X-Siaga-Word": tokens.form_word(word), **given})
        assert got == "403", named(route)


@pytest.mark.parametrize("role", Role)
async def test_a_machine_gets_to_the_interface_alone(hollow: House, role: Role) -> None:
    """A token reaches the routes of its scopes and its role, and no page at all."""
    every = await hollow.machine(role, *SCOPES)
    for route in TABLE:
        got = await asked(hollow, route, Origin="", **every)
        if route.contract is not None:
            assert got == ("reached" if route.may(role) else "403"), named(route)
        elif route.roles is not ANYONE:
            assert got == sent_to("/login", route), named(route)


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_scope_is_for_its_own_routes(hollow: House, scope: str) -> None:
    """A token with one scope reaches no route of another."""
    one = await hollow.machine(Role.ADMIN, scope)
    for route in TABLE:
        if route.contract is not None:
            got = await asked(hollow, route, Origin="", **one)
            assert got == ("reached" if route.contract.scope == scope else "403"), named(route)


def test_an_auditor_changes_nothing() -> None:
    """A route that changes something, and not one's own alone, cannot be made for auditors."""
    with pytest.raises(RouteError):
        Route("POST", "/x", reached, STAFF)
    with pytest.raises(RouteError):
        Route("DELETE", "/x", reached, frozenset({Role.AUDITOR}))


def test_a_route_without_roles_cannot_be() -> None:
    """Whoever forgets to say who may, is told so at once."""
    with pytest.raises(RouteError):
        Route("GET", "/x", reached, frozenset())


def test_what_anyone_may_is_known() -> None:
    """The routes without a log-in are those listed here: a new one is a decision."""
    assert {named(route) for route in TABLE if route.roles is ANYONE} == {
        "GET /assets/{path:[0-9a-f]+/[A-Za-z0-9.-]+}",
        "GET /health",
        "GET /healthz",
        "GET /login",
        "GET /metrics",
        "GET /readyz",
        "GET /static/{version:[0-9a-f]{16}}/{name:.+}",
        "POST /language",
        "POST /login",
    }
