"""The live board, which is what everybody sees first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.console import render
from router.console.board.regency import drawing
from router.console.context import desk, visit
from router.console.live import until_over
from router.console.route import STAFF, Route
from siaga import places
from siaga.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator


async def _show(request: web.Request) -> web.StreamResponse:
    return _page(request, "board.html", STREAM, wall=False)


async def _wall(request: web.Request) -> web.StreamResponse:
    return _page(request, "wall.html", WALL_STREAM, wall=True)


def _page(request: web.Request, template: str, stream: Route, *, wall: bool) -> web.Response:
    feed = desk(request).feed
    return render.page(
        request,
        template,
        rendered=feed.rendered(visit(request).language, wall=wall),
        stream=stream.path,
        build=feed.build,
    )


async def _stream(request: web.Request) -> web.StreamResponse:
    return await _streamed(request, STREAM, wall=False)


async def _wall_stream(request: web.Request) -> web.StreamResponse:
    return await _streamed(request, WALL_STREAM, wall=True)


async def _streamed(request: web.Request, route: Route, *, wall: bool) -> web.StreamResponse:
    over = asyncio.create_task(until_over(request, route))
    feed, language = desk(request).feed, visit(request).language
    try:
        return await feed.stream(request, language, lambda: not over.done(), wall=wall)
    finally:
        over.cancel()


async def _regency(request: web.Request) -> web.StreamResponse:
    settings = desk(request).settings
    tiles = settings.console.tiles
    try:
        districts = drawing(places.load(settings.places))
    except SettingsError:
        districts = []
    drawn = {"districts": districts, "tiles": tiles, "tiles_by": settings.console.tiles_by}
    return render.squeezed(request, web.json_response(drawn))


STREAM: Final = Route("GET", "/board/stream", _stream, STAFF, live=True)
WALL_STREAM: Final = Route("GET", "/wall/stream", _wall_stream, STAFF, live=True)


def routes() -> Iterator[Route]:
    """The page, what keeps it true, and its map."""
    yield Route("GET", "/", _show, STAFF)
    yield Route("GET", "/wall", _wall, STAFF)
    yield STREAM
    yield WALL_STREAM
    yield Route("GET", "/board/regency.json", _regency, STAFF)
