"""The routes of ``/api/v1``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from router.accounts.trail import Deed
from router.console.api import models, scopes
from router.console.api.asked import answered, body, query
from router.console.context import desk, visit
from router.console.link import ANSWERED_S, RefusedError
from router.console.route import DESK, STAFF, Contract, Route
from router.store import CallReader, Cursor, as_row
from router.store.classes import ClassReader
from router.store.shifts import ShiftReader
from router.store.trail import Change
from siaga.plan.trunks import trunk_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.accounts.model import Role

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)
_FIELDS: Final[dict[str, type[models.Taken]]] = {
    "add": models.ToAgency,
    "transfer": models.ToAgency,
    "swap": models.Swap,
    "leave": models.ToHandset,
    "take-over": models.ToHandset,
    "hang-up": models.OfLeg,
}
_SAID: Final = {
    "add": "Ring an agency into a call",
    "transfer": "Send a call on to another agency",
    "swap": "Have an agency take a handset's place in a call",
    "leave": "Take a handset out of a call, the others stay",
    "take-over": "Have a handset take a call over",
    "hang-up": "End a leg of a call",
}


async def _me(request: web.Request) -> web.StreamResponse:
    query(request, models.NoQuery)
    found = visit(request)
    may = None if found.scopes is None else sorted(found.scopes)
    return web.json_response(
        {"name": found.name, "role": found.role, "scopes": may, "machine": found.account is None}
    )


async def _calls(request: web.Request) -> web.StreamResponse:
    asked, stands = query(request, models.CallsQuery), desk(request)
    zone = ZoneInfo(stands.plan().centre.timezone)
    reader = CallReader(stands.engine)
    records = await reader.calls(asked.limit + 1, _place(asked.before), tests=asked.tests)
    page = records[: asked.limit]
    classes = await ClassReader(stands.engine).of(page)
    roster = await ShiftReader(stands.engine).of(page)
    rows = [
        as_row(
            record,
            zone,
            classes.get(record.id),
            officer=roster.answered(record),
            trunk=trunk_of(stands.plan_of(record.plan_version), record.address),
        )
        for record in page
    ]
    more = len(records) > asked.limit
    return web.json_response({"calls": rows, "next": _named(page[-1]) if more else None})


def _place(text: str) -> Cursor | None:
    if not text:
        return None
    began, node, call = text.split("~")
    return Cursor(_EPOCH + int(began) * _US, node, call)


def _named(record: Any) -> str:
    return f"{(record.began - _EPOCH) // _US}~{record.node}~{record.id}"


async def _handsets(request: web.Request) -> web.StreamResponse:
    query(request, models.NoQuery)
    states = await desk(request).link.get("handsets")
    rows = [{"extension": name, "state": state} for name, state in states.items()]
    return web.json_response({"handsets": rows})


async def _incidents(request: web.Request) -> web.StreamResponse:
    query(request, models.NoQuery)
    return web.json_response({"incidents": await desk(request).link.get("incidents")})


async def _incident(request: web.Request) -> web.StreamResponse:
    query(request, models.NoQuery)
    return web.json_response(await desk(request).link.get("incidents", request.match_info["id"]))


async def _board(request: web.Request) -> web.StreamResponse:
    query(request, models.NoQuery)
    return web.json_response(await desk(request).link.get("board"))


async def _dispatch(request: web.Request) -> web.StreamResponse:
    """A command: the router does it, and the trail tells of it, done or refused."""
    query(request, models.NoQuery)
    call, verb = request.match_info["call"], request.match_info["verb"]
    asked = await body(request, _FIELDS[verb])
    fields = {name: str(value) for name, value in asked.model_dump().items()}
    stands = desk(request)
    about = " ".join([verb, *fields.values()])
    actor = visit(request).actor(stands.now())
    try:
        outcome = await stands.link.post(
            "dispatch", verb, body={"call": call, **fields}, timeout_s=ANSWERED_S
        )
    except RefusedError as error:
        await stands.trail.add(actor, Change(Deed.DISPATCHED, call, about, error.reason))
        raise
    await stands.trail.add(actor, Change(Deed.DISPATCHED, call, about, str(outcome["result"])))
    return web.json_response(outcome)


def routes() -> Iterator[Route]:
    """All of them."""
    for route in _routes():
        yield Route(
            route.method,
            route.path,
            answered(route.handle),
            route.roles,
            contract=route.contract,
        )


def _routes() -> Iterator[Route]:
    def read(path: str, handle: Any, contract: Contract, roles: frozenset[Role] = STAFF) -> Route:
        return Route("GET", f"/api/v1/{path}", handle, roles, contract=contract)

    yield read("me", _me, Contract("Who asks", scopes.ME, models.Me))
    calls = Contract("A page of call records", scopes.CALLS, models.Calls, query=models.CallsQuery)
    yield read("calls", _calls, calls)
    away = (503,)
    handsets = Contract("States of the handsets", scopes.HANDSETS, models.Handsets, refusals=away)
    yield read("handsets", _handsets, handsets)
    listed = Contract("Incidents", scopes.INCIDENTS, models.Incidents, refusals=(404, 503))
    yield read("incidents", _incidents, listed)
    one = Contract("One incident", scopes.INCIDENTS, models.Incident, refusals=(404, 503))
    yield read("incidents/{id:[0-9]{1,9}}", _incident, one)
    board = Contract("What goes on now", scopes.BOARD, models.Board, refusals=(404, 503))
    yield read("board", _board, board)
    for verb, model in _FIELDS.items():
        done = Contract(
            _SAID[verb], scopes.DISPATCH, models.Outcomes, body=model, refusals=(404, 409, 503)
        )
        path = f"/api/v1/calls/{{call:[A-Za-z0-9.-]{{1,128}}}}/{{verb:{verb}}}"
        yield Route("POST", path, _dispatch, DESK, contract=done)
