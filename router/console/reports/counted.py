"""The list of exactly the calls that a figure of a report counts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web

from router.console.context import desk, visit
from router.console.lanes import BusyError
from router.console.reports.asked import AskedError, drill_of
from router.console.route import HEARERS
from router.report.period import MAX_DAYS
from router.report.spans import Part
from router.report.told import BREAKDOWNS, Names

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from router.console.reports.reckoner import Reckoner
    from router.report.drill import Drill
    from router.report.period import Span
    from router.store.reader import Cursor
    from router.store.search import CallSearch, Found, Wanted

_T = TypeVar("_T")
WAIT_S: Final = 0.5
LARGEST: Final = 2000
"""Calls of a figure that are looked up at once."""

LONGEST: Final = timedelta(days=MAX_DAYS)


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure, and the calls that it counts.

    Attributes:
        drill: the figure. ``title``: of its breakdown. ``label``: of its group; both may be empty.
        count: how many in all. ``span``: of what time. ``reports``: has them.
    """

    drill: Drill
    title: str
    label: str
    count: int
    span: Span
    reports: Reckoner

    async def find(
        self, search: CallSearch, wanted: Wanted, limit: int, before: Cursor | None = None
    ) -> list[Found]:
        """Those of them that are wanted besides, newest first.

        Raises:
            AskedError: too much is asked for at once.
            SQLAlchemyError, OSError: the database does not work now.
        """
        found: list[Found] = []
        at_once = limit
        while len(found) < limit:
            places = await _asked(self.reports.drilled(self.span, self.drill, at_once, before))
            found += await search.among(places, wanted, limit - len(found))
            if len(places) < at_once:
                break
            before, at_once = places[-1], min(2 * at_once, LARGEST)
        return found

    async def pages(
        self, search: CallSearch, wanted: Wanted, size: int
    ) -> AsyncIterator[list[Found]]:
        """All of these, so many at a time or fewer.

        Raises:
            SQLAlchemyError, OSError: the database does not work now.
        """
        before: Cursor | None = None
        while True:
            try:
                places = await self.reports.drilled(self.span, self.drill, LARGEST, before)
            except BusyError:  # A file that is half there waits.
                await asyncio.sleep(WAIT_S)
                continue
            async for page in search.pages_among(places, wanted, size):
                yield page
            if len(places) < LARGEST:
                return
            before = places[-1]

    @property
    def address(self) -> dict[str, str]:
        """What an address says of it."""
        by = {} if self.drill.by is None else {"by": self.drill.by.value, "key": self.drill.key}
        return {"figure": self.drill.figure, **by}


async def counted(request: web.Request, wanted: Wanted) -> Counted | None:
    """The figure that an address names; None: it names none.

    Raises:
        AskedError: there is no such figure, or not of that time.
        HTTPForbidden: figures are not for them.
        SQLAlchemyError, OSError: the database does not work now.
    """
    drill = drill_of(request.query)
    if drill is None:
        return None
    if visit(request).role not in HEARERS:
        raise web.HTTPForbidden
    since, until = wanted.since, wanted.until
    if since is None or until is None or until - since > LONGEST:
        raise AskedError("records.bad_figure")
    stands, plan = desk(request), desk(request).plan()
    span = Part(since, until, ZoneInfo(plan.centre.timezone))
    begin = (span, stands.reports)
    count = await _asked(stands.reports.count(span, drill))
    if drill.by is None:
        return Counted(drill, "", "", count, *begin)
    language, told = visit(request).language, BREAKDOWNS[drill.by]
    label = Names(plan, stands.reports.regency).label(drill.by, drill.key)
    words = getattr(told.title, language), getattr(label, language)
    return Counted(drill, *words, count, *begin)


async def _asked(reckoning: Awaitable[_T]) -> _T:
    try:
        return await reckoning
    except BusyError as error:
        raise AskedError("reports.busy") from error
