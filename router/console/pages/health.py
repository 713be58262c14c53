"""What the router says of itself to this machine, also at the console's port.

Who is not on this machine has to be logged in: it is not for the whole network.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.console.context import desk, visit
from router.console.link import RouterAwayError
from router.console.route import ANYONE, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS: Final = ("/health", "/healthz", "/readyz", "/metrics")
AWAY: Final = {
    "ok": False,
    "error": "router_away",
    "message": "Router tidak menjawab. / The router does not answer.",
}


async def _passed(request: web.Request) -> web.StreamResponse:
    found = visit(request)
    if found.role is None and not _is_here(found.address):
        raise web.HTTPNotFound
    try:
        answer = await desk(request).link.passed(request.path)
    except RouterAwayError:
        return web.json_response(AWAY, status=503)
    return web.Response(
        body=answer.body, status=answer.status, headers={"Content-Type": answer.content_type}
    )


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def routes() -> Iterator[Route]:
    """Each of the router's."""
    for path in PATHS:
        yield Route("GET", path, _passed, ANYONE)
