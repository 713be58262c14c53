"""The first page after logging in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from router.console import render
from router.console.context import desk
from router.console.link import RouterAwayError
from router.console.route import STAFF, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp import web


async def _start(request: web.Request) -> web.StreamResponse:
    try:
        health = json.loads((await desk(request).link.passed("/health")).body)
        calls: int | None = int(health["calls"]["open"])
    except (RouterAwayError, ValueError, KeyError, TypeError):
        calls = None
    return render.page(request, "start.html", calls=calls)


def routes() -> Iterator[Route]:
    """The start."""
    yield Route("GET", "/", _start, STAFF)
