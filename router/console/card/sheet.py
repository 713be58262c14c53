"""All that the card shows of one call: from the board what is now, from the database the rest.

Without the router the rest is there, without the database what is now: a part that is away takes
nothing of the other with it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select
from sqlalchemy.exc import SQLAlchemyError

from router.board.calls import call_of
from router.board.changes import plain
from router.calls.record import ERASED
from router.console.board.held import Link
from router.console.card.origin import Origin, origin
from router.console.card.seat import phones
from router.console.context import desk
from router.incidents.rules import suggestions
from router.owner import owned
from router.store.incident_search import IncidentSearch
from router.store.search import CallSearch, Wanted, bare
from router.store.tables import call_positions
from router.store.whole import Whole, whole
from siaga.places import Position

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp import web

    from router.incidents.model import Answer, Incident
    from router.store.notes import Note
    from router.store.search import Found
    from siaga.keys import CallClass

EARLIER: Final = 5
"""Earlier calls of a number that are shown."""
BACK: Final = timedelta(days=90)
"""How far back they are looked for."""
WRITTEN_S: Final = 1.5
"""Longest from a call's being on the board to its record in the database."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the caller's carrier says that he is; ``radius_m`` None: a point."""

    position: Position
    radius_m: float | None
    district: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is in the database; what is not known is empty.

    Attributes:
        whole: the call. ``is_away``: the database did not answer.
        earlier: calls of the same number, the newest first.
        sent: where he is. ``notes``: what is typed.
        incident: that it tells of, in its ``version``.
        open: others that are not closed, ``maybe``: those of them that may be the same.
    """

    whole: Whole | None = None
    is_away: bool = False
    earlier: Sequence[Found] = ()
    sent: Sent | None = None
    notes: Sequence[Note] = ()
    incident: Incident | None = None
    version: int = 0
    open: Sequence[Incident] = ()
    maybe: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Sop:
    """A question or an advice of the plan, and what is known of it; ``number``: its place."""

    number: int
    text: str
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the card shows.

    Attributes:
        id: of the call. ``node``: its node.
        call: as the board has it; made of the record when it is not up.
        is_up: it goes on. ``is_known``: the router tells what is now.
        kept: in the database.
        origin: what the number tells.
        emergency: it is about: the incident's, else what the caller chose.
        ask, advise: of the plan for that emergency.
        officers: who sits at which handset. ``free``: handsets of each agency, and of how many.
        kind: what it was, as was said last.
    """

    id: str
    node: str
    call: Mapping[str, Any]
    is_up: bool
    is_known: bool
    kept: Kept
    origin: Origin
    emergency: str | None
    ask: Sequence[Sop] = ()
    advise: Sequence[Sop] = ()
    officers: Mapping[str, str] = field(default_factory=dict)
    free: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    kind: CallClass | None = None


def node_of(request: web.Request, call: str) -> str:
    """The node that a call is on, as the board has it; of one that is not there: this one."""
    stands = desk(request)
    state = stands.feed.follower.held.state
    live = None if state is None else state["calls"].get(call)
    node = None if live is None else live.get("node")
    return node if isinstance(node, str) and node else stands.settings.node


async def sheet(request: web.Request, call: str) -> Sheet | None:
    """All of it; None: there is no such call."""
    stands = desk(request)
    follower = stands.feed.follower
    state = follower.held.state
    live = None if state is None else state["calls"].get(call)
    node = node_of(request, call)
    kept = await _kept(request, node, call, is_up=live is not None)
    elsewhere = call.rpartition("-")[0]
    if kept.whole is None and live is None and elsewhere not in ("", node):
        node = elsewhere
        kept = await _kept(request, node, call, is_up=False)
    if kept.whole is None and live is None:
        return None
    shown = live or _past(request, kept)
    emergency = kept.incident.emergency if kept.incident else shown["emergency"]
    ask, advise = _sop(request, emergency, kept)
    known = follower.link is Link.LIVE
    classes = kept.whole.classes if kept.whole else ()
    over = kept.whole is not None and kept.whole.record.ended is not None
    return Sheet(
        call,
        node,
        shown,
        # Without the router nobody knows whether a call that was up still is.
        live is not None and not (over and not known),
        known,
        kept,
        origin(shown["caller"]),
        emergency,
        ask,
        advise,
        _officers(state),
        _free(state),
        classes[-1].kind if classes else None,
    )


def _past(request: web.Request, kept: Kept) -> Mapping[str, Any]:
    if kept.whole is None:
        raise AssertionError("it is kept, or up")
    record = kept.whole.record
    plan = desk(request).plan_of(record.plan_version)
    number = None if kept.incident is None else kept.incident.id
    made: dict[str, Any] = plain(call_of(owned(record, plan), plan, number))
    return made | {"talking": [], "ringing": []} if record.ended else made


async def _kept(request: web.Request, node: str, call: str, *, is_up: bool) -> Kept:
    try:
        return await _read(request, node, call, is_up=is_up)
    except (SQLAlchemyError, OSError):
        if is_up:
            return Kept(is_away=True)
        raise


async def _read(request: web.Request, node: str, call: str, *, is_up: bool) -> Kept:
    stands = desk(request)
    found = await whole(stands.engine, node, call)
    end = asyncio.get_running_loop().time() + WRITTEN_S
    while found is None and is_up and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.1)
        found = await whole(stands.engine, node, call)
    if found is None:
        return Kept()
    search = IncidentSearch(stands.engine)
    others = await search.open()
    file = None if found.incident is None else await search.file(found.incident.id)
    incident = None if file is None else file.incident
    return Kept(
        found,
        earlier=await stands.earlier.get(call, lambda: _earlier(request, found)),
        sent=await _sent(request, node, call),
        notes=found.notes,
        incident=incident,
        version=0 if file is None else file.version,
        open=[other for other in others if incident is None or other.id != incident.id],
        maybe=[] if incident is None else [one.incident for one in suggestions(incident, others)],
    )


async def _earlier(request: web.Request, found: Whole) -> list[Found]:
    """Earlier calls of the same number, whichever way a carrier wrote it."""
    record = found.record
    number = bare(record.caller)
    if len(number) < 5 or record.caller == ERASED:
        return []
    wanted = Wanted(number=number, since=record.began - BACK, until=record.began)
    rows = await CallSearch(desk(request).engine).find(wanted, 4 * EARLIER)
    same = [row for row in rows if bare(row.record.caller) == number]
    return same[:EARLIER]


async def _sent(request: web.Request, node: str, call: str) -> Sent | None:
    row = call_positions.c
    query = select(row.latitude, row.longitude, row.accuracy, row.district)
    query = query.where(and_(row.node == node, row.call_id == call))
    async with desk(request).engine.connect() as connection:
        found = (await connection.execute(query)).one_or_none()
    if found is None:
        return None
    return Sent(Position(found.latitude, found.longitude), found.accuracy, found.district)


def _sop(request: web.Request, emergency: str | None, kept: Kept) -> tuple[list[Sop], list[Sop]]:
    plan = desk(request).plan()
    known = plan.emergencies.get(emergency or "")
    if known is None:
        return [], []
    answers = kept.whole.answers if kept.whole else ()
    latest = {(each.kind.value, each.text): each for each in answers}

    def listed(kind: str, texts: Sequence[str]) -> list[Sop]:
        return [Sop(n, text, latest.get((kind, text))) for n, text in enumerate(texts, 1)]

    return listed("ask", known.ask), listed("advise", known.advise)


def _officers(state: Mapping[str, Any] | None) -> Mapping[str, str]:
    if state is None:
        return {}
    named = {phone["extension"]: phone["officer"] or phone["name"] for _, phone in phones(state)}
    return {extension: name for extension, name in named.items() if name}


def _free(state: Mapping[str, Any] | None) -> Mapping[str, tuple[int, int]]:
    """How many handsets of each agency are free, and how many there are."""
    if state is None:
        return {}
    return {
        agency["key"]: (
            sum(phone["state"] == "free" for phone in agency["handsets"]),
            len(agency["handsets"]),
        )
        for agency in state["agencies"]
    }
