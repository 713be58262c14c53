"""Reading a period's calls and gaps from the database, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from router.report.accepted import by_agency
from router.report.breakdowns import Beside
from router.report.call import facts
from router.report.repeats import WITHIN, Repeats
from router.report.tally import Tally
from router.store import CallReader, ClassReader, GapReader
from router.store.incident_times import IncidentReader
from router.store.messages import MessageReader
from router.store.shifts import ShiftReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from router.report.accepted import Accepted
    from router.report.breakdowns import Planned
    from router.report.call import CallFacts
    from router.report.period import Span
    from router.store import GapTotals
    from router.store.incident_times import Timed
    from siaga.keys import CallClass

PAGE: Final = 1000
"""Records in memory at once."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What the database has of a period."""

    tally: Tally
    gaps: GapTotals
    accepted: Mapping[str, Accepted] = field(default_factory=dict)
    """By agency, what its contacts were told of and accepted."""
    incidents: tuple[Timed, ...] = ()
    """The times of those opened in the period."""


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


async def collect(
    readers: Readers, period: Span, planned: Callable[[CallRecord], Planned]
) -> Collected:
    """Add up the calls, gaps and incidents that began in a period.

    Others may write meanwhile: a call is counted as it is when its page is read.

    Args:
        readers: of the database.
        period: the days.
        planned: what the plan that a call began with says of it.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    given = await readers.classes.between(period.begin, period.end)
    return Collected(
        await _tally(readers, period, planned, given),
        await readers.gaps.totals(period.begin, period.end),
        by_agency(await readers.messages.asked(period.begin, period.end)),
        tuple(await readers.incidents.timed(period.begin, period.end)),
    )


async def _tally(
    readers: Readers,
    period: Span,
    planned: Callable[[CallRecord], Planned],
    given: Mapping[str, CallClass],
) -> Tally:
    # Test calls are as many as the others in a quiet regency: most are counted and not read.
    tally = Tally(tests=len(await readers.calls.tests(period.begin, period.end)))
    async for _, counted in _walk(readers, period, planned, given):
        if counted is None:
            tally.tests += 1
        else:
            tally.add(counted)
    return tally


async def walk(
    readers: Readers, period: Span, planned: Callable[[CallRecord], Planned]
) -> AsyncIterator[tuple[CallRecord, CallFacts | None]]:
    """The calls that began in it, oldest first, and what each counts as; None: a test of our own.

    Tests that the database knows for such are not among them: :meth:`CallReader.tests` has them.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    given = await readers.classes.between(period.begin, period.end)
    async for each in _walk(readers, period, planned, given):
        yield each


async def _walk(
    readers: Readers,
    period: Span,
    planned: Callable[[CallRecord], Planned],
    given: Mapping[str, CallClass],
) -> AsyncIterator[tuple[CallRecord, CallFacts | None]]:
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
