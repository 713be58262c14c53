"""The page on which an agency accepts a call that it was told of, and tells when it is there.

To open it changes nothing: programs that show a preview of a message open its links too.
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.exc import SQLAlchemyError

from router.incidents.model import Said, Unit
from router.notify import ACCEPT_PATH
from router.store.acceptances import Acceptance, Told, Way
from router.store.incident_errors import IncidentClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.incidents.model import Incident
    from router.store.acceptances import AcceptanceStore
    from router.store.incidents import IncidentStore
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

ARRIVE: Final = "arrive"
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_PAGE: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True
).get_template("accept.html")


class AcceptPage:
    """Shows what was told, and takes the agency's word.

    Args:
        store: of acceptances.
        incidents: what the calls tell of.
        plan: gives the plan in force, for names and the time zone.
    """

    def __init__(
        self, store: AcceptanceStore, incidents: IncidentStore, plan: Callable[[], Plan]
    ) -> None:
        self._store = store
        self._incidents = incidents
        self._plan = plan

    def routes(self) -> list[web.RouteDef]:
        """Where it is."""
        path = f"{ACCEPT_PATH}{{token}}"
        return [web.get(path, self._show), web.post(path, self._take)]

    async def _show(self, request: web.Request) -> web.Response:
        told = await self._find(request)
        try:
            incident = await self._incidents.of_call(told.call)
        except (SQLAlchemyError, OSError) as error:
            raise _away(error) from error
        return self._page(told, incident)

    async def _take(self, request: web.Request) -> web.Response:
        told = await self._find(request)
        try:
            await self._step(told, str((await request.post()).get("step", "")))
        except (SQLAlchemyError, OSError) as error:
            raise _away(error) from error
        # Shown by a request of its own, so that to load the page anew accepts nothing anew.
        raise web.HTTPSeeOther(request.path)

    async def _step(self, told: Told, step: str) -> None:
        now = datetime.now(UTC)
        if told.accepted is None:
            word = Acceptance(now, told.target, Way.LINK)
            await self._store.accept(told.node, told.call, told.agency, word)
            log.info("call_accepted", call=told.call, agency=told.agency, how=word.how)
        elif step == ARRIVE:
            incident = await self._incidents.of_call(told.call)
            if incident is None or incident.closed is not None:
                return
            with contextlib.suppress(IncidentClosedError):
                unit, said = Unit(told.agency), Said(told.target, now)
                await self._incidents.arrive(incident.id, unit, said)
                log.info("unit_arrived", incident=incident.id, agency=told.agency)

    async def _find(self, request: web.Request) -> Told:
        token = request.match_info["token"]
        try:
            told = await self._store.find(token) if TOKEN.fullmatch(token) else None
        except (SQLAlchemyError, OSError) as error:
            raise _away(error) from error
        if told is None:
            raise web.HTTPNotFound(
                text="Tautan ini tidak berlaku lagi.\nThis link is no longer valid.\n"
            )
        return told

    def _page(self, told: Told, incident: Incident | None) -> web.Response:
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
        there = _arrived(told.agency, incident)
        if there is not None:
            lines.append(f"Di lokasi / on scene: {there.astimezone(zone):%H:%M:%S}")
        is_open = incident is not None and incident.closed is None
        text = _PAGE.render(
            title=f"112: {name}",
            lines=lines,
            may_accept=told.accepted is None,
            may_arrive=told.accepted is not None and is_open and there is None,
            centre=plan.centre.name.id,
        )
        return web.Response(text=text, content_type="text/html")


def _arrived(agency: str, incident: Incident | None) -> datetime | None:
    """When the agency was first there, as far as it is known."""
    units = () if incident is None else incident.units
    return min(
        (unit.arrived for unit in units if unit.agency == agency and unit.arrived is not None),
        default=None,
    )


def _away(error: Exception) -> web.HTTPServiceUnavailable:
    log.warning("accept_page_away", reason=str(error)[:200])
    return web.HTTPServiceUnavailable(
        text="Coba lagi sebentar lagi, atau telepon 112.\nTry again in a moment, or call 112.\n"
    )
