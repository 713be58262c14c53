"""Which session has which handset; one browser each, kept as long as the process lives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime
    from typing import Any


@dataclass(eq=False, slots=True)
class Lease:
    """A handset that somebody has.

    Attributes:
        session: of the console. ``who``: its account's name. ``since``: when it was given.
        page: that it was given to, of its own making.
        over: set when somebody else takes the handset.
        connected: its browser is connected now.
    """

    extension: str
    session: int
    who: str
    since: datetime
    page: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    connected: bool = False


class Leases:
    """All of them, by extension."""

    def __init__(self) -> None:
        self._held: dict[str, Lease] = {}
        self._last: dict[str, int] = {}
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, extension: str) -> Lease | None:
        """Who has it, if anybody."""
        return self._held.get(extension)

    def held_by_other(self, extension: str, session: int) -> Lease | None:
        """Who else is connected as it. Whoever has lost the connection gives way."""
        found = self._held.get(extension)
        is_other = found is not None and found.connected and found.session != session
        return found if is_other else None

    def is_news(self, extension: str, session: int) -> bool:
        """Whether somebody else had it last: connecting again is nothing new."""
        return self._last.get(extension) != session

    def give(self, lease: Lease) -> None:
        """It is this session's from now on; whoever had it is told."""
        before = self._held.get(lease.extension)
        if before is not None:
            before.over.set()
        self._held[lease.extension] = lease
        self._last[lease.extension] = lease.session
        self._news.set()
        self._news = asyncio.Event()

    async def is_back(self, lost: Lease) -> bool:
        """Wait until somebody has the handset again; says whether it is the same page."""
        while True:
            now = self._held.get(lost.extension)
            if now is not None and now is not lost:
                return bool(lost.page) and now.page == lost.page
            await self._news.wait()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done after the connection that it is about is over."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until all of that is done."""
        await asyncio.gather(*self._tasks)

    def end(self, lease: Lease) -> bool:
        """Given back; False: somebody else has it already."""
        lease.connected = False
        if self._held.get(lease.extension) is not lease:
            return False
        del self._held[lease.extension]
        return True
