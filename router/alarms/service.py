"""The alarms of a running router: kept in a file, logged, told over the webhook.

They go to the webhook directly and not by the outbox: an alarm that the database is away must not
wait for the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import structlog

from router.alarms import told
from router.alarms.board import Board
from router.alarms.core import Event
from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from router.alarms.board import Announcement
    from router.alarms.core import Alarm
    from router.alarms.kinds import Kind
    from router.notify import Webhook
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

FILE: Final = "alarms.json"
RETRY_S: Final = 1.0
"""Before the first new try to tell; doubled up to :data:`RETRY_MAX_S`."""
RETRY_MAX_S: Final = 60.0
STALE_S: Final = 24 * 3600.0
"""An announcement that nobody took for so long is history; an alarm that stands is repeated."""


class Alarms:
    """Whoever sees something wrong says so here.

    Args:
        file: where they are kept across restarts.
        node: of this router.
        plan: gives the plan in force, for the centre's name and time zone.
        webhook: who is told; None: nobody, and that shows.
        raise_after_s: in place of the kinds' own.
        now: wall clock in seconds.
    """

    def __init__(  # noqa: PLR0913 (each is a part of its own)
        self,
        file: Path,
        node: str,
        plan: Callable[[], Plan],
        webhook: Webhook | None,
        *,
        raise_after_s: Mapping[Kind, float] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._file = file
        self._node = node
        self._plan = plan
        self._webhook = webhook
        self._now = now
        self._board = Board(raise_after_s)
        self._wake = asyncio.Event()
        self._unsaved = False
        self._unwritable = False
        self._fault: str | None = None
        self._restore()

    def happened(self, kind: Kind, subject: str = "", detail: str = "") -> None:
        """Something happened that must not: an alarm at once, or one more of its kind.

        Args:
            kind: one whose rule says that it is a moment.
            subject: which of its kind.
            detail: what a person looks for; nothing of a caller's.
        """
        log.warning("alarm_seen", alarm=kind.value, subject=subject, detail=detail)
        self._board.wrong(kind, subject, detail, self._now())
        self._unsaved = True
        self._wake.set()
        self.tick()

    def judge(self, found: Mapping[tuple[Kind, str], str], unknown: Collection[Kind] = ()) -> None:
        """Take everything that is wrong now; what is not among it is right."""
        self._board.judge(found, self._now(), unknown)
        self.tick()

    def tick(self) -> None:
        """Raise, repeat and clear what is due."""
        for announcement in self._board.tick(self._now()):
            alarm = announcement.alarm
            say = log.info if announcement.event is Event.CLEARED else log.error
            say(
                announcement.event.value,
                alarm=alarm.kind.value,
                subject=alarm.subject,
                detail=alarm.detail,
                count=alarm.count,
            )
            self._unsaved = True
            self._wake.set()

    @property
    def raised(self) -> list[Alarm]:
        """Alarms that stand."""
        return self._board.raised

    def rows(self) -> list[dict[str, Any]]:
        """Alarms that stand, for the interface."""
        zone = self._zone()
        return [told.as_row(alarm, zone) for alarm in self.raised]

    def health(self) -> dict[str, Any]:
        """For ``/health``: how many stand, and whether anybody hears of them."""
        return {
            "raised": len(self.raised),
            "unheard": len(self._board.unheard),
            "waiting": len(self._board.waiting),
            "dropped": self._board.dropped,
            "receiver": "none" if self._webhook is None else "failing" if self._fault else "ok",
        }

    async def run(self) -> None:
        """Keep and tell until cancelled; what is not kept by then is kept at the end."""
        wait = RETRY_S
        try:
            while True:
                await self._save()
                if await self._tell():
                    wait = RETRY_S
                    await self._wake.wait()
                    self._wake.clear()
                else:
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, RETRY_MAX_S)
        finally:
            if self._unsaved:
                with contextlib.suppress(OSError):
                    write_atomic(self._file, self._board.to_json(), 0o600)

    async def _tell(self) -> bool:
        """Tell everything that waits, oldest first; False: somebody has to be tried again."""
        while self._webhook is not None and self._board.waiting:
            announcement = self._board.waiting[0]
            if self._now() - announcement.at > STALE_S:
                self._board.waiting.popleft()
                continue
            fault = await self._webhook.post(self._said(announcement), self._key(announcement))
            if fault is not None:
                if self._fault is None:
                    log.error("alarm_unheard", host=self._webhook.host, error=fault)
                self._fault = fault
                return False
            self._fault = None
            self._board.taken(announcement, self._now())
            self._unsaved = True
            await self._save()
        return True

    def _said(self, announcement: Announcement) -> str:
        return told.payload(announcement, self._node, self._plan().centre.name.id, self._zone())

    def _key(self, announcement: Announcement) -> str:
        return told.key(announcement, self._node)

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._plan().centre.timezone)

    def _restore(self) -> None:
        try:
            self._board.restore(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("alarms_unreadable", error=str(error)[:200])
        self._wake.set()

    async def _save(self) -> None:
        if not self._unsaved:
            return
        self._unsaved = False
        text = self._board.to_json()
        try:
            await asyncio.to_thread(write_atomic, self._file, text, 0o600)
            self._unwritable = False
        except asyncio.CancelledError:
            self._unsaved = True
            raise
        except OSError as error:
            # A full disk is no reason to be silent: they are told all the same.
            if not self._unwritable:
                log.warning("alarms_unsaved", error=str(error)[:200])
            self._unwritable = True
            self._unsaved = True
