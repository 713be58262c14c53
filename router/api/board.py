"""``/api/board``: what the centre is doing now, and ``/api/board/stream``: as it changes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.board.hub import TooManyReadersError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.board import Hub

WRITE_S: Final = 10.0
"""A reader that takes nothing for so long is let go."""


def routes(hub: Hub | None) -> Iterator[web.RouteDef]:
    """The routes, when there is a board."""
    if hub is None:
        return

    async def now(_request: web.Request) -> web.Response:
        return web.json_response(await hub.now())

    async def stream(request: web.Request) -> web.StreamResponse:
        lines = hub.stream()
        try:
            first = await anext(lines)
        except TooManyReadersError:
            error = {"error": "too_many_readers", "message": "enough are reading the board"}
            return web.json_response(error, status=503)
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        try:
            await response.prepare(request)
            await _write(response, first)
            async for line in lines:
                await _write(response, line)
        except (ConnectionError, TimeoutError):
            pass  # It has gone, or takes nothing any more.
        finally:
            await lines.aclose()
        return response

    yield web.get("/api/board", now)
    yield web.get("/api/board/stream", stream)


async def _write(response: web.StreamResponse, line: dict[str, Any]) -> None:
    async with asyncio.timeout(WRITE_S):
        await response.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
