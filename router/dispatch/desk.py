"""What operators ask for from a handset that is in no call, by dialling it.

The dialplan tells what was dialled, and waits for the prompt that is to be the answer; without one
it says that it does not work now.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.ami import AmiError, SetVar
from router.live import Item, LiveError
from router.store.acceptances import Acceptance, Way
from router.store.classes import Given
from router.store.errors import StoreError
from siaga.keys import DESK_KEYS, LOGIN, LOGOUT, CallClass
from siaga.names import Milestone, Var
from siaga.plan.live import Override

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.ami import AmiLink
    from router.calls.events import CelEvent
    from router.calls.record import CallRecord
    from router.dispatch.login import Login
    from router.live import LiveStore
    from router.store import CallReader
    from router.store.acceptances import AcceptanceStore
    from router.store.classes import ClassStore
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

WAITING: Final = 100
"""Questions that may wait to be taken up; more are not answered."""
AFTER: Final = timedelta(hours=1)
"""How long ago the call may have been that an operator says the class of."""
PAUSE: Final = timedelta(hours=1)
"""How long a handset rests at most; it takes calls again as soon as its operator says so."""
BY_KEY: Final = "jeda dengan tombol / paused by key"


def _utc() -> datetime:
    return datetime.now(UTC)


class Desk:
    """Answers operators. :meth:`run` owns the work.

    Args:
        link: the AMI connection of the account that moves calls.
        classes: what calls were.
        calls: the records.
        live: pauses.
        acceptances: the agencies' words about calls that they were told of.
        login: judges who logs in.
        plan: gives the plan in force.
        now: wall clock, aware.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is a part of its own
        self,
        link: AmiLink,
        classes: ClassStore,
        calls: CallReader,
        live: LiveStore,
        acceptances: AcceptanceStore,
        login: Login,
        plan: Callable[[], Plan],
        now: Callable[[], datetime] = _utc,
    ) -> None:
        self._link = link
        self._classes = classes
        self._calls = calls
        self._live = live
        self._acceptances = acceptances
        self._login = login
        self._plan = plan
        self._now = now
        self._asked: asyncio.Queue[CelEvent] = asyncio.Queue(WAITING)

    def take(self, event: CelEvent) -> None:
        """Take an event that AMI told; returns at once."""
        if event.kind != Milestone.DESK:
            return
        try:
            self._asked.put_nowait(event)
        except asyncio.QueueFull:
            log.warning("desk_dropped")

    async def run(self) -> None:
        """Answer until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._do(await self._asked.get()))

    async def _do(self, event: CelEvent) -> None:
        handset = event.channel.partition("/")[2].rpartition("-")[0]
        name = event.milestone()[0]
        if handset not in self._plan().extensions or name not in DESK_KEYS:
            log.info("desk_ignored", handset=handset[:20], name=name[:20])
            return
        try:
            said = await self._answer(handset, name, event.channel)
        except (SQLAlchemyError, OSError, AmiError) as error:
            log.warning("desk_away", handset=handset, name=name, reason=str(error)[:200])
            said = "desk-away"
        except (LiveError, StoreError) as error:
            log.info("desk_refused", handset=handset, name=name, code=error.code)
            said = "desk-refused"
        try:
            await self._link.act(SetVar(event.channel, Var.SAID, said))
        except AmiError as error:
            log.info("desk_not_told", handset=handset, name=name, reason=str(error)[:200])

    async def _answer(self, handset: str, name: str, channel: str) -> str:
        """Do it; gives the prompt."""
        if name == LOGIN:
            return await self._login.log_in(handset, channel)
        by_name = {
            LOGOUT: self._login.log_out,
            "pause": self._rest,
            "resume": self._resume,
            "accept": self._accept,
        }
        if name in by_name:
            return await by_name[name](handset)
        return await self._class(handset, name)

    async def _class(self, handset: str, name: str) -> str:
        call = await self._last(handset)
        if call is None:
            return "desk-nothing"
        kind = CallClass(name.removeprefix("class-"))
        await self._classes.give(call.id, Given(kind, self._now(), handset))
        log.info("call_classed", call=call.id, kind=kind, handset=handset)
        return name

    async def _rest(self, handset: str) -> str:
        rest = Item(Override.PAUSE, handset, self._now() + PAUSE, reason=BY_KEY, by=handset)
        await self._live.set(rest)
        return "desk-paused"

    async def _resume(self, handset: str) -> str:
        for item in await self._live.items():
            if item.override is Override.PAUSE and item.name == handset:
                await self._live.clear(item, reason=BY_KEY, by=handset)
        return "desk-resumed"

    async def _accept(self, handset: str) -> str:
        now = self._now()
        for agency, its in self._plan().agencies.items():
            if handset not in its.extensions:
                continue
            told = await self._acceptances.latest(agency, now - AFTER)
            if told is not None:
                word = Acceptance(now, handset, Way.KEY)
                await self._acceptances.accept(told.node, told.call, agency, word)
                log.info("call_accepted", call=told.call, agency=agency, how=Way.KEY)
                return "desk-accepted"
        return "desk-nothing"

    async def _last(self, handset: str) -> CallRecord | None:
        """The call that the handset talked in last, if that is not long ago."""
        now = self._now()
        found: CallRecord | None = None
        latest = now - AFTER
        # It may have begun long before the handset came to it.
        async for record in self._calls.calls_since(now - 2 * AFTER):
            talked = _talked(record, handset)
            if talked is not None and talked >= latest:
                found, latest = record, talked
        return found


def _talked(record: CallRecord, handset: str) -> datetime | None:
    """When a handset was last in a call, as far as is on record; None: it never was.

    Who dials while the record has him still in the call has just left it (what was written lags
    behind), or has the caller on hold: either way this call is meant and not the one before.
    """
    times = [leg.left or leg.joined for leg in record.legs if leg.handset == handset and leg.joined]
    if not times and record.handset == handset and record.answered is not None:
        times = [record.ended or record.answered]
    return max((time for time in times if time is not None), default=None)
