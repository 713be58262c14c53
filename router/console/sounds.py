"""Recordings as the console reads them: where they are, their outline, their digest, who plays.

What takes a processor is done in a thread of its own, one at a time, and few wait for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from router.console.lanes import Lane
from router.storage.peaks import outline
from router.storage.sound import listen, locate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime, timedelta
    from pathlib import Path

    from router.calls.record import CallRecord
    from router.storage.peaks import Peaks

OUTLINES: Final = 200
"""Outlines in memory; the oldest goes first."""
PLAYED: Final = 1_000
"""Playbacks in memory, by which the next piece of one is known; the oldest goes first."""


class Sounds:
    """Reads recordings.

    Args:
        folder: of the recordings.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lane = Lane("sounds")
        self._outlines: OrderedDict[tuple[str, int, int], Peaks] = OrderedDict()

    def close(self) -> None:
        """End; what is under way ends by itself."""
        self._lane.close()

    def find(self, record: CallRecord) -> Path | None:
        """The recording of a call that is over; None: there is none on disk."""
        if record.recording is None or record.ended is None:
            return None
        return locate(self._folder, record.recording.path)

    async def outline(self, path: Path) -> Peaks:
        """The outline of a recording, kept as long as the file stays as it is.

        Raises:
            BusyError: too many wait already.
            UnreadableError, OSError: it cannot be had.
        """
        status = await asyncio.to_thread(path.stat)
        key = (str(path), status.st_mtime_ns, status.st_size)
        known = self._outlines.get(key)
        if known is None:
            known = self._outlines[key] = await self._lane.run(lambda: outline(path))
            if len(self._outlines) > OUTLINES:
                self._outlines.popitem(last=False)
        return known

    async def digest(self, path: Path) -> str:
        """SHA-256 of the file as it is now.

        Raises:
            BusyError: too many wait already.
            UnreadableError: it cannot be had.
        """
        return (await self._lane.run(lambda: listen(path))).sha256


class Playbacks:
    """Tells the first piece that is fetched of a recording from those that follow.

    Args:
        rest: after so long without one, the next piece is of another playback.
    """

    def __init__(self, rest: timedelta) -> None:
        self._rest = rest
        self._last: OrderedDict[tuple[object, ...], datetime] = OrderedDict()
        self._lock = asyncio.Lock()

    async def begin(
        self, key: tuple[object, ...], now: datetime, note: Callable[[], Awaitable[None]]
    ) -> None:
        """Have a playback noted, once; what ``note`` raises leaves it unbegun."""
        async with self._lock:
            last = self._last.get(key)
            if last is None or now - last > self._rest:
                await note()
            self._last[key] = now
            self._last.move_to_end(key)
            if len(self._last) > PLAYED:
                self._last.popitem(last=False)
