"""One incident as its page shows it, read from the database: it is there without the router."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from router.console import render
from router.console.context import desk
from router.console.incidents.story import noted, story
from router.incidents.desk import MAX_NAME
from router.incidents.rules import suggestions
from router.incidents.words import MAX_WORDS
from router.store import CallReader
from router.store.incident_search import IncidentSearch
from siaga import places
from siaga.errors import SettingsError
from siaga.places import Places

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from router.incidents.model import Incident
    from router.store.incident_search import File

JOINABLE: Final = 40
"""Of so many of the latest calls one can be joined by the page."""
RECENT: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A form that was not taken.

    Attributes:
        verb: which. ``fields``: what was typed into it.
        message: why; it was ``overtaken`` by what has happened since the version ``seen``.
        status: of HTTP.
    """

    verb: str
    fields: dict[str, str]
    message: str
    status: int
    overtaken: bool = False
    seen: int = 0


def regency(request: web.Request) -> Places:
    """Its districts; none when its list cannot be used."""
    try:
        return places.load(desk(request).settings.places)
    except SettingsError:
        return Places(())


async def sheet(request: web.Request, number: int, refusal: Refusal | None = None) -> web.Response:
    """The page, with what was typed when something was refused.

    Raises:
        HTTPNotFound: there is no such incident.
        SQLAlchemyError, OSError: the database does not work now.
    """
    stands = desk(request)
    search = IncidentSearch(stands.engine)
    file = await search.file(number)
    if file is None:
        raise web.HTTPNotFound
    others = await search.open()
    plan, here = stands.plan(), regency(request)
    maybe = suggestions(file.incident, others)
    by_id = {other.id: other for other in others}
    calls = {call.id for call in file.calls}
    missed = [] if refusal is None or not refusal.overtaken else _since(file, refusal.seen, calls)
    return render.page(
        request,
        "incident.html",
        status=200 if refusal is None else refusal.status,
        file=file,
        one=file.incident,
        story=story(file),
        refusal=refusal,
        missed=missed,
        maybe=[(each, by_id[each.incident]) for each in maybe],
        others=[other for other in others if other.id != number],
        joinable=await _joinable(request, file),
        plan=plan,
        there=ZoneInfo(plan.centre.timezone),
        regency=here,
        at=marked(file.incident, here),
        most={"words": MAX_WORDS, "name": MAX_NAME},
        numbers={call.id: place for place, call in enumerate(file.calls, 1)},
    )


def _since(file: File, seen: int, calls: set[str]) -> list[Any]:
    """What has happened since somebody looked."""
    return [noted(line, calls) for line in file.log if line.id > seen]


async def _joinable(request: web.Request, file: File) -> list[CallRecord]:
    """The latest calls that tell of something else, or of nothing."""
    if file.incident.closed is not None:
        return []
    stands = desk(request)
    latest = await CallReader(stands.engine).calls(JOINABLE, tests=False)
    since = stands.now() - RECENT
    return [call for call in latest if call.id not in file.incident.calls and call.began >= since]


def marked(one: Incident, here: Places) -> dict[str, Any] | None:
    """Where its mark is on a map; ``exact``: it is known better than by its district."""
    if one.place.position is not None:
        return {"point": one.place.position, "exact": True}
    district = here.of(one.place.village or one.place.district)
    return None if district is None else {"point": district.centre, "exact": False}
