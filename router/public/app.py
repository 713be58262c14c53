"""The application of the pages for people outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


MAX_BODY: Final = 1024
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class Page(Protocol):
    """What is served."""

    def routes(self) -> list[web.RouteDef]:
        """Where it is."""


@web.middleware
async def _guard(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        _protect(answer)
        raise
    _protect(response)
    return response


def _protect(response: web.StreamResponse) -> None:
    """Give it the headers that it has not set otherwise."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def public_app(*pages: Page) -> web.Application:
    """The application; it listens on loopback only, behind whatever leads to it."""
    app = web.Application(middlewares=[_guard], client_max_size=MAX_BODY)
    for page in pages:
        app.add_routes(page.routes())
    return app
