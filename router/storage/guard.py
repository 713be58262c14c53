"""The job that watches the disk: tells when room runs out, and removes debug data when it must.

It never stops anything that a caller needs: calls are answered and recorded to the last byte, and
recordings are removed by the rule of their age alone, however full the disk is.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

import structlog

from router.storage import debug
from router.storage.disk import Level, Room, level, room, worst

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from siaga.settings import Settings

log = structlog.get_logger(__name__)

TICK_S: Final = 5.0
TIDY_S: Final = 600.0
"""How often logs are rotated and old ones removed."""


class StorageGuard:
    """Watches the disks of an instance.

    Args:
        settings: of the instance.
        on_level: told the level and the room of the fullest disk whenever the level changes.
        measure: room of the disk of a path.
        now: seconds since 1970.
    """

    def __init__(
        self,
        settings: Settings,
        on_level: Callable[[Level, Room], None],
        *,
        measure: Callable[[Path], Room] = room,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.level = Level.OK
        self.rooms: Mapping[str, Room] = {}
        self._settings = settings
        self._on_level = on_level
        self._measure = measure
        self._now = now
        self._tidied = 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await self.tick()
            await asyncio.sleep(TICK_S)

    async def tick(self) -> None:
        """Look once, do what the level asks for, and tell when it has changed."""
        before = self.level
        await asyncio.to_thread(self._work)
        if self.level is not before:
            self._on_level(self.level, min(self.rooms.values(), key=lambda found: found.free))

    def _work(self) -> None:
        home, rules = self._settings.home, self._settings.storage
        if self._now() - self._tidied >= TIDY_S:
            self._tidied = self._now()
            self._tidy(home)
        before = self.level
        self._look(before)
        if self.level >= Level.THIN:
            fullest = min(self.rooms.values(), key=lambda found: found.free)
            want = int(rules.warn.below(fullest.total)) - fullest.free
            freed = debug.thin(home, want)
            if self.level >= Level.FULL:
                freed += debug.cut(home)
            if freed:
                log.warning("debug_data_removed", bytes=freed, level=self.level.name)
                self._look(self.level)

    def health(self) -> dict[str, Any]:
        """Level and free bytes of each place."""
        return {
            "level": self.level.name.lower(),
            "free_bytes": {name: found.free for name, found in self.rooms.items()},
        }

    def _look(self, before: Level) -> None:
        places = {"home": self._settings.home, "recordings": self._settings.recordings}
        found = {}
        for name, path in places.items():
            try:
                found[name] = self._measure(path)
            except OSError as error:
                log.warning("disk_unknown", place=name, reason=error.strerror)
        self.rooms = found
        self.level = worst(level(each, self._settings.storage, before) for each in found.values())

    def _tidy(self, home: Path) -> None:
        for name in debug.rotate(home):
            log.info("log_rotated", name=name)
        keep = self._settings.storage.logs
        if keep is not None:
            for name in debug.expired(home, self._now() - keep.total_seconds()):
                log.info("log_expired", name=name)
