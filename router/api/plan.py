"""``POST /api/plan/…``: a plan put in force, an earlier one again, a handset's new password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.applying import NotAppliedError, Told, Wish
from siaga.plan.source import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator

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
            large = request.clone(client_max_size=MAX_BODY)
            (text,) = await _fields(large, "text")
            deed = applying.apply(text, await _wish(large))
        except ValueError:
            return _error(400, "bad_request", "send text, by, why and instead")
        return await _told(deed)

    async def rollback(request: web.Request) -> web.Response:
        try:
            (number,) = await _fields(request, "number")
            deed = applying.rollback(_number(number), await _wish(request))
        except ValueError:
            return _error(400, "bad_request", "send number, by, why and instead")
        return await _told(deed)

    async def rotate(request: web.Request) -> web.Response:
        try:
            extension, by = await _fields(request, "extension", "by")
            _number(extension)
            deed = applying.rotate(extension, _said(by))
        except ValueError:
            return _error(400, "bad_request", "send extension and by")
        return await _told(deed)

    async def check_here(request: web.Request) -> web.Response:
        return await _here(request, applying, only_check=True)

    async def take_here(request: web.Request) -> web.Response:
        return await _here(request, applying, only_check=False)

    yield web.post("/api/plan/here/check", check_here)
    yield web.post("/api/plan/here/take", take_here)
    yield web.post("/api/plan/rotate", rotate)
    yield web.post("/api/plan/apply", apply)
    yield web.post("/api/plan/rollback", rollback)


async def _here(request: web.Request, applying: Applying, *, only_check: bool) -> web.Response:
    """What another node has decided."""
    try:
        large = request.clone(client_max_size=MAX_BODY)
        text, by, why, origin, approved = await _fields(
            large, "text", "by", "why", "origin", "approved"
        )
        proven = (await large.json()).get("proven") is True
        told = Told(
            _said(by), why[:MAX_WORDS], _said(origin), approved[:MAX_WORDS], only_check, proven
        )
        deed = applying.here(text, told)
    except ValueError:
        return _error(400, "bad_request", "send text, by, why, origin, approved and proven")
    return await _told(deed)


async def _fields(request: web.Request, *names: str) -> list[str]:
    """What is asked with; raises a ValueError if it is not all there."""
    body = await request.json()
    found = [body.get(name) for name in names] if isinstance(body, dict) else []
    texts = [text for text in found if isinstance(text, str)]
    if len(texts) < len(names):
        raise ValueError
    return texts


async def _wish(request: web.Request) -> Wish:
    """Who wants it and why; a second person is named if there is one."""
    by, why, instead = await _fields(request, "by", "why", "instead")
    approved = (await request.json()).get("approved", "")
    if not isinstance(approved, str) or len(approved) > MAX_WORDS:
        raise ValueError
    return Wish(_said(by), _said(why), _number(instead), approved)


async def _told(deed: Awaitable[dict[str, Any]]) -> web.Response:
    try:
        return web.json_response(await deed)
    except NotAppliedError as error:
        return _error(409, error.code, str(error))


def _said(text: str) -> str:
    if not 0 < len(text.strip()) <= MAX_WORDS:
        raise ValueError
    return text


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 8 and 0 < int(text) < MAX_NUMBER):
        raise ValueError
    return int(text)


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
