"""Figures reckoned beside the loop that serves the boards: in one thread, one after another.

What was reckoned a moment ago is not reckoned again: people turn pages, and ten of them look at the
same day.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.console.lanes import Lane
from router.report import Readers, collect
from router.report.collect import kept
from router.report.drill import drilled
from router.report.keeping import Counting, Keeper
from router.report.planned import Planner
from router.store import open_engine
from router.store.report_sums import SumReader, SumStore
from router.store.rows import from_us
from siaga import places
from siaga.errors import SettingsError
from siaga.plan.past import PlansOfCalls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence
    from zoneinfo import ZoneInfo

    from router.report import Collected, Tally
    from router.report.drill import Drill, Drilled
    from router.report.period import Span
    from router.store.reader import Cursor
    from siaga.places import Places
    from siaga.settings import Settings

_T = TypeVar("_T")
FRESH_S: Final = 10.0
"""So long what was reckoned counts as what is so now; the page says when it was."""
KEPT: Final = 24
KEEP_S: Final = 20.0
"""How often what changed is taken into what is kept; until then it is counted when asked for."""
PAUSE_S: Final = 0.2

log = structlog.get_logger(__name__)


class Reckoner:
    """Reckons figures and which calls they count.

    Args:
        settings: of the instance, whose database is opened anew each time.

    Raises (all methods):
        BusyError: too many wait already.
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lane = Lane("reports")
        self._keeping = Lane("sums")
        self._found: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._pending: dict[Hashable, asyncio.Task[Any]] = {}
        self.regency = _regency(settings)
        self._planner = Planner(PlansOfCalls(settings.plan_in_force), self.regency)

    async def compared(self, span: Span, earlier: Span) -> tuple[Collected, Tally]:
        """What the database has of some time, and what calls of an earlier one count as.

        Of groups of those how many talked, not after how long; nothing of what was done about them.
        """
        planner, basis = self._planner, self._planner.basis(span.zone)

        async def made(readers: Readers) -> tuple[Collected, Tally]:
            found = await collect(readers, span, planner.of, basis)
            before = await kept(readers, earlier, planner.of, basis)
            return found, await before.tally(brief=True)

        key = (span.begin, span.end, earlier.begin, earlier.end, span.zone.key)
        return await self._once(key, made)

    async def count(self, span: Span, drill: Drill) -> int:
        """How many calls a figure of that time counts."""

        async def made(readers: Readers) -> int:
            return await (await self._drilled(readers, span, drill)).count()

        return await self._once((span.begin, span.end, span.zone.key, drill), made)

    async def drilled(
        self, span: Span, drill: Drill, limit: int, before: Cursor | None = None
    ) -> Sequence[Cursor]:
        """Where they are, newest first; ``before`` is the last one of the page before."""

        async def made(readers: Readers) -> Sequence[Cursor]:
            return await (await self._drilled(readers, span, drill)).places(limit, before)

        return await self._once((span.begin, span.end, span.zone.key, drill, limit, before), made)

    async def _drilled(self, readers: Readers, span: Span, drill: Drill) -> Drilled:
        planner = self._planner
        return await drilled(readers, span, drill, planner.of, planner.basis(span.zone))

    async def keep(self, zone: Callable[[], ZoneInfo]) -> None:
        """Keep what reports are made of, in a thread of its own, until cancelled."""
        while True:
            begin = time.monotonic()
            try:
                more = await self._keeping.run(lambda: asyncio.run(self._kept(zone())))
            except (SQLAlchemyError, OSError) as error:
                log.warning("sums_not_kept", error=type(error).__name__)
                more = False
            # Half of the time is for whoever looks at a page.
            took = time.monotonic() - begin
            await asyncio.sleep(max(took, PAUSE_S) if more else KEEP_S)

    async def keep_all(self, zone: ZoneInfo, since: datetime) -> None:
        """Keep all there is since some time, without a pause."""
        while await self._keeping.run(lambda: asyncio.run(self._kept(zone))):
            if await self._keeping.run(lambda: asyncio.run(self._since(zone))) <= since:
                return

    async def _since(self, zone: ZoneInfo) -> datetime:
        engine = open_engine(self._settings.database)
        try:
            standing = await SumReader(engine).standing(self._planner.basis(zone))
        finally:
            await engine.dispose()
        return datetime.max.replace(tzinfo=UTC) if standing is None else from_us(standing.since)

    def forget(self) -> None:
        """Reckon anew what is asked for next."""
        self._found.clear()

    async def _kept(self, zone: ZoneInfo) -> bool:
        planner, engine = self._planner, open_engine(self._settings.database)
        store = SumStore(engine)
        try:
            counting = Counting(planner.of, planner.come, planner.basis(zone), zone)
            return await Keeper(Readers(engine), store, counting).step(datetime.now(UTC))
        finally:
            store.close()
            await engine.dispose()

    def close(self) -> None:
        """End; what is under way ends by itself."""
        self._lane.close()
        self._keeping.close()

    async def _once(self, key: Hashable, made: Callable[[Readers], Awaitable[_T]]) -> _T:
        """What was found a moment ago, what is being reckoned for somebody else, or anew."""
        known = self._found.get(key)
        if known is not None and time.monotonic() - known[0] < FRESH_S:
            recent: _T = known[1]
            return recent
        task = self._pending.get(key)
        if task is None:
            work = self._lane.run(lambda: asyncio.run(self._made(made)))
            task = self._pending[key] = asyncio.create_task(work)
            task.add_done_callback(partial(self._done, key))
        # Who goes away takes nothing from who waits for the same.
        result: _T = await asyncio.shield(task)
        return result

    def _done(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._pending[key]
        if task.cancelled() or task.exception() is not None:
            return
        self._found[key] = (time.monotonic(), task.result())
        self._found.move_to_end(key)
        while len(self._found) > KEPT:
            self._found.popitem(last=False)

    async def _made(self, made: Callable[[Readers], Awaitable[_T]]) -> _T:
        engine = open_engine(self._settings.database)
        try:
            return await made(Readers(engine))
        finally:
            await engine.dispose()


def _regency(settings: Settings) -> Places | None:
    try:
        return places.load(settings.places)
    except SettingsError:
        return None
