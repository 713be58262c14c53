"""The call card: of the call at one's own handset, or of any; and where somebody sits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from aiohttp import web

from router.accounts.trail import Deed
from router.console import cookies, render
from router.console.board.fragments import context, in_order
from router.console.card import said
from router.console.card.seat import At, at, mark, phones
from router.console.card.sheet import Sheet, sheet
from router.console.card.watch import watch
from router.console.context import desk, visit
from router.console.incidents.sheet import marked, regency
from router.console.live import until_over
from router.console.route import DESK, STAFF, Route
from router.console.words import speaker
from router.incidents.words import MAX_WORDS
from router.store.notes import MAX_NOTE
from router.store.trail import Change
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.model import Agency, Handset

CALL: Final = "/card/{call:[A-Za-z0-9._-]{1,100}}"
MOST_HANDSET: Final = 20


def address(call: str) -> str:
    """Of a call's card."""
    return f"/card/{quote(call, safe='')}"


def seat(request: web.Request) -> str:
    """The handset at which the browser's person sits; empty: they have not said."""
    known = cookies.read(request, cookies.SEAT)
    return known if known in desk(request).plan().extensions else ""


def seated(request: web.Request) -> At:
    """What is at it."""
    return at(desk(request).feed.follower.held.state, seat(request))


async def _mine(request: web.Request) -> web.StreamResponse:
    found = seated(request)
    if found.call is not None and "change" not in request.query:
        raise web.HTTPSeeOther(address(found.call))
    return _choose(request, found)


def _choose(request: web.Request, found: At, message: str = "", status: int = 200) -> web.Response:
    stands = desk(request)
    state = stands.feed.follower.held.state
    around = {} if state is None else context(state)
    calls = {} if state is None else in_order(state["calls"])
    plan, language = stands.plan(), visit(request).language
    return render.page(
        request,
        "card-none.html",
        status=status,
        seat=seat(request),
        seated=found,
        calls=list(calls.values()),
        states={} if state is None else {p["extension"]: p["state"] for _, p in phones(state)},
        officers=around.get("officers", {}),
        groups=[
            (agency.name.in_language(language), _phones(agency))
            for agency in plan.agencies.values()
        ],
        build=stands.feed.build,
        plan=plan,
        message=message,
    )


def _phones(agency: Agency) -> tuple[Handset, ...]:
    posts = (phone for post in agency.posts.values() for phone in post.handsets)
    return (*agency.handsets, *posts)


async def _sit(request: web.Request) -> web.StreamResponse:
    stands, found = desk(request), visit(request)
    wanted = str((await request.post()).get("handset", ""))[:MOST_HANDSET]
    if wanted and wanted not in stands.plan().extensions:
        message = speaker(found.language)("card.no_handset")
        return _choose(request, seated(request), message, 400)
    old = seat(request)
    if wanted != old:
        change = Change(Deed.SEAT_TAKEN, found.name, old, wanted)
        await stands.trail.add(found.actor(stands.now()), change)
    answer = web.Response(status=303, headers={"Location": "/card"})
    if wanted:
        cookies.give(request, answer, cookies.SEAT, wanted, cookies.YEAR_S)
    else:
        cookies.take(request, answer, cookies.SEAT)
    return answer


async def _stream(request: web.Request) -> web.StreamResponse:
    over = asyncio.create_task(until_over(request, STREAM))
    call = request.query.get("call", "")[:100]
    try:
        return await watch(
            request, desk(request).feed, seat(request), call, lambda: not over.done()
        )
    finally:
        over.cancel()


async def _show(request: web.Request) -> web.StreamResponse:
    return await card(request, request.match_info["call"])


async def card(
    request: web.Request, call: str, message: str = "", status: int = 200
) -> web.Response:
    """The page of a call.

    Raises:
        HTTPNotFound: there is no such call.
    """
    found = await sheet(request, call)
    if found is None:
        raise web.HTTPNotFound
    stands, who = desk(request), visit(request)
    plan, mine = stands.plan(), seat(request)
    return render.page(
        request,
        "card.html",
        status=status,
        sheet=found,
        call=found.call,
        kept=found.kept,
        mark=mark(found.call) if found.is_up else "",
        seat=mine,
        own_agency=next((k for k, a in plan.agencies.items() if mine in a.extensions), ""),
        inside=any(party["handset"] == mine for party in found.call["talking"]) and bool(mine),
        talking=len(found.call["talking"]),
        others=[each for each in found.kept.notes if each.account != who.account],
        own=next((each for each in found.kept.notes if each.account == who.account), None),
        keys=lambda verb, what="": said.keys_of(verb, what, plan.agencies),
        kinds=tuple(CallClass),
        regency=regency(request),
        at=_spot(request, found),
        may_link=bool(
            stands.settings.gateways.public_url and "sms" in stands.settings.gateways.addresses
        ),
        most={"note": MAX_NOTE, "words": MAX_WORDS},
        build=stands.feed.build,
        plan=plan,
        message=message,
    )


def _spot(request: web.Request, found: Sheet) -> dict[str, Any] | None:
    """Where the mark on the map is: as the incident has it, else as the carrier says."""
    here = regency(request)
    if found.kept.incident is not None:
        told = marked(found.kept.incident, here)
        if told is not None:
            return told
    sent = found.kept.sent
    return None if sent is None else {"point": sent.position, "exact": True}


STREAM: Final = Route("GET", "/card/stream", _stream, DESK, live=True)


def routes() -> Iterator[Route]:
    """Read by all staff; a handset is for who acts on calls."""
    yield Route("GET", "/card", _mine, DESK)
    yield Route("POST", "/card/seat", _sit, DESK)
    yield STREAM
    yield Route("GET", CALL, _show, STAFF)
