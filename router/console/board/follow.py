"""Follows the router's stream for as long as the console runs, and tells whoever waits for news."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Final

import structlog

from router.console.board.held import Held, Link, OutOfStepError
from router.console.link import RouterAwayError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

log = structlog.get_logger(__name__)

RETRY_S: Final = 0.5
"""Between two tries to connect."""
LOOK_S: Final = 0.25
"""How often it is looked whether the router has fallen silent."""


class Follower:
    """The newest state of the board.

    Attributes:
        held: the state, and how old it is.
        news: notified whenever the state or the link is another.

    Args:
        lines: opens the router's stream; ends or raises a ``RouterAwayError`` when it is away.
        clock: seconds of a clock that is never set.
    """

    def __init__(
        self,
        lines: Callable[[], AsyncIterator[bytes]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.held = Held()
        self.news = asyncio.Condition()
        self._lines = lines
        self._clock = clock
        self._link = Link.ROUTER

    @property
    def link(self) -> Link:
        """Whether what is held is true."""
        return self.held.link(self._clock())

    async def run(self) -> None:
        """Follow until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            while True:
                with contextlib.suppress(RouterAwayError, OutOfStepError, LookupError, ValueError):
                    async for line in self._lines():
                        if self.held.take(json.loads(line), self._clock()):
                            await self._notify()
                await asyncio.sleep(RETRY_S)

    async def _watch(self) -> None:
        """Tell when the link becomes another, which its silence does without a word."""
        while True:
            link = self.link
            if link is not self._link:
                log.info("board_link", state=str(link), before=str(self._link))
                self._link = link
                await self._notify()
            await asyncio.sleep(LOOK_S)

    async def _notify(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def changed(self, version: int, link: Link, timeout_s: float) -> None:
        """Wait until state or link is another than that, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self.news:
                await self.news.wait_for(
                    lambda: self.held.version != version or self.link is not link
                )
