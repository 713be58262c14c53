"""Logging in and out: pages for a browser, objects for the window that opens in an open page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from router.accounts.model import Stage
from router.console import cookies, logins, render
from router.console.context import desk, visit
from router.console.failures import wants_object
from router.console.guard import STAGE_PAGES
from router.console.route import ANYONE, STAFF, Route
from router.console.targets import own_path
from router.console.words import speaker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.logins import Begun


async def _show(request: web.Request) -> web.StreamResponse:
    target = own_path(request.query.get("next", ""))
    if visit(request).role is not None:
        raise web.HTTPSeeOther(target)
    return render.page(request, "login.html", next=target, name="", message="")


async def _log_in(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    name, target = str(form.get("name", "")), own_path(str(form.get("next", "")))
    found = await logins.proven(request, name, str(form.get("password", "")))
    if isinstance(found, logins.Denied):
        return _denied(request, found, name, target)
    begun = await logins.begin(request, found)
    answer = _begun(request, begun, target, found.id)
    cookies.give(request, answer, cookies.SESSION, begun.word, None)
    if begun.wanted is not Stage.CODE:
        await logins.know(request, answer, found)
    return answer


def _begun(request: web.Request, begun: Begun, target: str, account: int) -> web.Response:
    page = STAGE_PAGES[begun.wanted]
    if wants_object(request):
        said = {"stage": begun.wanted.value, "page": page, "account": account}
        return web.json_response({**said, "word": begun.form_word})
    where = target if begun.wanted is Stage.FULL else page
    return web.Response(status=303, headers={"Location": where})


def _denied(request: web.Request, found: logins.Denied, name: str, target: str) -> web.Response:
    message = speaker(visit(request).language)(found.word, seconds=found.wait_s)
    status = 401 if found.wait_s == 0 else 429
    if wants_object(request):
        answer = web.json_response({"error": found.word, "message": message}, status=status)
    else:
        answer = render.page(
            request, "login.html", status=status, next=target, name=name[:64], message=message
        )
    if found.wait_s:
        answer.headers["Retry-After"] = str(found.wait_s)
    return answer


async def _log_out(request: web.Request) -> web.StreamResponse:
    stands, found = desk(request), visit(request)
    if found.session is not None:
        await stands.sessions.log_out(found.session, found.actor(stands.now()))
    answer = web.Response(status=303, headers={"Location": "/login"})
    cookies.take(request, answer, cookies.SESSION)
    return answer


def routes() -> Iterator[Route]:
    """To log in, and out."""
    every = frozenset(Stage)
    yield Route("GET", "/login", _show, ANYONE)
    yield Route("POST", "/login", _log_in, ANYONE)
    yield Route("POST", "/logout", _log_out, STAFF, own=True, stages=every)
