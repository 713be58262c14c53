"""Which session has which handset; one browser each, kept as long as the process lives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(eq=False, slots=True)
class Lease:
    """A handset that somebody has.

    Attributes:
        session: of the console. ``who``: its account's name. ``since``: when it was given.
        over: set when somebody else takes the handset.
        connected: its browser is connected now.
    """

    extension: str
    session: int
    who: str
    since: datetime
    over: asyncio.Event = field(default_factory=asyncio.Event)
    connected: bool = False


class Leases:
    """All of them, by extension."""

    def __init__(self) -> None:
        self._held: dict[str, Lease] = {}
        self._last: dict[str, int] = {}

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

    def give(self, extension: str, session: int, who: str, now: datetime) -> Lease:
        """It is this session's from now on; whoever had it is told."""
        before = self._held.get(extension)
        if before is not None:
            before.over.set()
        lease = Lease(extension, session, who, now)
        self._held[extension] = lease
        self._last[extension] = session
        return lease

    def end(self, lease: Lease) -> bool:
        """Given back; False: somebody else has it already."""
        lease.connected = False
        if self._held.get(lease.extension) is not lease:
            return False
        del self._held[lease.extension]
        return True
