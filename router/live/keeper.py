"""The router's periodic job: handsets go on when their pause ends, what has ended is removed.

All of it is tidiness: the dialplan itself takes no notice of what has ended.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import structlog

from router.ami import (
    ActionRefusedError,
    ActionValueError,
    AmiError,
    DbGet,
    QueuePause,
    QueueStatus,
)
from router.live.audit import AuditFile
from router.live.items import as_row, in_force, live_at, set_at
from router.live.store import LiveStore, utc_now
from siaga.names import LIVE_FAMILY, NOTE_FAMILY, RECENT_FAMILY, SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.ami import AmiLink
    from router.live.items import Item
    from siaga.plan.model import Plan

log = structlog.get_logger(__name__)

EVERY_S: Final = 5.0
"""Longest from one look to the next; a change by the command line is seen that late."""

PAUSES_EVERY: Final = timedelta(minutes=1)
"""How often the queues' members are compared with what is set although nothing has changed."""

KEEP_ENDED: Final = timedelta(minutes=10)
"""An override that has ended is left for so long: near its end somebody may be renewing it."""

KEEP_RECENT: Final = timedelta(days=1)
RECENT_EVERY: Final = timedelta(hours=1)
DELETES: Final = 1_000
"""Recent choices removed in one go; the rest waits for the next."""

LIST_MAX: Final = 200_000
"""Entries of a list that the link must bear: a day's callers."""

PREFIX: Final = "PJSIP/"


class LiveKeeper:
    """Looks after live state while the router runs.

    Attributes:
        items: overrides as last seen.
        known: they could be seen at the last look.
    """

    def __init__(self, store: LiveStore) -> None:
        self.items: tuple[Item, ...] = ()
        self.known = False
        self._store = store
        self._paused: frozenset[str] | None = None
        self._compared: datetime | None = None
        self._swept: datetime | None = None

    @classmethod
    def over(cls, link: AmiLink, plan: Callable[[], Plan], home: Path) -> LiveKeeper:
        """The keeper of an instance.

        Args:
            link: to Asterisk, as the account ``admin``; takes lists of :data:`LIST_MAX`.
            plan: gives the plan in force.
            home: the instance's.
        """
        return cls(LiveStore(link, plan, AuditFile.of(home), utc_now))

    def health(self) -> dict[str, Any]:
        """For ``/health``: how many overrides are in force, and whether that is known."""
        now = self._store.now()
        return {"known": self.known, "overrides": len(in_force(self.items, now))}

    async def rows(self) -> list[dict[str, str | None]]:
        """For ``/api/live``: the overrides in force, asked for now.

        Raises:
            AmiError: Asterisk does not answer.
        """
        zone = ZoneInfo(self._store.plan().centre.timezone)
        return [as_row(item, zone) for item in await self._store.items()]

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            try:
                await self.look()
            except AmiError as error:
                if self.known:
                    log.warning("live_unknown", error=str(error))
                self.known = False
                self._paused = None
            await asyncio.sleep(self._wait())

    async def look(self) -> None:
        """One look: see, pause and resume, remove.

        Raises:
            AmiError: Asterisk does not answer.
        """
        now = self._store.now()
        self.items = await self._store.kept()
        self.known = True
        paused = live_at(self.items, now).paused
        if paused != self._paused or self._compared is None or now - self._compared >= PAUSES_EVERY:
            await self._compare()
            self._paused, self._compared = paused, now
        await self._remove_ended(now)
        if self._swept is None or now - self._swept >= RECENT_EVERY:
            self._swept = now
            await self._remove_recent(now)
            await self._remove_notes(now)

    def _wait(self) -> float:
        """Seconds to the next look: when the next override ends, or soon."""
        now = self._store.now()
        ends = [(item.until - now).total_seconds() for item in in_force(self.items, now)]
        return max(0.05, min([EVERY_S, *ends]))

    async def _compare(self) -> None:
        """Pause and resume the queues' members as is set.

        The queues are read before what is set, which whoever changes it writes first: in this
        order a change in between is seen, or done again, but never undone.
        """
        members: defaultdict[str, set[bool]] = defaultdict(set)
        for event in await self._store.manager.collect(QueueStatus()):
            location = event.headers.get("Location", "")
            if event.name == "QueueMember" and location.startswith(PREFIX):
                paused = event.headers.get("Paused") == "1"
                members[location.removeprefix(PREFIX)].add(paused)
        wanted = live_at(await self._store.kept(), self._store.now()).paused
        for extension, states in members.items():
            should = extension in wanted
            if (not should) in states:
                await self._pause(extension, paused=should)

    async def _pause(self, extension: str, *, paused: bool) -> None:
        try:
            await self._store.manager.act(QueuePause(extension, paused))
        except (ActionRefusedError, ActionValueError):
            return  # It has left the queues meanwhile, or is no handset of ours.
        log.info("handset_paused" if paused else "handset_resumed", extension=extension)

    async def _remove_ended(self, now: datetime) -> None:
        for item in self.items:
            if item.until + KEEP_ENDED > now:
                continue
            # Somebody may have set it anew since the list was made.
            events = await self._store.manager.collect(DbGet(LIVE_FAMILY, item.key))
            if [event.headers.get("Val", "") for event in events] != [item.value]:
                continue
            if await self._store.remove(item.key):
                self._store.noted("ended", item, item.reason, item.by)

    async def _remove_notes(self, now: datetime) -> None:
        """Remove notes whose override is gone or was never written."""
        set_now = await self._store.entries(LIVE_FAMILY)
        for key, note in (await self._store.entries(NOTE_FAMILY)).items():
            since = set_at(note)
            if key not in set_now and (since is None or since + KEEP_ENDED < now):
                await self._delete(NOTE_FAMILY, key)

    async def _remove_recent(self, now: datetime) -> None:
        oldest = (now - KEEP_RECENT).timestamp()
        found = await self._store.entries(RECENT_FAMILY)
        old = [number for number, value in found.items() if _second(value) < oldest]
        for number in old[:DELETES]:
            await self._delete(RECENT_FAMILY, number)
        if old:
            log.info("recent_choices_removed", count=len(old[:DELETES]))

    async def _delete(self, family: str, key: str) -> None:
        try:
            await self._store.delete(family, key)
        except ActionValueError:
            return  # Somebody's own key, which we have no way to say.


def _second(value: str) -> int:
    """The second that a value begins with; 0 when it does not."""
    text = value.partition(SEPARATOR)[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
