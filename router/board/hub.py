"""Keeps the board up to date while somebody reads it, and hands on what has changed.

A change is made known at once, and what follows within :data:`TOGETHER_S` together. A reader is
given what the newest board has beyond the one that it was given last: one that is slow gets fewer
and larger changes, and nothing queues up.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.board.calls import call_of
from router.board.changes import change, whole
from router.board.view import Kept, Seen, board
from router.owner import owned

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable

    from router.board.model import Board, Call
    from router.calls.record import CallRecord
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

TOGETHER_S: Final = 0.05
"""Changes that come within this after one that was told are told together."""
BEAT_S: Final = 1.0
"""A reader hears at least so often that there is nothing new."""
READ_S: Final = 1.0
"""How often what is in the database is read, and all else looked at again."""
READ_APART_S: Final = 0.2
"""How often at most, whatever other nodes tell."""
RESTS: Final = 4
"""The board rests so many times as long as it worked: the router has calls to follow."""
REST_MAX_S: Final = 5.0
MAX_READERS: Final = 16
"""Streams at a time; the console has one."""


def rest_s(worked_s: float, least_s: float) -> float:
    """How long the board rests after so long a work, in seconds."""
    return max(least_s, min(worked_s * RESTS, REST_MAX_S))


class TooManyReadersError(Exception):
    """There are :data:`MAX_READERS` already."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A call as it is shown, and what it was made of."""

    record: CallRecord
    plan: Plan
    incident: int | None
    call: Call


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the board comes from.

    Attributes:
        seen: what the router sees now, told the boot's name.
        records: of the calls that are up.
        plan_of: the plan of a version.
        read: what is in the database; may raise what a database raises.
    """

    seen: Callable[[str], Seen]
    records: Callable[[], Iterable[CallRecord]]
    plan_of: Callable[[str | None], Plan]
    read: Callable[[], Awaitable[Kept]]


class Hub:
    """The board, and those who read it.

    Attributes:
        boot: another one after each start.

    Args:
        sources: of the board.
    """

    def __init__(self, sources: Sources) -> None:
        self.boot = secrets.token_hex(8)
        self._sources = sources
        self._kept = Kept()
        self._board: Board | None = None
        self._number = 0
        self._readers = 0
        self._wake = asyncio.Event()
        self._reads = asyncio.Event()
        self._due = asyncio.Event()
        self._news = asyncio.Condition()
        self._shown: dict[str, _Shown] = {}

    def changed(self, _device: str = "", _state: str = "") -> None:
        """Something that the board shows may have changed: a call, or what a device does."""
        self._wake.set()

    def listed(self, devices: Collection[tuple[str, str]]) -> None:  # noqa: ARG002 (as it is called)
        """Take a whole list of devices."""
        self._wake.set()

    def unknown(self) -> None:
        """Nothing is known any more of devices."""
        self._wake.set()

    def elsewhere(self) -> None:
        """Something in the database may have changed: it is read before its time."""
        self._due.set()

    async def now(self) -> dict[str, Any]:
        """The whole board at this moment."""
        if not self._readers:
            await self._read()
        await self._look()
        return self._told(whole=whole(self._newest()))

    async def stream(self) -> AsyncGenerator[dict[str, Any]]:
        """The whole board, then each change, and a heartbeat each second.

        Raises:
            TooManyReadersError: there are enough.
        """
        if self._readers >= MAX_READERS:
            raise TooManyReadersError
        self._readers += 1
        self._reads.set()
        try:
            await self._read()
            await self._look()
            known, number = self._newest(), self._number
            yield self._told(whole=whole(known))
            while True:
                if not await self._is_news(number):
                    yield self._told()
                    continue
                newest, number = self._newest(), self._number
                news, known = change(known, newest), newest
                if news:
                    yield self._told(change=news)
        finally:
            self._readers -= 1
            if not self._readers:
                self._reads.clear()

    async def run(self) -> None:
        """Keep it up to date until cancelled; nothing is done while nobody reads."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_reading())
            while True:
                await self._reads.wait()
                await self._wake.wait()
                self._wake.clear()
                began = time.monotonic()
                await self._look()
                await asyncio.sleep(rest_s(time.monotonic() - began, TOGETHER_S))

    async def _keep_reading(self) -> None:
        while True:
            await self._reads.wait()
            self._due.clear()
            began = time.monotonic()
            await self._read()
            self._wake.set()
            await asyncio.sleep(rest_s(time.monotonic() - began, READ_APART_S))
            with suppress(TimeoutError):
                async with asyncio.timeout(READ_S - READ_APART_S):
                    await self._due.wait()

    async def _read(self) -> None:
        try:
            self._kept = await self._sources.read()
        except (SQLAlchemyError, OSError):
            # What was known is shown on; that the database is away the parts tell.
            self._kept = replace(self._kept, callbacks=None)

    async def _is_news(self, number: int) -> bool:
        if self._number != number:
            return True
        try:
            async with asyncio.timeout(BEAT_S), self._news:
                await self._news.wait_for(lambda: self._number != number)
        except TimeoutError:
            return False
        return True

    async def _look(self) -> None:
        found = board(self._sources.seen(self.boot), self._calls(), self._kept)
        if found == self._board:
            return
        self._board = found
        self._number += 1
        async with self._news:
            self._news.notify_all()

    def _calls(self) -> list[Call]:
        """Those that are up; one of which nothing has changed is the same as before."""
        incident_of = {call: each.id for each in self._kept.incidents for call in each.calls}
        up = [(record, "") for record in self._sources.records()]
        up += [(record, record.node) for record in self._kept.elsewhere]
        shown = {
            record.id: self._show(record, incident_of.get(record.id), node) for record, node in up
        }
        self._shown = shown
        return [each.call for each in shown.values()]

    def _show(self, record: CallRecord, incident: int | None, node: str) -> _Shown:
        plan, known = self._sources.plan_of(record.plan_version), self._shown.get(record.id)
        same = known is not None and known.record is record and known.plan is plan
        if known is not None and same and known.incident == incident:
            return known
        return _Shown(record, plan, incident, call_of(owned(record, plan), plan, incident, node))

    def _newest(self) -> Board:
        if self._board is None:
            raise AssertionError("it was looked at")
        return self._board

    def _told(self, **what: Any) -> dict[str, Any]:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        return {"boot": self.boot, "seq": self._number, "at": at, **what}
