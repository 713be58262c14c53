"""The handset in the browser: its page, the password of a log-in, and its way to Asterisk."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web

from router.accounts.trail import Deed
from router.console import render
from router.console.context import desk, visit
from router.console.guard import HEADERS, is_own
from router.console.handset.leases import Lease
from router.console.handset.orphans import left_alone, rescue
from router.console.handset.tunnel import hand_on
from router.console.link import RefusedError, RouterAwayError
from router.console.live import until_over
from router.console.route import DESK, Route
from router.store.trail import Change
from siaga.keys import OFFICER_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.context import Desk
    from router.console.words import Language
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

POLICY: Final = "Permissions-Policy"
LOOK_S: Final = 1.0
"""How often it is seen whether a handset is still one of the plan's."""
MICROPHONE: Final = HEADERS[POLICY].replace("microphone=()", "microphone=(self)")


@dataclass(frozen=True, slots=True)
class Place:
    """A handset as the page shows it.

    Attributes:
        name: of the plan. ``agency``: whose. ``who`` has it now; empty: nobody.
    """

    extension: str
    name: str
    agency: str
    who: str = ""


def places(plan: Plan, language: Language) -> Iterator[tuple[Place, bool]]:
    """Every handset, and whether it is one in a browser."""
    for agency in plan.agencies.values():
        called = getattr(agency.name, language) or agency.name.id
        for handset in agency.every_handset:
            yield Place(handset.extension, handset.name or "", called), handset.browser


def helpers(plan: Plan, language: Language) -> Iterator[tuple[str, str]]:
    """What is pressed in a call to have an agency join it, and who that is."""
    for number, agency in enumerate(plan.agencies.values(), 1):
        keys = OFFICER_KEYS.get(f"add-{number}")
        if keys is not None:
            yield keys, getattr(agency.name, language) or agency.name.id


async def _show(request: web.Request) -> web.Response:
    found, stands = visit(request), desk(request)
    plan = stands.plan()
    every = list(places(plan, found.language))
    held = {place.extension: stands.handsets.of(place.extension) for place, _ in every}
    answer = render.page(
        request,
        "handset.html",
        places=[
            (place, lease.who if (lease := held[place.extension]) else "")
            for place, browser in every
            if browser
        ],
        others=[place for place, _ in every],
        helpers=list(helpers(plan, found.language)),
        small="small" in request.query,
    )
    answer.headers[POLICY] = MICROPHONE
    return answer


async def _begin(request: web.Request) -> web.Response:
    """A password for this log-in alone, and the handset is theirs."""
    found, stands = visit(request), desk(request)
    extension = request.match_info["extension"]
    session = found.session or 0
    other = stands.handsets.held_by_other(extension, session)
    if other is not None and request.query.get("take") != "1":
        return web.json_response({"error": "taken", "who": other.who}, status=409)
    try:
        made = await stands.link.post("handsets", extension, "key", body={})
    except RefusedError as error:
        return web.json_response({"error": error.reason}, status=error.status)
    except RouterAwayError:
        return web.json_response({"error": "router_away"}, status=503)
    if stands.handsets.is_news(extension, session):
        change = Change(Deed.HANDSET_BEGUN, extension, other.who if other else "", found.name)
        await stands.trail.add(found.actor(stands.now()), change)
    page = request.query.get("page", "")[:40]
    stands.handsets.give(Lease(extension, session, found.name, stands.now(), page))
    log.info("handset_begun", extension=extension, by=found.name)
    return web.json_response({"extension": extension, "password": made["password"]})


async def _connect(request: web.Request) -> web.StreamResponse:
    found, stands = visit(request), desk(request)
    extension = request.match_info["extension"]
    lease = stands.handsets.of(extension)
    # A browser lets any page open a WebSocket to anywhere: what asks must be a page of ours.
    if not is_own(request) or lease is None or lease.session != found.session:
        raise web.HTTPForbidden
    if lease.connected:
        raise web.HTTPConflict
    near = None
    try:
        port = stands.settings.ports.ws
        session_over = partial(until_over, request, CONNECT)
        near = await hand_on(request, lease, port, session_over, partial(_gone, stands, extension))
        return near
    finally:
        code = (near.close_code if near else None) or 0
        stands.handsets.later(rescue(stands, lease, code))
        await asyncio.shield(_ended(stands, lease))


async def _gone(stands: Desk, extension: str) -> None:
    """Wait until the plan has this handset no more, and its last talk is over."""
    while True:
        state = stands.feed.follower.held.state
        if extension not in stands.plan().browsers and left_alone(state, extension) is None:
            return
        await asyncio.sleep(LOOK_S)


async def _ended(stands: Desk, lease: Lease) -> None:
    """The password is worth nothing any more, unless it is somebody else's already."""
    if not stands.handsets.end(lease):
        return
    log.info("handset_ended", extension=lease.extension, by=lease.who)
    try:
        await stands.link.post("handsets", lease.extension, "key", "end", body={})
    except (RefusedError, RouterAwayError) as error:
        # It is good for connections from this machine alone, and the next log-in replaces it.
        log.warning("handset_key_left", extension=lease.extension, reason=str(error)[:100])


CONNECT: Final = Route("GET", "/handset/{extension:[0-9]{2,6}}/ws", _connect, DESK, live=True)


def routes() -> Iterator[Route]:
    """The page and what it stands on."""
    yield Route("GET", "/handset", _show, DESK)
    yield Route("POST", "/handset/{extension:[0-9]{2,6}}/begin", _begin, DESK)
    yield CONNECT
