"""The shift's hand-over: what stands now, and what one shift tells the next."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.console import render
from router.console.board.fragments import context
from router.console.context import desk, visit
from router.console.route import DESK, STAFF, Route
from router.console.words import speaker
from router.store.handover import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN: Final = 20
_ONCE: Final = 32


async def _show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, text: str = "", message: str = "", status: int = 200
) -> web.Response:
    stands = desk(request)
    state = stands.feed.follower.held.state
    return render.page(
        request,
        "handover.html",
        status=status,
        notes=await stands.handover.newest(SHOWN),
        text=text,
        message=message,
        once=secrets.token_hex(_ONCE // 2),
        most=MAX_TEXT,
        may_write=visit(request).role in DESK,
        **({"board": None} if state is None else context(state)),
    )


async def _add(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    text, once = str(form.get("text", "")).strip(), str(form.get("once", ""))[:_ONCE]
    t = speaker(visit(request).language)
    if not text or len(text) > MAX_TEXT or not once:
        message = t("handover.long", most=MAX_TEXT) if text else t("handover.empty")
        return await _page(request, text=text, message=message, status=422)
    stands = desk(request)
    await stands.handover.add(text, once, visit(request).actor(stands.now()))
    return web.Response(status=303, headers={"Location": "/handover"})


async def _read(request: web.Request) -> web.StreamResponse:
    stands = desk(request)
    actor = visit(request).actor(stands.now())
    await stands.handover.read(int(request.match_info["id"]), actor)
    return web.Response(status=303, headers={"Location": "/handover"})


def routes() -> Iterator[Route]:
    """Written and read by whoever acts on calls; an auditor looks on."""
    yield Route("GET", "/handover", _show, STAFF)
    yield Route("POST", "/handover", _add, DESK)
    yield Route("POST", "/handover/{id:[0-9]{1,9}}/read", _read, DESK)
