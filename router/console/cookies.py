"""The console's cookies: never read by scripts, never sent for another site's request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.console.context import came, desk

if TYPE_CHECKING:
    from aiohttp import web

YEAR_S: Final = 365 * 86_400
SESSION: Final = "session"
DEVICE: Final = "device"
LANGUAGE: Final = "language"
SEAT: Final = "handset"
"""The handset that stands on the desk of this browser's machine."""
THEME: Final = "siaga-theme"
"""Set and read by the page itself: nothing but how it looks."""


def read(request: web.Request, what: str) -> str:
    """A cookie of ours; empty: it was not sent."""
    return request.cookies.get(_name(request, what), "")


def give(
    request: web.Request, response: web.StreamResponse, what: str, value: str, age_s: int | None
) -> None:
    """Have the browser keep a cookie; ``age_s`` None: until it is closed."""
    response.set_cookie(
        _name(request, what),
        value,
        max_age=age_s,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=_secure(request),
    )


def take(request: web.Request, response: web.StreamResponse, what: str) -> None:
    """Have the browser forget one."""
    response.del_cookie(
        _name(request, what), path="/", httponly=True, samesite="Strict", secure=_secure(request)
    )


def _secure(request: web.Request) -> bool:
    return came(request).secure


def _name(request: web.Request, what: str) -> str:
    """Browsers do not tell ports of one host apart, on which several centres may run.

    ``__Host-`` has the browser refuse it from anything but https and this very host.
    """
    prefix = "__Host-" if _secure(request) else ""
    return f"{prefix}siaga-{desk(request).settings.ports.http}-{what}"
