"""The console's application, made of the table of all routes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.console.context import DESK, note_visit
from router.console.failures import told
from router.console.guard import guarded, protected, stranger
from router.console.pages import routes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from router.console.context import Desk
    from router.console.route import Route

MAX_BODY: Final = 64 * 1024


@web.middleware
async def _met(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Also who asks for what is not there is somebody, with a language."""
    note_visit(request, stranger(request))
    return await handler(request)


def build_app(stands: Desk, table: Iterable[Route] | None = None) -> web.Application:
    """The application on what it stands on; a test may give it other routes."""
    app = web.Application(middlewares=[_met, told], client_max_size=MAX_BODY)
    app[DESK] = stands
    for route in routes() if table is None else table:
        handle = guarded(route)
        app.router.add_route(route.method, route.path, handle)
        if route.method == "GET" and not route.live:
            app.router.add_route("HEAD", route.path, handle)
    app.on_response_prepare.append(protected(stands.settings.console.tiles_origin))
    return app
