"""Feeds browsers with the board as server-sent events.

``fragments``: what of the page is another, as JSON. ``beat``: each second and at each change of the
link, whether the board is true. ``over``: the session is. A browser that is slow gets the newest
state when it is ready again; nothing queues up for it.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aiohttp import web

from router.console.board.fragments import Rendered, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

    from router.console.board.follow import Follower
    from router.console.words import Language

BEAT_S: Final = 1.0
WRITE_S: Final = 10.0
"""A browser that takes nothing for so long is let go; it comes again by itself."""
MAX_STREAMS: Final = 1000


class Feed:
    """The board, rendered and sent.

    Args:
        follower: of the router's stream.
        environment: of the templates.
        words: gives the words of a language.
        build: of this console; a page of another one loads itself anew.
    """

    def __init__(
        self,
        follower: Follower,
        environment: Environment,
        words: Callable[[Language], Callable[..., str]],
        build: str,
    ) -> None:
        self.follower = follower
        self.build = build
        self._environment = environment
        self._words = words
        self._rendered: dict[tuple[Language, bool], tuple[int, Rendered]] = {}
        self._streams = 0

    def rendered(self, language: Language, *, wall: bool = False) -> Rendered | None:
        """The newest board in a language, on a wall without numbers; None: nothing is known yet."""
        held = self.follower.held
        if held.state is None:
            return None
        known = self._rendered.get((language, wall))
        if known is None or known[0] != held.version:
            if known is not None:
                known[1].forget()
            words = self._words(language)
            made = render(self._environment, held.state, words, language, wall=wall)
            known = self._rendered[language, wall] = (held.version, made)
        return known[1]

    async def stream(
        self,
        request: web.Request,
        language: Language,
        still: Callable[[], bool],
        *,
        wall: bool = False,
    ) -> web.StreamResponse:
        """Answer a browser's request for the stream.

        Args:
            request: of the browser.
            language: its language.
            still: whether its session still is.
            wall: it hangs where visitors see it.
        """
        if self._streams >= MAX_STREAMS:
            raise web.HTTPServiceUnavailable(text="too many boards")
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        self._streams += 1
        try:
            await response.prepare(request)
            await self._send(response, lambda: self.rendered(language, wall=wall), still)
        except (ConnectionError, TimeoutError):
            pass  # It has gone, or takes nothing.
        finally:
            self._streams -= 1
        return response

    async def _send(
        self,
        response: web.StreamResponse,
        rendered: Callable[[], Rendered | None],
        still: Callable[[], bool],
    ) -> None:
        loop = asyncio.get_running_loop()
        sent: Rendered | None = None
        beat = loop.time()
        link = self.follower.link
        await write(response, "beat", self.beat())
        while True:
            version = self.follower.held.version
            newest = rendered()
            if newest is not None and newest is not sent:
                news, sent = newest.since(sent), newest
                await write(response, "fragments", news)
            await self.follower.changed(version, link, max(0.0, beat + BEAT_S - loop.time()))
            if self.follower.link is not link or loop.time() - beat >= BEAT_S:
                beat, link = loop.time(), self.follower.link
                await write(response, "beat", self.beat())
            if not still():
                await write(response, "over", b"{}")
                return

    def beat(self) -> bytes:
        """Whether the board is true, for who listens."""
        said = {
            "state": str(self.follower.link),
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "seen": self.follower.held.seen,
            "build": self.build,
        }
        return json.dumps(said).encode()


async def write(response: web.StreamResponse, event: str, data: bytes) -> None:
    """Send an event.

    Raises:
        TimeoutError, ConnectionError: it takes nothing, or has gone.
    """
    async with asyncio.timeout(WRITE_S):
        await response.write(b"event: %b\ndata: %b\n\n" % (event.encode(), data))
