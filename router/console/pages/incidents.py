"""Incidents: the list of them, and each with all that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from router.console import render
from router.console.context import desk
from router.console.days import day, whole
from router.console.incidents.sheet import regency, sheet
from router.console.route import STAFF, Route
from router.incidents.model import State
from router.store.incident_search import IncidentSearch, Search

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp import web

    from router.incidents.model import Incident

PAGE: Final = 50
STATES: Final = tuple(state.value for state in State)
ASKED: Final = ("state", "kind", "district", "since", "until")


async def _listed(request: web.Request) -> web.StreamResponse:
    stands, asked = desk(request), request.query
    zone = ZoneInfo(stands.plan().centre.timezone)
    state = asked.get("state", "")
    search = Search(
        state=state if state in STATES else "",
        kind=asked.get("kind", "")[:100],
        district=asked.get("district", "")[:20],
        since=day(asked.get("since", ""), zone),
        until=day(asked.get("until", ""), zone, days=1),
    )
    before = whole(asked.get("before", ""))
    open_, closed = await _found(IncidentSearch(stands.engine), search, before)
    return render.page(
        request,
        "incidents.html",
        open=open_,
        closed=closed[:PAGE],
        asked={**{name: asked.get(name, "")[:100] for name in ASKED}, "state": search.state},
        before=closed[PAGE - 1].id if len(closed) > PAGE else None,
        later=before is not None,
        states=STATES,
        plan=stands.plan(),
        regency=regency(request),
    )


async def _found(
    search: IncidentSearch, wanted: Search, before: int | None
) -> tuple[list[Incident], list[Incident]]:
    """Those that are open, on the first page; and of the closed a page, and one more."""
    is_closed = wanted.state == State.CLOSED
    open_ = [] if is_closed or before is not None else await search.open(wanted)
    if wanted.state and not is_closed:
        return open_, []
    return open_, await search.closed(wanted, PAGE + 1, before)


async def _one(request: web.Request) -> web.StreamResponse:
    return await sheet(request, int(request.match_info["id"]))


def routes() -> Iterator[Route]:
    """To be read by all staff."""
    yield Route("GET", "/incidents", _listed, STAFF)
    yield Route("GET", "/incidents/{id:[0-9]{1,9}}", _one, STAFF)
