"""The page on which an agency accepts a call that it was told of.

To open it changes nothing: programs that show a preview of a message open its links too.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.exc import SQLAlchemyError

from router.notify import ACCEPT_PATH
from router.store.acceptances import Acceptance, Told, Way

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.store.acceptances import AcceptanceStore
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_PAGE: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True
).get_template("accept.html")


class AcceptPage:
    """Shows what was told, and takes the agency's word.

    Args:
        store: of acceptances.
        plan: gives the plan in force, for names and the time zone.
    """

    def __init__(self, store: AcceptanceStore, plan: Callable[[], Plan]) -> None:
        self._store = store
        self._plan = plan

    def routes(self) -> list[web.RouteDef]:
        """Where it is."""
        path = f"{ACCEPT_PATH}{{token}}"
        return [web.get(path, self._show), web.post(path, self._take)]

    async def _show(self, request: web.Request) -> web.Response:
        told = await self._find(request)
        return self._page(told)

    async def _take(self, request: web.Request) -> web.Response:
        told = await self._find(request)
        if told.accepted is None:
            word = Acceptance(datetime.now(UTC), told.target, Way.LINK)
            await self._store.accept(told.node, told.call, told.agency, word)
            log.info("call_accepted", call=told.call, agency=told.agency, how=word.how)
        # Shown by a request of its own, so that to load the page anew accepts nothing anew.
        raise web.HTTPSeeOther(request.path)

    async def _find(self, request: web.Request) -> Told:
        token = request.match_info["token"]
        try:
            told = await self._store.find(token) if TOKEN.fullmatch(token) else None
        except (SQLAlchemyError, OSError) as error:
            log.warning("accept_page_away", reason=str(error)[:200])
            raise web.HTTPServiceUnavailable(
                text="Coba lagi sebentar lagi, atau telepon 112.\n"
                "Try again in a moment, or call 112.\n"
            ) from error
        if told is None:
            raise web.HTTPNotFound(
                text="Tautan ini tidak berlaku lagi.\nThis link is no longer valid.\n"
            )
        return told

    def _page(self, told: Told) -> web.Response:
        plan = self._plan()
        zone = ZoneInfo(plan.centre.timezone)
        emergency = plan.emergencies.get(told.emergency or "")
        name = "Darurat / Emergency" if emergency is None else emergency.name.id
        agency = plan.agencies.get(told.agency)
        who = told.agency if agency is None else agency.name.id
        lines = [f"{who}: panggilan / call {told.began.astimezone(zone):%d-%m-%Y %H:%M:%S}"]
        if told.accepted is not None:
            at = f"{told.accepted.at.astimezone(zone):%H:%M:%S}"
            lines.append(f"Sudah diterima / accepted: {at}")
        elif told.answered_by == told.agency:
            lines.append("Teleponnya sudah dijawab / your telephone was answered.")
        text = _PAGE.render(
            title=f"112: {name}",
            lines=lines,
            may_accept=told.accepted is None,
            centre=plan.centre.name.id,
        )
        return web.Response(text=text, content_type="text/html")
