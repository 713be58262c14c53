"""The list of exactly the calls that a figure of a report counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
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
    from collections.abc import Sequence

    from router.report.drill import Drill
    from router.store.reader import Cursor
    from router.store.search import Wanted

LONGEST: Final = timedelta(days=MAX_DAYS)


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure, and the calls that it counts.

    Attributes:
        drill: the figure. ``title``: of its breakdown. ``label``: of its group; both may be empty.
        places: of the calls, newest first.
    """

    drill: Drill
    title: str
    label: str
    places: Sequence[Cursor]

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
    try:
        places = await stands.reports.drilled(span, drill)
    except BusyError as error:
        raise AskedError("reports.busy") from error
    if drill.by is None:
        return Counted(drill, "", "", places)
    language, told = visit(request).language, BREAKDOWNS[drill.by]
    label = Names(plan, stands.reports.regency).label(drill.by, drill.key)
    return Counted(drill, getattr(told.title, language), getattr(label, language), places)
