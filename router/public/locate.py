"""The page by which a caller sends where they are; opened by a link from a message of ours.

To open it sends nothing: programs that show a preview of a message open its links too. A position
is sent once, by a tap, and cannot be read here by anybody.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.exc import SQLAlchemyError

from router.incidents.locate import LOCATE_PATH
from router.public.accept import TOKEN
from siaga import places

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.store.locations import Link, LinkStore
    from siaga.places import Places, Position
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

MAX_ACCURACY_M: Final = 1_000_000.0
_PAGE: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True
).get_template("locate.html")


class LocatePage:
    """Asks for a position, and takes it.

    Args:
        store: of links.
        regency: its districts.
        plan: gives the one in force, for the centre's name.
    """

    def __init__(self, store: LinkStore, regency: Places, plan: Callable[[], Plan]) -> None:
        self._store = store
        self._regency = regency
        self._plan = plan

    def routes(self) -> list[web.RouteDef]:
        """Where it is."""
        path = f"{LOCATE_PATH}{{token}}"
        return [web.get(path, self._show), web.post(path, self._take)]

    async def _show(self, request: web.Request) -> web.Response:
        link = await self._find(request)
        nonce = secrets.token_urlsafe(16)
        text = _PAGE.render(asks=link.used is None, nonce=nonce, centre=self._plan().centre.name.id)
        policy = (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
            f"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        headers = {"Content-Security-Policy": policy, "Permissions-Policy": "geolocation=(self)"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _take(self, request: web.Request) -> web.Response:
        link = await self._find(request)
        position, accuracy = await _sent(request)
        try:
            taken = await self._store.use(
                request.match_info["token"],
                position,
                accuracy,
                datetime.now(UTC),
                lambda point: self._regency.nearest(point).code,
            )
        except (SQLAlchemyError, OSError) as error:
            raise _away(error) from error
        if taken:
            log.info("location_sent", call=link.call)
        raise web.HTTPSeeOther(request.path)

    async def _find(self, request: web.Request) -> Link:
        token = request.match_info["token"]
        try:
            link = await self._store.find(token) if TOKEN.fullmatch(token) else None
        except (SQLAlchemyError, OSError) as error:
            raise _away(error) from error
        if link is None or (link.used is None and link.expires <= datetime.now(UTC)):
            raise web.HTTPNotFound(
                text="Tautan ini tidak berlaku lagi; telepon 112.\n"
                "This link is no longer valid: call 112.\n"
            )
        return link


async def _sent(request: web.Request) -> tuple[Position, float]:
    """What the form says.

    Raises:
        HTTPBadRequest: it is no position.
    """
    form = await request.post()
    try:
        latitude, longitude, accuracy = (
            float(str(form[name])) for name in ("latitude", "longitude", "accuracy")
        )
        position = places.position(latitude, longitude)
    except (KeyError, ValueError) as error:
        raise _wrong() from error
    if not 0 <= accuracy <= MAX_ACCURACY_M:
        raise _wrong()
    return position, accuracy


def _wrong() -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text="Bukan lokasi. / Not a location.\n")


def _away(error: Exception) -> web.HTTPServiceUnavailable:
    log.warning("locate_page_away", reason=str(error)[:200])
    return web.HTTPServiceUnavailable(
        text="Coba lagi sebentar lagi, atau telepon 112.\nTry again in a moment, or call 112.\n"
    )
