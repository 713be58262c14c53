"""All recordings held to all records: the recording audit."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from router.storage.coverage import Coverage, total
from router.storage.faults import Fault, Finding, examine
from router.storage.retention import days
from router.storage.sound import UnreadableError, listen, locate
from router.storage.watch import LATE_S
from siaga.names import CALLBACK_FILE

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from router.calls.record import CallRecord
    from router.store import CallReader
    from router.store.custody import Custody

YOUNG_S: Final = 600.0
"""A file written to so lately may belong to a call that is not in the database yet."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at.

    Attributes:
        folder: the recordings folder.
        node: whose recordings lie there.
        since: calls that began then or later; orphaned files from that day on.
        now: aware.
    """

    folder: Path
    node: str
    since: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    Attributes:
        calls: looked at. ``pending`` are up, or not over for long enough.
        deleted: whose recording was deleted by the rule, and is rightly not there.
        coverage: seconds of talk, and those of them on disk.
        findings: what is wrong.
    """

    calls: int
    pending: int
    deleted: int
    coverage: Coverage
    findings: tuple[Finding, ...]

    def row(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "calls": self.calls,
            "pending": self.pending,
            "deleted": self.deleted,
            "answered_s": self.coverage.answered_s,
            "covered_s": self.coverage.covered_s,
            "findings": [finding.row() for finding in self.findings],
        }


async def survey(reader: CallReader, custody: Custody, scope: Scope) -> Survey:
    """Look at every recording of a node.

    Raises:
        SQLAlchemyError, OSError: the database or the disk does not work.
    """
    deleted = await custody.deleted_recordings()
    covered: list[Coverage] = []
    findings: list[Finding] = []
    counted = {"pending": 0, "deleted": 0}
    async for record in reader.calls_since(scope.since):
        # Test calls are looked at as they are made, and their recordings kept for days only.
        if record.node != scope.node or record.is_test:
            continue
        state = _state(record, deleted, scope.now)
        if state is not None:
            counted[state] += 1
            continue
        coverage, found = await asyncio.to_thread(_examine, scope.folder, record)
        covered.append(coverage)
        findings += found
    findings += [
        Finding(Fault.ORPHANED, "", path) for path in await _orphans(custody, scope, deleted)
    ]
    return Survey(len(covered), **counted, coverage=total(covered), findings=tuple(findings))


def _state(record: CallRecord, deleted: set[str], now: datetime) -> str | None:
    """Why a call's recording is not looked at; None: it is."""
    if record.recording is not None and record.recording.path in deleted:
        return "deleted"
    filed = record.recording is None or record.recording.sha256 is not None
    late = record.ended is not None and now - record.ended > timedelta(seconds=LATE_S)
    return None if record.ended is not None and (filed or late) else "pending"


def _examine(folder: Path, record: CallRecord) -> tuple[Coverage, tuple[Finding, ...]]:
    path = locate(folder, record.recording.path) if record.recording else None
    if path is None:
        return examine(record, None)
    try:
        return examine(record, listen(path))
    except UnreadableError as error:
        return examine(record, None, str(error))


async def _orphans(custody: Custody, scope: Scope, deleted: set[str]) -> list[str]:
    """Files that no record names, or whose recording was said to be deleted."""
    # A day's folder is named by the centre's date, which is at most a day from UTC's.
    first = f"{scope.since - timedelta(days=1):%Y/%m/%d}"
    found: list[str] = []
    for day, name in days(scope.folder):
        if name < first:
            continue
        files = await asyncio.to_thread(_settled, day, name)
        unknown = set(await custody.unknown_recordings(files))
        found += [path for path in files if path in unknown or path in deleted]
    return found


def _settled(day: Path, name: str) -> list[str]:
    """Recordings of calls to us that nobody writes to any more; call-backs have no record."""
    limit = time.time() - YOUNG_S
    return sorted(
        f"{name}/{path.name}"
        for path in day.iterdir()
        if path.is_file()
        and path.stat().st_mtime < limit
        and not path.name.startswith(CALLBACK_FILE)
    )
