"""Watches the recordings of the calls that are up or just over, and tells what is wrong at once.

A call's file has to be there and to grow while the call is up, which shows a full disk in
the middle of the call. When it is over, the file is held to the record. Knows calls from the
router's own memory, so that a database that is away makes no difference.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from router.recordings import GIVE_UP_S, HEADER
from router.storage.faults import Fault, Finding, examine
from router.storage.sound import UnreadableError, listen, locate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.calls.record import CallRecord

TICK_S: Final = 4.0
BEGIN_S: Final = 8.0
"""A call that is up for so long has a recording with audio in it."""
STALL_S: Final = 15.0
"""A recording that has not grown for so long does not grow. MixMonitor writes 16 kB a second."""
GONE_S: Final = 3.0
"""A file that is not there so long after its call will not come."""
LATE_S: Final = GIVE_UP_S + 15.0
"""A file that is not complete so long after its call never will be."""
RECENT: Final = timedelta(days=1)
"""Calls that ended longer ago are left to ``siaga112 audit``: a restart must not repeat what was
said of them."""
REMEMBERED: Final = 10_000


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Watched:
    """A call.

    Attributes:
        record: the newest.
        since: when it was first heard of, monotonic; ``over`` when its end was.
        size: of its file when that last grew, at ``grew``.
        told: what was said of it already.
    """

    record: CallRecord
    since: float
    grew: float
    over: float | None = None
    size: int = 0
    told: frozenset[Fault] = frozenset()


class RecordingWatch:
    """Looks at each call's recording until it is complete and right.

    Args:
        folder: the recordings folder.
        on_finding: told each finding once; must not wait.
        now: monotonic seconds.
        utc: wall clock, aware.
    """

    def __init__(
        self,
        folder: Path,
        on_finding: Callable[[Finding], None],
        now: Callable[[], float] = time.monotonic,
        utc: Callable[[], datetime] = _utc,
    ) -> None:
        self._folder = folder
        self._on_finding = on_finding
        self._now = now
        self._utc = utc
        self._calls: dict[str, _Watched] = {}
        self._done: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def take(self, record: CallRecord) -> None:
        """Take a record that may have changed; returns at once."""
        if record.recording is None or record.id in self._done:
            return
        now = self._now()
        watched = self._calls.get(record.id)
        if watched is None:
            if record.ended is not None and self._utc() - record.ended > RECENT:
                return
            watched = self._calls[record.id] = _Watched(record, now, now)
        watched.record = record
        if record.ended is not None and watched.over is None:
            watched.over = now

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            await self.look()

    async def look(self) -> None:
        """Look at every call once."""
        due = list(self._calls.items())
        # Another thread: it reads whole files, and a disk may take its time.
        for (call, watched), found in zip(
            due, await asyncio.to_thread(self._inspect, due), strict=True
        ):
            findings, done = found
            for finding in findings:
                if finding.fault not in watched.told:
                    watched.told |= {finding.fault}
                    self._on_finding(finding)
            if done:
                self._calls.pop(call, None)
                self._done[call] = None
                if len(self._done) > REMEMBERED:
                    del self._done[next(iter(self._done))]

    def _inspect(self, due: list[tuple[str, _Watched]]) -> list[tuple[tuple[Finding, ...], bool]]:
        now = self._now()
        return [self._look_at(watched, watched.record, now) for _, watched in due]

    def _look_at(
        self, watched: _Watched, record: CallRecord, now: float
    ) -> tuple[tuple[Finding, ...], bool]:
        if record.ended is None or watched.over is None:
            return self._growing(watched, record, now), False
        recording = record.recording
        if recording is None:
            return (), True
        path = locate(self._folder, recording.path)
        since = now - watched.over
        if path is None:
            return (examine(record, None)[1], True) if since >= GONE_S else ((), False)
        if recording.sha256 is None and since < LATE_S:
            return (), False
        try:
            return examine(record, listen(path))[1], True
        except UnreadableError as error:
            return examine(record, None, str(error))[1], True

    def _growing(self, watched: _Watched, record: CallRecord, now: float) -> tuple[Finding, ...]:
        """What is wrong with the file of a call that is up."""
        relative = record.recording.path if record.recording else ""
        path = locate(self._folder, relative)
        try:
            size = path.stat().st_size if path is not None else 0
        except OSError:
            path, size = None, 0
        if size > watched.size:
            watched.size, watched.grew = size, now
        age = now - watched.since
        if path is None:
            # There was a file: it is gone at once, not late.
            wrong = Fault.MISSING if age >= BEGIN_S or watched.size else None
        elif size <= HEADER:
            wrong = Fault.EMPTY if age >= BEGIN_S else None
        else:
            wrong = Fault.STALLED if now - watched.grew >= STALL_S else None
        return () if wrong is None else (Finding(wrong, record.id, relative, detail="call is up"),)
