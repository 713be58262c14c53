"""Everybody's accounts and log-ins: admins change them, auditors read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.accounts import passwords
from router.accounts.errors import AccountError, UnknownAccountError
from router.accounts.model import Role
from router.console import render
from router.console.context import desk, visit
from router.console.pages.account import number
from router.console.route import ADMINS, READERS, Route
from router.console.words import speaker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.accounts.model import Account

VERBS: Final = ("role", "reset", "disable", "enable", "end-sessions")
SESSIONS: Final = 500


async def _show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, message: str = "", status: int = 200, given: tuple[str, str] = ("", "")
) -> web.Response:
    """The list; ``given`` are a name and its one-time password, shown this once."""
    return render.page(
        request,
        "accounts.html",
        status=status,
        accounts=await desk(request).accounts.listed(),
        roles=list(Role),
        message=message,
        given=given,
    )


async def _add(request: web.Request) -> web.StreamResponse:
    form, stands = await request.post(), desk(request)
    password = passwords.one_time()
    hashed = await stands.lanes.run(lambda: passwords.hashed(password), known=True)
    actor = visit(request).actor(stands.now())
    try:
        role = _role(str(form.get("role", "")))
        account = await stands.accounts.add(str(form.get("name", "")), role, hashed, actor)
    except AccountError as error:
        return await _refused(request, error)
    return await _page(request, given=(account.name, password))


async def _change(request: web.Request) -> web.StreamResponse:
    form, stands = await request.post(), desk(request)
    account, verb = number(request), request.match_info["verb"]
    try:
        found = await _found(request, account)
        if verb == "reset":
            return await _reset(request, found)
        actor = visit(request).actor(stands.now())
        match verb:
            case "role":
                role = _role(str(form.get("role", "")))
                await stands.accounts.change_role(account, role, actor)
            case "disable":
                await stands.accounts.disable(account, actor)
            case "enable":
                await stands.accounts.enable(account, actor)
            case _:
                await stands.sessions.end_all(found, actor)
    except AccountError as error:
        return await _refused(request, error)
    return web.Response(status=303, headers={"Location": "/accounts"})


async def _reset(request: web.Request, account: Account) -> web.Response:
    stands = desk(request)
    password = passwords.one_time()
    hashed = await stands.lanes.run(lambda: passwords.hashed(password), known=True)
    await stands.accounts.reset(account.id, hashed, visit(request).actor(stands.now()))
    return await _page(request, given=(account.name, password))


async def _found(request: web.Request, account: int) -> Account:
    found = await desk(request).accounts.get(account)
    if found is None:
        raise UnknownAccountError("Tidak ada akun itu.\nThere is no such account.")
    return found


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise AccountError("Tidak ada peran itu.\nThere is no such role.") from error


async def _refused(request: web.Request, error: AccountError) -> web.Response:
    status = 404 if isinstance(error, UnknownAccountError) else 400
    message = speaker(visit(request).language)(f"accounts.{error.code}")
    return await _page(request, message, status)


async def _sessions(request: web.Request) -> web.StreamResponse:
    rows = await desk(request).sessions.listed(None, SESSIONS)
    return render.page(request, "sessions.html", rows=rows)


async def _end(request: web.Request) -> web.StreamResponse:
    stands, found = desk(request), visit(request)
    await stands.sessions.end(number(request), found.actor(stands.now()))
    return web.Response(status=303, headers={"Location": "/sessions"})


def routes() -> Iterator[Route]:
    """The lists, and what admins do about them."""
    change = "/accounts/{id:[0-9]{1,12}}/{verb:" + "|".join(VERBS) + "}"
    yield Route("GET", "/accounts", _show, READERS)
    yield Route("POST", "/accounts", _add, ADMINS)
    yield Route("POST", change, _change, ADMINS)
    yield Route("GET", "/sessions", _sessions, READERS)
    yield Route("POST", "/sessions/{id:[0-9]{1,12}}/end", _end, ADMINS)
