"""``POST /api/classes``: what a call was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from router.store.classes import Given
from router.store.errors import UnknownCallError
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.store.classes import ClassStore

MAX_WORDS: Final = 200
"""Characters of an id or a name."""


def routes(classes: ClassStore | None) -> Iterator[web.RouteDef]:
    """The route, when classes are kept."""
    if classes is None:
        return

    async def give(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            call, kind, who = body["call"], body["kind"], body["by"]
        except (ValueError, KeyError, TypeError):
            return _error(400, "bad_request", 'send {"call": "...", "kind": "...", "by": "..."}')
        if not (_is_said(call) and _is_said(who) and kind in tuple(CallClass)):
            listed = ", ".join(CallClass)
            return _error(400, "bad_request", f"call and by are texts, kind is one of {listed}")
        try:
            await classes.give(call, Given(CallClass(kind), datetime.now(UTC), who.strip()))
        except UnknownCallError as error:
            return _error(404, error.code, str(error))
        except (SQLAlchemyError, OSError):
            return _error(503, "database_away", "the database does not answer")
        return web.json_response({"call": call, "kind": kind})

    yield web.post("/api/classes", give)


def _is_said(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text.strip()) <= MAX_WORDS


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
