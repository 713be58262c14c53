"""The storage part of a router, wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.storage.guard import StorageGuard
from router.storage.retention import Retention
from router.storage.watch import RecordingWatch
from router.store.custody import Custody

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.live.store import Manager
    from router.storage.disk import Level, Room
    from router.storage.faults import Finding
    from siaga.settings import Settings


class StorageParts:
    """Watch of the recordings, guard of the disk, retention.

    Args:
        settings: of the instance.
        engine: of its database.
        manager: the AMI account ``admin``.
        is_quiet: whether no call is open.
        on_finding: told what is wrong with a recording, within two minutes of its call.
        on_level: told when the disk becomes fuller, or has room again.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (each is a part of its own)
        self,
        settings: Settings,
        engine: AsyncEngine,
        manager: Manager,
        is_quiet: Callable[[], bool],
        on_finding: Callable[[Finding], None],
        on_level: Callable[[Level, Room], None],
    ) -> None:
        self.watch = RecordingWatch(settings.recordings, on_finding)
        self.guard = StorageGuard(settings, on_level)
        self._custody = Custody(engine)
        self._retention = Retention(settings, self._custody, manager, is_quiet)

    def jobs(self) -> list[Callable[[], Awaitable[None]]]:
        """What runs as long as the router does."""
        return [self.watch.run, self.guard.run, self._retention.run]

    def close(self) -> None:
        """Let go of the database."""
        self._custody.close()
