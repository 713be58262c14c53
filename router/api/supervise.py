"""``POST /api/supervise/…``: a supervisor's handset is rung to hear an officer's talk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from router.api.dispatch import refusal
from router.dispatch import DispatchError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.dispatch import Supervision

FIELDS = ("call", "handset", "at")


def _handler(
    command: Callable[[str, str, str], Awaitable[None]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            body = await request.json()
            given = [body[name] for name in FIELDS]
        except (ValueError, KeyError, TypeError):
            given = []
        if not given or not all(isinstance(value, str) for value in given):
            message = 'send {"call": "...", "handset": "...", "at": "..."}'
            return web.json_response({"error": "bad_request", "message": message}, status=400)
        try:
            await command(*given)
        except DispatchError as error:
            return refusal(error)
        return web.json_response(dict(zip(FIELDS, given, strict=True)))

    return handle


def routes(supervision: Supervision | None) -> list[web.RouteDef]:
    """The routes; none without a supervision."""
    if supervision is None:
        return []
    return [
        web.post("/api/supervise/listen", _handler(supervision.listen)),
        web.post("/api/supervise/whisper", _handler(supervision.whisper)),
    ]
