"""For supervisors: the talks, to listen to, to speak into the officer's ear, to take over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from router.accounts.trail import Deed
from router.console import render
from router.console.board.fragments import context
from router.console.context import desk, visit
from router.console.link import ANSWERED_S, RefusedError, RouterAwayError
from router.console.route import CHIEFS, Route
from router.console.words import speaker
from router.store.trail import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DONE: Final = {
    "listen": "supervise.done_listen",
    "whisper": "supervise.done_whisper",
    "take-over": "supervise.done_take_over",
}
"""What is said when a verb has been done."""


def talks(state: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The calls in which somebody talks with the caller, and who.

    Args:
        state: of the board; None: nothing is known.
    """
    calls = () if state is None else state["calls"].values()
    return [call for call in calls if any(party.get("handset") for party in call["talking"])]


async def _show(request: web.Request) -> web.StreamResponse:
    said = DONE.get(request.query.get("done", ""), "")
    return _page(request, request.query.get("at", ""), said=said)


def _page(
    request: web.Request, at: str, *, said: str = "", refused: str = "", status: int = 200
) -> web.Response:
    stands, t = desk(request), speaker(visit(request).language)
    mine = stands.plan().centre.supervisors
    return render.page(
        request,
        "supervise.html",
        status=status,
        rows=_rows(request, at),
        handsets=mine,
        at=at if at in mine else next(iter(mine), ""),
        said=t(said) if said else "",
        refused=refused,
    )


def _rows(request: web.Request, at: str) -> dict[str, str]:
    stands = desk(request)
    mine, state = stands.plan().centre.supervisors, stands.feed.follower.held.state
    own = at if at in mine else next(iter(mine), "")
    around = {} if state is None else context(state)
    return {
        call["id"]: render.text(request, "supervise-row.html", call=call, at=own, **around)
        for call in talks(state)
    }


async def _rows_now(request: web.Request) -> web.StreamResponse:
    rows = _rows(request, request.query.get("at", ""))
    return web.json_response({"lists": {"talks": {"order": list(rows), "rows": rows}}})


async def _do(request: web.Request) -> web.StreamResponse:
    verb, form = request.match_info["verb"], await request.post()
    call, handset, at = (str(form.get(name, ""))[:80] for name in ("call", "handset", "at"))
    stands, found = desk(request), visit(request)
    what, t = f"{verb} {handset} @ {at}", speaker(found.language)
    actor = found.actor(stands.now())
    if at not in stands.plan().centre.supervisors:
        return _page(request, at, refused=t("supervise.not_supervisor"), status=409)
    try:
        if verb == "take-over":
            answer = await stands.link.post(
                "dispatch", verb, body={"call": call, "handset": at}, timeout_s=ANSWERED_S
            )
            result, refused = answer["result"], "" if answer["done"] else answer["message"]
        else:
            body = {"call": call, "handset": handset, "at": at}
            await stands.link.post("supervise", verb, body=body)
            result, refused = "ok", ""
    except RouterAwayError:
        return _page(request, at, refused=t("supervise.away", handset=handset), status=503)
    except RefusedError as error:
        result, refused = error.reason, str(error)
    await stands.trail.add(actor, Change(Deed.SUPERVISED, call, what, result))
    if refused:
        return _page(request, at, refused=_mine(refused, found.language), status=409)
    return web.Response(status=303, headers={"Location": f"/supervise?at={at}&done={verb}"})


def _mine(text: str, language: str) -> str:
    """One language of what the router says in both."""
    first, _, second = text.replace(" / ", "\n", 1).partition("\n")
    return second if language == "en" and second else first


async def _back(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPSeeOther("/supervise")


def routes() -> Iterator[Route]:
    """By supervisors and admins."""
    path = "/supervise/{verb:" + "|".join(DONE) + "}"
    yield Route("GET", "/supervise", _show, CHIEFS)
    yield Route("GET", "/supervise/talks", _rows_now, CHIEFS)
    yield Route("POST", path, _do, CHIEFS)
    yield Route("GET", path, _back, CHIEFS)
