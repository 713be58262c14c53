"""Tells a browser what is at its handset, and when anything of the call that it shows changes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from router.console.board.feed import BEAT_S, write
from router.console.card.seat import at, mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.console.board.feed import Feed


async def watch(
    request: web.Request, feed: Feed, handset: str, call: str, still: Callable[[], bool]
) -> web.StreamResponse:
    """Answer with the stream.

    Args:
        request: of the browser.
        feed: the board's.
        handset: where somebody sits; empty: nowhere.
        call: that is shown; empty: none.
        still: whether the session still is.
    """
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    )
    try:
        await response.prepare(request)
        await _send(response, feed, handset, call, still)
    except (ConnectionError, TimeoutError):
        pass  # It has gone, or takes nothing.
    return response


async def _send(
    response: web.StreamResponse, feed: Feed, handset: str, call: str, still: Callable[[], bool]
) -> None:
    loop, follower = asyncio.get_running_loop(), feed.follower
    sent: bytes | None = None
    beat, link = loop.time(), follower.link
    await write(response, "beat", feed.beat())
    while True:
        version, state = follower.held.version, follower.held.state
        news = told(state, handset, call)
        if state is not None and news != sent:
            await write(response, "fragments", news)
            sent = news
        await follower.changed(version, link, max(0.0, beat + BEAT_S - loop.time()))
        if follower.link is not link or loop.time() - beat >= BEAT_S:
            beat, link = loop.time(), follower.link
            await write(response, "beat", feed.beat())
        if not still():
            await write(response, "over", b"{}")
            return


def told(state: object, handset: str, call: str) -> bytes:
    """What the browser is told, as JSON."""
    known = state if isinstance(state, dict) else None
    found = at(known, handset)
    shown = None if known is None else known["calls"].get(call)
    said = {
        "call": found.call,
        "where": found.where,
        "several": len(found.several),
        "mark": mark(shown) if call else _whereabouts(known),
    }
    return json.dumps(said).encode()


def _whereabouts(state: dict[str, Any] | None) -> str:
    """Another one whenever another call is up, or one has gone on."""
    calls = {} if state is None else state["calls"]
    return mark({key: each["where"] for key, each in calls.items()})
