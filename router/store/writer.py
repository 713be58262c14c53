"""The writer: takes records from the event reader without waiting, commits them in batches.

Memory is bounded by the number of calls with something unwritten: a later record of a call takes
the place of an unwritten earlier one. While the database is away, locked or full, they wait here.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from router.store.batch import Entry, write
from router.store.followup import Followed
from router.store.merge import supersede
from router.store.policy import WriterCounters, WriterPolicy
from router.store.refusal import is_refusal
from router.store.statements import statements
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from router.store.outbox import Notification
    from router.store.position import CelPosition

OnCommitted: TypeAlias = "Callable[[tuple[CallRecord, ...]], None]"
OnBack: TypeAlias = "Callable[[float, frozenset[str]], None]"

log = structlog.get_logger(__name__)

_CANCEL_S: Final = 2.0


class CallWriter:
    """Writes call records; one for a process.

    Committed are, in one transaction, a record, the notifications it causes and the positions in
    the CEL file that were reported after it. A position is therefore never ahead of the records.
    Once a record was dropped, positions are no longer written: the next start's backfill begins
    before what was lost.

    ``on_committed`` is called after each commit with the records in it. It must not wait; what it
    raises is logged. ``on_back`` is called when the database is back: for how many seconds it was
    away, and the ids of the calls whose records had waited for it.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        policy: WriterPolicy | None = None,
        on_committed: OnCommitted | None = None,
        on_back: OnBack | None = None,
    ) -> None:
        self.counters = WriterCounters()
        self._policy = policy or WriterPolicy()
        self._transactions = Transactions(engine, self._policy.busy_s)
        self._on_committed = on_committed
        self._on_back = on_back
        self._sql = statements(engine.dialect.name)
        self._followed = Followed()
        self._entries: dict[tuple[str, str], Entry] = {}
        self._positions: dict[str, CelPosition] = {}
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._work = asyncio.Event()
        self._due = 0.0
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._away_since: float | None = None

    @property
    def pending(self) -> int:
        """Calls with something unwritten, those being written just now apart."""
        return len(self._entries)

    @property
    def is_away(self) -> bool:
        """Whether the last try to write failed because of the database."""
        return self._away_since is not None

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="call-writer")

    def put(
        self,
        record: CallRecord,
        notifications: Iterable[Notification] = (),
        *,
        leisurely: bool = False,
    ) -> None:
        """Take a record to be written; returns at once, whatever the database does.

        Args:
            record: of a call.
            notifications: that it causes.
            leisurely: nobody waits for what is new in it.
        """
        self.counters.put += 1
        key = record.node, record.id
        entry = self._entries.get(key)
        if entry is None:
            if self._closed or len(self._entries) >= self._policy.calls:
                self._drop()
                return
            entry = self._entries[key] = Entry(record)
        else:
            entry.record = supersede(entry.record, record)
        for notification in notifications:
            entry.notifications.setdefault(notification.id, notification)
        self._begin(self._policy.leisure_s if leisurely else self._policy.pause_s)

    def put_position(self, position: CelPosition) -> None:
        """Take the place up to which all records of a CEL file have been put."""
        if not self.counters.dropped:
            self._positions[position.node] = position
            self._begin(self._policy.leisure_s)

    def _begin(self, within_s: float) -> None:
        """There is something to be written, within so long or sooner."""
        due = time.monotonic() + within_s
        if not self._work.is_set():
            self._due = due
            self._work.set()
        elif due < self._due:
            self._due = due
            self._hurry.set()

    async def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until all that was put before is committed; False when it is not in that time."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(done)
        self._work.set()
        self._hurry.set()
        try:
            async with asyncio.timeout(timeout_s):
                await done
        except TimeoutError:
            return False
        return True

    async def close(self, timeout_s: float = 5.0) -> bool:
        """Write what is left and stop; False when something could not be written in that time."""
        task, self._task = self._task, None
        self._closed = True
        done = not self._entries
        if task is not None:
            done = await self.flush(timeout_s)
            task.cancel()
            await asyncio.wait([task], timeout=_CANCEL_S)
        self._transactions.close()
        if not done:
            log.error("records_left", calls=len(self._entries))
        return done

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._work.wait()
            while not (failures or self._waiters) and (left := self._due - time.monotonic()) > 0:
                await self._pause(left)
            self._work.clear()
            if await self._write():
                failures = 0
            else:
                self._work.set()
                await self._pause(self._retry_s(failures))
                failures = min(failures + 1, 30)

    def _retry_s(self, failures: int) -> float:
        limit: float = min(self._policy.retry_s * 2**failures, self._policy.retry_max_s)
        if self._waiters:
            limit = min(limit, self._policy.retry_s)
        # Several nodes that lost one database do not come back to it all at once.
        part: float = random.uniform(0.5, 1.0)  # noqa: S311 (no secret)
        return limit * part

    async def _pause(self, seconds: float) -> None:
        self._hurry.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return

    async def _write(self) -> bool:
        keys = list(self._entries)[: self._policy.batch]
        entries = {key: self._entries.pop(key) for key in keys}
        positions: dict[str, CelPosition] = {}
        waiters: list[asyncio.Future[None]] = []
        if self._entries:
            self._work.set()
        else:
            positions, self._positions = self._positions, {}
            waiters = list(self._waiters)
            self._waiters.clear()
        try:
            if entries or positions:
                await self._commit(entries, positions)
        except Exception as error:  # noqa: BLE001 (whatever it is, the records are kept)
            self._put_back(entries, positions, waiters)
            self._away(error)
            return False
        except asyncio.CancelledError:
            self._put_back(entries, positions, waiters)
            raise
        self._back(frozenset(call for _, call in (*keys, *self._entries)))
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        return True

    async def _commit(
        self, entries: dict[tuple[str, str], Entry], positions: dict[str, CelPosition]
    ) -> None:
        try:
            await self._written(entries.values(), positions)
        except Exception as error:
            if not is_refusal(error):
                raise
            await self._commit_singly(entries, positions)
        else:
            self._committed(entries.values())

    async def _commit_singly(
        self, entries: dict[tuple[str, str], Entry], positions: dict[str, CelPosition]
    ) -> None:
        for key, entry in list(entries.items()):
            try:
                await self._written([entry], {})
            except Exception as error:
                if not is_refusal(error):
                    raise
                self.counters.refused += 1
                log.error(  # noqa: TRY400 (the trace would show the caller's number)
                    "record_refused", call=key[1][:64], node=key[0][:64], error=type(error).__name__
                )
            else:
                self._committed([entry])
            del entries[key]
        if positions:
            await self._written([], positions)

    async def _written(self, entries: Iterable[Entry], positions: dict[str, CelPosition]) -> None:
        work = partial(
            write, sql=self._sql, entries=entries, positions=positions, followed=self._followed
        )
        self._followed.done(await self._transactions.run(work))

    def _committed(self, entries: Iterable[Entry]) -> None:
        records = tuple(entry.record for entry in entries)
        self.counters.batches += 1
        self.counters.written += len(records)
        if self._on_committed is None or not records:
            return
        try:
            self._on_committed(records)
        except Exception as error:  # noqa: BLE001 (what follows a commit does not undo it)
            # No trace: it would show the records.
            log.error("committed_hook_failed", error=type(error).__name__, reason=str(error)[:200])  # noqa: TRY400

    def _put_back(
        self,
        entries: dict[tuple[str, str], Entry],
        positions: dict[str, CelPosition],
        waiters: list[asyncio.Future[None]],
    ) -> None:
        newer, self._entries = self._entries, entries
        for key, entry in newer.items():
            older = entries.get(key)
            if older is None:
                entries[key] = entry
            else:
                older.record = supersede(older.record, entry.record)
                older.notifications = {**entry.notifications, **older.notifications}
        self._positions = {**positions, **self._positions}
        self._waiters.extendleft(reversed(waiters))

    def _drop(self) -> None:
        self.counters.dropped += 1
        if self.counters.dropped == 1:
            log.error("record_dropped", unwritten=len(self._entries), closed=self._closed)

    def _away(self, error: Exception) -> None:
        self.counters.failures += 1
        if self._away_since is None:
            self._away_since = asyncio.get_running_loop().time()
            self.counters.outages += 1
            cause = getattr(error, "orig", None) or error
            log.error("database_away", error=type(cause).__name__, reason=str(cause)[:200])

    def _back(self, waited: frozenset[str]) -> None:
        if self._away_since is not None:
            seconds = asyncio.get_running_loop().time() - self._away_since
            self._away_since = None
            log.warning("database_back", away_s=round(seconds, 1), unwritten=len(self._entries))
            if self._on_back is not None:
                self._on_back(seconds, waited)
