"""Reading a period's calls and gaps from the database, a page at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from router.report.breakdowns import Beside
from router.report.call import facts
from router.report.hour import Hour
from router.report.kept import Kept
from router.report.repeats import WITHIN, Repeats
from router.report.responses import Responses, by_hour
from router.report.spans import Part
from router.report.sums import LAYOUT
from router.store import CallReader, ClassReader, GapReader
from router.store.incident_times import IncidentReader
from router.store.messages import MessageReader
from router.store.reader import Cursor
from router.store.report_sums import SumReader
from router.store.shifts import ShiftReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from router.report.accepted import Accepted
    from router.report.breakdowns import Planned
    from router.report.call import CallFacts
    from router.report.helped import Groups
    from router.report.period import Span
    from router.report.tally import Tally
    from router.store import GapTotals

FORMAT: Final = 3
"""Raised when anything is counted otherwise than before: what was kept is made anew then."""
PAGE: Final = 1000
"""Records in memory at once."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What the database has of a period."""

    tally: Tally
    gaps: GapTotals
    accepted: Mapping[str, Accepted] = field(default_factory=dict)
    """By agency, in the order of their names, what its contacts were told of and accepted."""
    incidents: Groups = field(default_factory=dict)
    """How soon help was there, of those opened in the period."""


class Readers:
    """Everything of a database that a report is made of.

    Args:
        engine: of the database.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.calls = CallReader(engine)
        self.gaps = GapReader(engine)
        self.classes = ClassReader(engine)
        self.messages = MessageReader(engine)
        self.incidents = IncidentReader(engine)
        self.shifts = ShiftReader(engine)
        self.sums = SumReader(engine)


async def collect(
    readers: Readers,
    period: Span,
    planned: Callable[[CallRecord], Planned],
    basis: str | None = None,
) -> Collected:
    """Add up the calls, gaps and incidents that began in a period.

    Others may write meanwhile: a call is counted as it is when its page is read.

    Args:
        readers: of the database.
        period: the days.
        planned: what the plan that a call began with says of it.
        basis: as :func:`kept` has it.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    known = await kept(readers, period, planned, basis)
    responses = await known.responses(partial(responded, readers))
    return Collected(
        await known.tally(),
        await readers.gaps.totals(period.begin, period.end),
        dict(sorted(responses.accepted.items())),
        responses.helped,
    )


async def kept(
    readers: Readers,
    span: Span,
    planned: Callable[[CallRecord], Planned],
    basis: str | None = None,
) -> Kept:
    """What there is of some time, to be asked at once.

    Args:
        readers: of the database.
        span: the time.
        planned: what the plan that a call began with says of it.
        basis: by what is counted, :func:`basis_of`: what was kept by another is not used. None:
            nothing that is kept is.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    standing = None if basis is None else await readers.sums.standing(basis)

    async def slowly(begin: datetime, end: datetime) -> Hour:
        return await counted(readers, Part(begin, end, span.zone), planned)

    return Kept(readers.sums, standing, span, slowly)


def basis_of(zone: ZoneInfo, places: Iterable[str]) -> str:
    """By what calls are counted beside what the database and the plans of the calls say.

    Args:
        zone: in whose time hours and days are.
        places: the kecamatan that are known.
    """
    words = (f"{FORMAT}", LAYOUT, zone.key, *places)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


async def counted(readers: Readers, span: Span, planned: Callable[[CallRecord], Planned]) -> Hour:
    """The calls that began in some time and what each counts as, of the calls themselves.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    known = await readers.calls.tests(span.begin, span.end)
    calls: list[tuple[Cursor, CallFacts | None]] = [
        (Cursor.of(record), facts_) async for record, facts_ in _walk(readers, span, planned)
    ]
    if known:
        # Test calls are as many as the others in a quiet regency: most are counted and not read.
        calls = sorted([*calls, *((each, None) for each in known)], key=lambda one: one[0].began)
    return Hour(calls)


async def hours_responded(
    readers: Readers, begin: datetime, end: datetime
) -> Mapping[int, Responses]:
    """What agencies and units did about the calls and incidents of each hour of some time.

    By when the hour begins, microseconds; of the rows themselves.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    asked = await readers.messages.asked(begin, end)
    return by_hour(asked, await readers.incidents.timed(begin, end))


async def responded(readers: Readers, begin: datetime, end: datetime) -> Responses:
    """The same of all that time together.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    asked = await readers.messages.asked(begin, end)
    return Responses.of(asked, await readers.incidents.timed(begin, end))


async def _walk(
    readers: Readers, period: Span, planned: Callable[[CallRecord], Planned]
) -> AsyncIterator[tuple[CallRecord, CallFacts | None]]:
    given = await readers.classes.between(period.begin, period.end)
    repeats = Repeats()
    # Who called just before the period is a repeat in it.
    begin = period.begin - WITHIN
    async for page in readers.calls.pages_since(begin, PAGE, period.end, tests=False):
        roster = await readers.shifts.of(page)
        districts = await readers.incidents.districts(page)
        for record in page:
            inside = record.began >= period.begin
            if record.is_test:
                if inside:
                    yield record, None
                continue
            repeat = repeats.see(record)
            if inside:
                incident = districts.get((record.node, record.id))
                said, officer = given.get(record.id), roster.answered(record)
                beside = Beside(planned(record), incident, repeat, said, officer)
                yield record, facts(record, period.zone, beside)
