"""The job that deletes what may no longer be kept, and leaves a row for each thing deleted.

The rules are ages; a call on hold is passed over. What remains of a call is its record without the
caller's number, with the digest of the recording that was there.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.ami import AmiError, DbDel, DbTree
from router.storage.sound import locate
from router.store.custody import Due, What
from siaga.names import RECENT_FAMILY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from router.live.store import Manager
    from router.store.custody import Custody
    from siaga.settings import Settings

log = structlog.get_logger(__name__)

FIRST_S: Final = 60.0
"""After the start, so that a restart in the rush has nothing else to do."""
EVERY_S: Final = 3600.0
RECENT_KEEP: Final = timedelta(days=2)
"""How long Asterisk keeps what a number chose last; the plan looks back a day at most."""
CEL_SPAN: Final = timedelta(days=30)
"""How much time one CEL file holds before the next is begun."""
_DAY: Final = re.compile(r"(\d{4})/(\d{2})/(\d{2})")


def _utc() -> datetime:
    return datetime.now(UTC)


class Retention:
    """Deletes what is due.

    Args:
        settings: of the instance; its rules are taken.
        custody: holds, and the log.
        manager: the AMI account ``admin``.
        is_quiet: whether no call is open, in Asterisk or in what was read of the CEL file.
        now: wall clock, aware.
    """

    def __init__(
        self,
        settings: Settings,
        custody: Custody,
        manager: Manager,
        is_quiet: Callable[[], bool],
        *,
        now: Callable[[], datetime] = _utc,
    ) -> None:
        self._settings = settings
        self._custody = custody
        self._manager = manager
        self._is_quiet = is_quiet
        self._now = now

    async def run(self) -> None:
        """Delete what is due each hour until cancelled."""
        await asyncio.sleep(FIRST_S)
        while True:
            try:
                await self.enforce()
            except (SQLAlchemyError, OSError) as error:
                cause = getattr(error, "orig", None) or error
                log.warning("retention_postponed", reason=str(cause)[:200])
            await asyncio.sleep(EVERY_S)

    async def enforce(self) -> None:
        """Delete everything that is due now.

        Raises:
            SQLAlchemyError, OSError: the database or the disk does not work; what was not deleted
                is due next time.
        """
        now, rules = self._now(), self._settings.storage
        if rules.recordings is not None:
            why = f"SIAGA_KEEP_RECORDINGS={rules.recordings.days}d"
            due = Due(self._settings.node, now - rules.recordings, why)
            await self._recordings(due, now)
            await self._orphans(due, now)
        if rules.numbers is not None:
            why = f"SIAGA_KEEP_NUMBERS={rules.numbers.days}d"
            due = Due(self._settings.node, now - rules.numbers, why)
            await self._numbers(due, now)
            await self._cel_files(due, now)
            self._rotate_cel(now)
        if rules.trail is not None:
            why = f"SIAGA_KEEP_AUDIT={rules.trail.days}d"
            if gone := await self._custody.delete_trail(now - rules.trail, why, now):
                log.info("trail_deleted", count=gone, why=why)
        await self._recent(now)

    async def _recordings(self, due: Due, now: datetime) -> None:
        while gone := await self._custody.delete_recordings(due, self._remove, now):
            log.info("recordings_deleted", count=len(gone), why=due.why)
        await asyncio.to_thread(self._empty_days)

    def _remove(self, relative: str) -> bool:
        """Remove a recording; True when nothing of it is there any more."""
        path = locate(self._settings.recordings, relative)
        if path is None:
            return True
        try:
            path.unlink()
        except OSError as error:
            log.warning("recording_not_deleted", path=relative, reason=error.strerror)
            return False
        return True

    def _empty_days(self) -> None:
        """Remove the folders of days of which nothing is left, but never today's."""
        today = f"{self._now():%Y%m%d}"
        for day, name in days(self._settings.recordings):
            if name.replace("/", "") < today:
                try:
                    day.rmdir()
                except OSError:
                    continue  # there is something in it

    async def _orphans(self, due: Due, now: datetime) -> None:
        """Recordings of no call are somebody's voice all the same.

        Only of days that the database reaches back to: one that was made anew knows neither the
        calls before it nor which of them are on hold.
        """
        oldest = await self._custody.oldest()
        if oldest is None:
            return
        first = f"{oldest + timedelta(days=1):%Y/%m/%d}"
        # A day's folder is named by the centre's date, which is at most a day from UTC's.
        limit = f"{due.before - timedelta(days=2):%Y/%m/%d}"
        for day, name in days(self._settings.recordings):
            if not first < name < limit:
                continue
            found = [f"{name}/{path.name}" for path in day.iterdir() if path.is_file()]
            unknown = await self._custody.unknown_recordings(found)
            gone = [path for path in unknown if self._remove(path)]
            await self._custody.note(What.ORPHAN_DELETED, gone, due.why, now)
            if gone:
                log.info("orphans_deleted", day=name, count=len(gone))

    async def _numbers(self, due: Due, now: datetime) -> None:
        while calls := await self._custody.erase_numbers(due, now):
            log.info("numbers_erased", count=len(calls), why=due.why)

    async def _cel_files(self, due: Due, now: datetime) -> None:
        """Earlier CEL files hold numbers as well; of a call on hold they are evidence."""
        if await self._custody.holds():
            return
        current = self._settings.cel_file
        gone = []
        for path in sorted(current.parent.glob(f"{current.stem}?*")):
            if path.name == current.name or not path.is_file():
                continue
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if modified < due.before:
                path.unlink()
                gone.append(path.name)
        await self._custody.note(What.CEL_DELETED, gone, due.why, now)

    def _rotate_cel(self, now: datetime) -> None:
        """Begin another CEL file when this one is old, at a moment when no call is open in it.

        Asterisk opens it anew for each event, and whoever reads it reads it to its end first.
        """
        path = self._settings.cel_file
        first = first_event(path)
        if first is None or now - first < CEL_SPAN or not self._is_quiet():
            return
        path.rename(path.with_name(f"{path.stem}-{now:%Y%m%dT%H%M%S}{path.suffix}"))
        log.info("cel_rotated")

    async def _recent(self, now: datetime) -> None:
        """What callers chose lately stands in Asterisk's database under their numbers."""
        start = f"/{RECENT_FAMILY}/"
        limit = (now - RECENT_KEEP).timestamp()
        try:
            for event in await self._manager.collect(DbTree(RECENT_FAMILY)):
                key = event.headers.get("Key", "")
                at = event.headers.get("Val", "").partition("|")[0]
                if key.startswith(start) and not (at.isdigit() and int(at) >= limit):
                    await self._manager.act(DbDel(RECENT_FAMILY, key.removeprefix(start)))
        except (AmiError, ValueError) as error:
            log.warning("recent_choices_kept", reason=str(error)[:200])


def days(recordings: Path) -> Iterator[tuple[Path, str]]:
    """The folders of days of recordings, oldest first, each with its name ``YYYY/MM/DD``."""
    for path in sorted(recordings.glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]")):
        name = path.relative_to(recordings).as_posix()
        if path.is_dir() and not path.is_symlink() and _DAY.fullmatch(name):
            yield path, name


def first_event(cel: Path) -> datetime | None:
    """When the first event of a CEL file happened; None: there is none."""
    try:
        with cel.open("rb") as file:
            fields = file.readline(4096).split(b'","')
        return datetime.fromtimestamp(float(fields[1]), UTC)
    except (OSError, ValueError, IndexError, OverflowError):
        return None
