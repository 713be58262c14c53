"""Commands for a call that is on another node go there; whoever asks need not know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.typedefs import Middleware

    from router.nodes.errands import Errands

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

CALLS: Final = ("/api/transfer", "/api/dispatch/", "/api/supervise/", "/api/recordings/")
"""What is done to a call, or asked of its recording, and so on its node."""


def sent_on(errands: Errands | None) -> Middleware:
    """The middleware; without other nodes everything is done here."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if errands is None or request.method != "POST" or not request.path.startswith(CALLS):
            return await handler(request)
        node = await errands.for_another(await _call(request))
        if node is None:
            return await handler(request)
        answer = await errands.ask(node, request.path, await request.text())
        return web.json_response(answer.body, status=answer.status)

    return middleware


async def _call(request: web.Request) -> str:
    try:
        body = json.loads(await request.text())
    except ValueError:
        return ""
    call = body.get("call") if isinstance(body, dict) else None
    return call if isinstance(call, str) else ""
