"""One's own account: password, second factor, and where one is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from router.accounts.model import Role
from router.console import logins, render
from router.console.context import desk, visit
from router.console.logins import own_account
from router.console.pages import factor
from router.console.pages.proofs import take_password
from router.console.route import STAFF, Route
from router.console.words import speaker

if TYPE_CHECKING:
    from collections.abc import Iterator


async def _show(request: web.Request) -> web.StreamResponse:
    return await _page(request, "")


async def _page(request: web.Request, message: str, status: int = 200) -> web.Response:
    account = await own_account(request)
    rows = await desk(request).sessions.listed(account.id)
    return render.page(
        request,
        "account.html",
        status=status,
        message=message,
        least=logins.LEAST,
        most=logins.MOST,
        has_factor=account.secret is not None,
        must_have_factor=account.role is Role.ADMIN,
        sessions=[session for _, session in rows],
    )


async def _password(request: web.Request) -> web.StreamResponse:
    form, account = await request.post(), await own_account(request)
    t = speaker(visit(request).language)
    found = await logins.proven(request, account.name, str(form.get("old", "")))
    if isinstance(found, logins.Denied):
        return await _page(request, t(_word(found), seconds=found.wait_s), 400)
    given, again = str(form.get("password", "")), str(form.get("again", ""))
    message = await take_password(request, account.id, given, again)
    answer = await _page(request, message or t("password.changed"), 400 if message else 200)
    if not message:
        await logins.know(request, answer, account)
    return answer


def _word(denied: logins.Denied) -> str:
    return "password.old_wrong" if denied.wait_s == 0 else denied.word


async def _end(request: web.Request) -> web.StreamResponse:
    stands, found = desk(request), visit(request)
    session, actor = number(request), found.actor(stands.now())
    if session != found.session:
        await stands.sessions.end(session, actor, account=found.account)
    return web.Response(status=303, headers={"Location": "/account"})


async def _end_others(request: web.Request) -> web.StreamResponse:
    account, stands = await own_account(request), desk(request)
    await stands.sessions.end_all(account, visit(request).actor(stands.now()))
    answer = web.Response(status=303, headers={"Location": "/account"})
    await logins.know(request, answer, account)
    return answer


async def _factor(request: web.Request) -> web.StreamResponse:
    if (await own_account(request)).secret is not None:
        raise web.HTTPSeeOther("/account")
    return await factor.show(request, "/account/factor")


async def _take_factor(request: web.Request) -> web.StreamResponse:
    return await factor.take(request, "/account/factor", "/account")


async def _remove_factor(request: web.Request) -> web.StreamResponse:
    form, account, stands = await request.post(), await own_account(request), desk(request)
    t = speaker(visit(request).language)
    if account.role is Role.ADMIN:
        return await _page(request, t("factor.needed"), 400)
    found = await logins.proven(request, account.name, str(form.get("old", "")))
    if isinstance(found, logins.Denied):
        return await _page(request, t(_word(found), seconds=found.wait_s), 400)
    await stands.accounts.remove_factor(account.id, visit(request).actor(stands.now()))
    answer = web.Response(status=303, headers={"Location": "/account"})
    await logins.know(request, answer, account)
    return answer


def number(request: web.Request) -> int:
    """The number in the address; what none can be is that of nothing."""
    return min(int(request.match_info["id"]), 2**31 - 1)


def routes() -> Iterator[Route]:
    """One's own."""
    yield Route("GET", "/account", _show, STAFF)
    yield Route("POST", "/account/password", _password, STAFF, own=True)
    yield Route("POST", "/account/sessions/{id:[0-9]{1,12}}/end", _end, STAFF, own=True)
    yield Route("POST", "/account/sessions/end-others", _end_others, STAFF, own=True)
    yield Route("GET", "/account/factor", _factor, STAFF)
    yield Route("POST", "/account/factor", _take_factor, STAFF, own=True)
    yield Route("POST", "/account/factor/remove", _remove_factor, STAFF, own=True)
