"""``POST /api/plan/…``: a plan put in force, or an earlier one again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.applying import NotAppliedError
from siaga.plan.source import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.applying import Applying

MAX_WORDS: Final = 300
"""Characters of a reason or a name."""
MAX_BODY: Final = 6 * MAX_BYTES + 8192
"""A text of which each character is escaped, and the rest."""
MAX_NUMBER: Final = 1_000_000


def routes(applying: Applying | None) -> Iterator[web.RouteDef]:
    """The routes, when plans can be put in force from here."""
    if applying is None:
        return

    async def apply(request: web.Request) -> web.Response:
        try:
            body = await request.clone(client_max_size=MAX_BODY).json()
            text, by, why, instead = body["text"], body["by"], body["why"], body["instead"]
        except (ValueError, KeyError, TypeError):
            return _error(400, "bad_request", "send text, by, why and instead")
        if not (isinstance(text, str) and _is_said(by) and _is_said(why) and _is_number(instead)):
            return _error(400, "bad_request", "text, by and why are texts, instead is a number")
        try:
            return web.json_response(await applying.apply(text, by, why, int(instead)))
        except NotAppliedError as error:
            return _error(409, error.code, str(error))

    async def rollback(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            number, by, why, instead = body["number"], body["by"], body["why"], body["instead"]
        except (ValueError, KeyError, TypeError):
            return _error(400, "bad_request", "send number, by, why and instead")
        if not (_is_number(number) and _is_said(by) and _is_said(why) and _is_number(instead)):
            return _error(400, "bad_request", "by and why are texts, the others numbers")
        try:
            done = await applying.rollback(int(number), by, why, int(instead))
        except NotAppliedError as error:
            return _error(409, error.code, str(error))
        return web.json_response(done)

    yield web.post("/api/plan/apply", apply)
    yield web.post("/api/plan/rollback", rollback)


def _is_said(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= MAX_WORDS


def _is_number(text: object) -> bool:
    return (
        isinstance(text, str)
        and text.isascii()
        and text.isdigit()
        and 0 < len(text) < 8
        and 0 < int(text) < MAX_NUMBER
    )


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
