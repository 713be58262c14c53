"""What machines log in by: made by an admin, shown once, taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.accounts import tokens
from router.accounts.errors import AccountError
from router.accounts.model import Role
from router.console import render
from router.console.api.scopes import SCOPES
from router.console.context import desk, visit
from router.console.pages.account import number
from router.console.route import ADMINS, READERS, Route
from router.console.words import speaker
from router.store.api_tokens import ApiToken

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS: Final = (30, 90, 180, 365)


async def _show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, message: str = "", status: int = 200, given: tuple[str, str] = ("", "")
) -> web.Response:
    """The list; ``given`` are a name and its token, shown this once."""
    stands = desk(request)
    return render.page(
        request,
        "tokens.html",
        status=status,
        tokens=await stands.tokens.listed(),
        now=stands.now(),
        roles=list(Role),
        scopes=SCOPES,
        days=DAYS,
        message=message,
        given=given,
    )


async def _make(request: web.Request) -> web.StreamResponse:
    form, stands, found = await request.post(), desk(request), visit(request)
    now, word = stands.now(), tokens.new()
    digest = tokens.digest(word) or ""
    asked = {str(scope) for scope in form.getall("scope", [])}
    days = str(form.get("days", ""))
    long = timedelta(days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0)
    try:
        role = _role(str(form.get("role", "")))
        name = str(form.get("name", ""))
        scopes = frozenset(asked & set(SCOPES))
        token = ApiToken(0, name, role, scopes, now, found.name, now + long)
        await stands.tokens.make(token, digest, found.actor(now))
    except AccountError as error:
        message = speaker(found.language)(f"tokens.{error.code}")
        return await _page(request, message, 400)
    return await _page(request, given=(name, f"{tokens.MACHINE}{word}"))


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise AccountError("Tidak ada peran itu.\nThere is no such role.") from error


async def _revoke(request: web.Request) -> web.StreamResponse:
    stands = desk(request)
    await stands.tokens.revoke(number(request), visit(request).actor(stands.now()))
    return web.Response(status=303, headers={"Location": "/tokens"})


def routes() -> Iterator[Route]:
    """The list, and what admins do about it."""
    yield Route("GET", "/tokens", _show, READERS)
    yield Route("POST", "/tokens", _make, ADMINS)
    yield Route("POST", "/tokens/{id:[0-9]{1,12}}/revoke", _revoke, ADMINS)
