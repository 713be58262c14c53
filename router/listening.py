"""Keeps who listened to whose call.

Both deliveries of an event are taken, the file's when the router was away: nobody listens without a
row of it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from siaga.names import WHISPERED, Milestone

if TYPE_CHECKING:
    from router.calls.events import CelEvent
    from router.calls.tracker import CallTracker
    from router.store.custody import Custody

log = structlog.get_logger(__name__)

RETRY_S: Final = 1.0
"""From a failed write to the next."""
REMEMBERED: Final = 1_000
"""Listenings in memory, by which the second delivery of one is known; the oldest goes first."""


class Listening:
    """Writes a row of the audit log for each time that a supervisor listens. :meth:`run` owns it.

    Args:
        tracker: the calls.
        custody: the audit log.
    """

    def __init__(self, tracker: CallTracker, custody: Custody) -> None:
        self._tracker = tracker
        self._custody = custody
        self._known: OrderedDict[str, None] = OrderedDict()
        self._unkept: dict[str, tuple[CelEvent, str]] = {}
        self._work = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether all that was taken is kept: the place in the CEL file may be noted."""
        return not self._unkept

    def take(self, event: CelEvent) -> None:
        """Take an event, from AMI or from the CEL file; returns at once."""
        if event.kind != Milestone.LISTENED or event.linked in self._known:
            return
        self._known[event.linked] = None
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        self._unkept[event.linked] = event, self._call(event.milestone()[0])
        self._work.set()

    def _call(self, handset: str) -> str:
        """The call that a handset talks in; empty: none that is known."""
        for state in self._tracker.open():
            if any(leg.talks and leg.handset == handset for leg in state.record.legs):
                return state.record.id
        return ""

    async def run(self) -> None:
        """Keep what was taken, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._keep()
            except (SQLAlchemyError, OSError) as error:
                log.warning("listening_unkept", count=len(self._unkept), reason=str(error)[:200])
                await asyncio.sleep(RETRY_S)
                self._work.set()

    async def _keep(self) -> None:
        while self._unkept:
            linked, (event, call) = next(iter(self._unkept.items()))
            who = event.channel.partition("/")[2].rpartition("-")[0]
            handset, how = [*event.milestone(), ""][:2]
            heard = ", berbisik / whispered" if how == WHISPERED else ""
            why = f"pesawat / handset {handset}{heard}, {linked}"
            await self._custody.listened(who, call or "-", why, event.time)
            log.info("listened", who=who, handset=handset, call=call or None)
            del self._unkept[linked]
