"""``/api/callbacks``: whom to call back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from router.store.callbacks import NotOpenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.callbacks.desk import CallbackDesk

MAX_WORDS: Final = 200
"""Characters of a reason or a name."""
MAX_ID: Final = 2**31


def routes(desk: CallbackDesk | None) -> Iterator[web.RouteDef]:
    """The routes, when there is a list."""
    if desk is None:
        return

    async def listed(_request: web.Request) -> web.Response:
        try:
            return web.json_response(await desk.rows())
        except (SQLAlchemyError, OSError):
            return _error(503, "database_away", "the database does not answer")

    async def close(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            who, why = body["by"], body["why"]
        except (ValueError, KeyError, TypeError):
            return _error(400, "bad_request", 'send {"by": "...", "why": "..."}')
        if not (_is_said(who) and _is_said(why)):
            return _error(400, "bad_request", f"by and why are texts of 1 to {MAX_WORDS}")
        task = int(request.match_info["id"])
        if task >= MAX_ID:
            return _error(404, NotOpenError.code, "no such task")
        try:
            await desk.close(task, who.strip(), why.strip())
        except NotOpenError as error:
            return _error(404, error.code, str(error))
        except (SQLAlchemyError, OSError):
            return _error(503, "database_away", "the database does not answer")
        return web.json_response({"id": task})

    yield web.get("/api/callbacks", listed)
    yield web.post("/api/callbacks/{id:[0-9]{1,12}}/close", close)


def _is_said(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= MAX_WORDS


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
