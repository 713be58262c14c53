"""Says that this node lives, ends the calls of those that do not, and mends what was said of ours.

Beside it, on one node as on many: calls of an Asterisk that is gone and does not come back.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.store.nodes import lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from router.calls.record import CallRecord
    from router.calls.tracker import CallTracker
    from router.store.nodes import Gone, NodeStore

log = structlog.get_logger(__name__)

BEAT_S: Final = 1.0
DUE_S: Final = 6.0
"""A node that has not said for so long that it lives is taken for lost: longer than a router takes
to be started anew, and short enough for a caller to be on the list within ten seconds."""
LEAVE_S: Final = 20.0
"""The same after a router was stopped in order: its successor may take its time."""
STEADY_S: Final = 8.0
"""A node judges others only when it has had the database for so long: after an outage of the
database all of them are overdue, and none is lost."""
REFUSED_S: Final = 4.0
"""For so long nobody may listen at Asterisk's port before its calls are taken for cut off."""
_ANSWER_S: Final = 4.0


class Asterisk(Protocol):
    """What is asked of this node's Asterisk."""

    async def is_gone(self) -> bool:
        """Whether nobody listens at its port: there is no such process."""


class Follower(Protocol):
    """What is asked of whoever follows the calls."""

    @property
    def hears(self) -> bool:
        """Whether all that happened is known, and held against what Asterisk lists."""


@dataclass(slots=True)
class Heart:
    """One for a router.

    Attributes:
        store: of what nodes know of each other.
        is_shared: whether there may be other nodes in the database.
        tracker: this node's calls.
        follower: that follows them.
        asterisk: of this node.
        state: gives what this node says of itself.
        put: takes a record to be written.
        now: the time, in UTC.
        gone: told each node that was just taken for lost, with its calls.
        doubted: ids of this node's calls that stand as ended and may be up.
    """

    store: NodeStore
    is_shared: bool
    tracker: CallTracker
    follower: Follower
    asterisk: Asterisk
    state: Callable[[], Mapping[str, Any]]
    put: Callable[[CallRecord], None]
    now: Callable[[], datetime]
    gone: Callable[[Gone], None]
    doubted: set[str] = field(default_factory=set)
    _steady: float | None = None
    _refused: float | None = None
    _is_told: bool = False

    async def run(self) -> None:
        """Do all of it until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_asterisk())
            if self.is_shared:
                group.create_task(self._beat_on())

    async def leave(self) -> None:
        """Say that a successor comes."""
        if not self.is_shared:
            return
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self.store.beat(self.state(), LEAVE_S)
        except (SQLAlchemyError, OSError):
            return

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def doubt(self, records: Iterable[CallRecord]) -> None:
        """These of our calls stand as ended in the database, and may be up."""
        self.doubted.update(record.id for record in records)

    async def _beat_on(self) -> None:
        while True:
            began = time.monotonic()
            try:
                async with asyncio.timeout(_ANSWER_S):
                    await self._beat()
                self._is_told = False
            except (SQLAlchemyError, OSError) as error:
                self._steady = None
                if not self._is_told:
                    self._is_told = True
                    log.warning("node_unheard", error=type(error).__name__)
            await asyncio.sleep(max(0.0, BEAT_S - (time.monotonic() - began)))

    async def _beat(self) -> None:
        if await self.store.beat(self.state(), DUE_S):
            found = await self.store.taken_for_lost()
            log.warning("node_was_taken_for_lost", calls=len(found))
            self.doubt(found)
        now = time.monotonic()
        if self._steady is None:
            self._steady = now
        if now - self._steady < STEADY_S:
            return
        for gone in await self.store.end_lost():
            log.error("node_lost", node=gone.node[:64], calls=len(gone.calls))
            self.gone(gone)

    async def _mended(self) -> None:
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._mend()
        except (SQLAlchemyError, OSError) as error:
            log.warning("calls_still_doubted", error=type(error).__name__)

    async def _mend(self) -> None:
        """Once it is known which calls are up, those of them that stand as ended go on."""
        if not self.doubted or not self.follower.hears:
            return
        for call in sorted(self.doubted):
            state = self.tracker.find(call)
            if state is not None and state.record.ended is None:
                await self.store.reopen(call)
                self.put(state.record)
                log.warning("call_goes_on", call=call)
            self.doubted.discard(call)

    async def _watch_asterisk(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            await self._mended()
            if self.follower.hears or not await self.asterisk.is_gone():
                self._refused = None
                continue
            now = time.monotonic()
            self._refused = self._refused or now
            if now - self._refused >= REFUSED_S:
                self._cut_off()

    def _cut_off(self) -> None:
        """Nobody listens at Asterisk's port: whoever was on the line is not any more."""
        for state in list(self.tracker.open()):
            record = state.record
            if record.id not in self.doubted:
                log.error("call_cut_off", call=record.id)
                self.doubted.add(record.id)
                self.put(lost(record, self.now()))
