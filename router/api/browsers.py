"""``/api/handsets/…/key``: the console lets a browser log in as a handset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from router.ami import AmiError
from router.browsers import NoBrowserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.browsers import BrowserKeys


def routes(keys: BrowserKeys | None) -> Iterator[web.RouteDef]:
    """The routes, when they are served."""
    if keys is None:
        return

    async def make(request: web.Request) -> web.Response:
        try:
            password = await keys.make(request.match_info["extension"])
        except NoBrowserError as error:
            return _error(404, error.code, str(error))
        except AmiError as error:
            return _error(503, error.code, str(error))
        return web.json_response({"password": password})

    async def end(request: web.Request) -> web.Response:
        extension = request.match_info["extension"]
        try:
            await keys.end(extension)
        except AmiError as error:
            return _error(503, error.code, str(error))
        return web.json_response({"extension": extension})

    yield web.post("/api/handsets/{extension:[0-9]{2,6}}/key", make)
    yield web.post("/api/handsets/{extension:[0-9]{2,6}}/key/end", end)


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)
