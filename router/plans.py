"""The plans as the router needs them: the one in force, and the one that a call began with."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from siaga.plan import LoadedPlan, PlanError, load_plan

if TYPE_CHECKING:
    from pathlib import Path

    from siaga.plan import Plan

log = structlog.get_logger(__name__)

KEPT: Final = 32
"""Earlier plans kept in memory; calls are on few."""

_VERSION: Final = re.compile(r"[0-9a-f]{12}")


class Plans:
    """Reads the plan in force again when it is replaced; nobody has to be restarted for it.

    Args:
        in_force: its file, replaced atomically by whoever applies a plan. Beside it is a folder
            for each version, with its text.

    Attributes:
        since: when the one in force was put there; None: not known.

    Raises:
        PlanError: there is no valid plan at the start.
    """

    def __init__(self, in_force: Path) -> None:
        self._file = in_force
        self._seen = self._stamp()
        self._current = load_plan(in_force)
        self.since = self._applied()
        self._others: dict[str, LoadedPlan] = {}

    @property
    def in_force(self) -> Plan:
        """The plan that new calls and transfers go by."""
        return self._current.plan

    @property
    def version(self) -> str:
        """Its version."""
        return self._current.version

    def text(self) -> str:
        """Text of the one in force.

        Raises:
            OSError: it cannot be read.
        """
        return self._file.read_text(encoding="utf-8")

    async def refresh(self) -> bool:
        """Read the plan in force again if its file was replaced; says whether it is another."""
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        try:
            # A large plan takes a while to check; calls are followed meanwhile.
            loaded = await asyncio.to_thread(load_plan, self._file)
        except PlanError as error:
            log.warning("plan_unreadable", version=self.version, error=str(error)[:500])
            loaded = self._current
        self._seen = stamp
        if loaded.version == self.version:
            return False
        self._keep(self._current)
        self._current = loaded
        self.since = self._applied()
        log.info("plan_loaded", version=self.version)
        return True

    def of(self, version: str | None) -> Plan:
        """The plan that a call began with; the one in force when its text is not there."""
        if version is None or version == self.version or not _VERSION.fullmatch(version):
            return self.in_force
        if version not in self._others:
            try:
                self._keep(load_plan(self._file.parent / version / self._file.name))
            except PlanError:
                log.warning("plan_missing", version=version)
                return self.in_force
        # A file under another's name says nothing of this version.
        found = self._others.get(version)
        return self.in_force if found is None else found.plan

    def _keep(self, loaded: LoadedPlan) -> None:
        self._others[loaded.version] = loaded
        while len(self._others) > KEPT:
            del self._others[next(iter(self._others))]

    def _applied(self) -> datetime | None:
        return None if self._seen is None else datetime.fromtimestamp(self._seen[0] / 1e9, UTC)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino
