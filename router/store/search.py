"""Calls looked for by what somebody remembers of them, newest first, a page at a time.

All that is asked for stands in one index, which begins with the time; only the records of the page
are read from the table.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, or_, select, tuple_

from router.store.reader import Cursor
from router.store.rows import from_row, from_us, to_us
from router.store.tables import calls, incident_calls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord


_BEFORE_IT: Final = re.compile(r"(?:\+?62|0)(?=\d)")
"""What carriers put before a number, one this and one that."""
_SIGNS: Final = re.compile(r"[\s().-]")
_AT_ONCE: Final = 200
"""Places that a statement names; SQLite takes some thousand values."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which calls; what is empty is not asked for.

    Attributes:
        number: part of the caller's number, as anybody writes it.
        since: they began then or later. ``until``: they began before.
        outcome: a value of :class:`router.calls.record.Outcome`; ``up``: not over yet.
        agency: that was rung or talked with the caller.
        incident: number of the incident that they tell of.
        emergency: that was chosen. ``kind``: what an officer said that it was.
        tests: also our own test calls.
    """

    number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    outcome: str = ""
    agency: str = ""
    incident: int | None = None
    emergency: str = ""
    kind: str = ""
    tests: bool = False


UP: Final = "up"
"""In place of an outcome: the call is not over."""


@dataclass(frozen=True, slots=True)
class Found:
    """A call that was looked for; ``kind`` is its class, ``incident`` what it tells of."""

    record: CallRecord
    kind: str | None
    incident: int | None


def bare(number: str) -> str:
    """The digits that all ways to write a number have in common, or the text if it is none."""
    digits = _SIGNS.sub("", number.strip())
    return _BEFORE_IT.sub("", digits, count=1) if re.fullmatch(r"\+?\d+", digits) else digits


FIRST: Final = timedelta(days=7)
"""So far back is looked first; four times as far when that was quick."""
WITHIN_S: Final = 0.15
"""So long is looked for a page; one more step may be under way then."""


class CallSearch:
    """Looks for calls, from any process.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, wanted: Wanted, limit: int, before: Cursor | None = None) -> list[Found]:
        """The newest of them, newest first; ``before`` is the last one of the page before."""
        return await self._read(query(wanted, limit, before))

    async def some(
        self, wanted: Wanted, limit: int, before: Cursor | None = None, within_s: float = WITHIN_S
    ) -> tuple[list[Found], datetime | None]:
        """The same, but looked for no longer than about so many seconds.

        Gives also how far back was looked; None: far enough, there is nothing more or the list is
        full. Whoever wants to know what is before goes on with :func:`place_before`.
        """
        if wanted.incident is not None:
            return await self.find(wanted, limit, before), None
        begin = time.monotonic()
        oldest, newest = await self._ends()
        oldest = max(oldest, wanted.since or oldest)
        high = min(newest, wanted.until or newest, *([] if before is None else [before.began]))
        found: list[Found] = []
        back = FIRST
        while len(found) < limit:
            low = max(oldest, high - back)
            began = time.monotonic()
            part = replace(wanted, since=low if low > oldest else wanted.since)
            found += await self.find(part, limit - len(found), before)
            if low <= oldest:
                break
            now = time.monotonic()
            if len(found) < limit and now - begin > within_s:
                return found, low
            back *= 4 if now - began < within_s / 16 else 1
            high, before = low, place_before(low)
        return found, None

    async def _ends(self) -> tuple[datetime, datetime]:
        """When the first call began and when the last did."""
        ends = [calls.c.began.asc(), calls.c.began.desc()]
        async with self._engine.connect() as connection:
            found = [
                (await connection.execute(select(calls.c.began).order_by(end).limit(1))).scalar()
                for end in ends
            ]
        return from_us(found[0] or 0), from_us(found[1] or 0)

    async def among(self, places: Sequence[Cursor], wanted: Wanted, limit: int) -> list[Found]:
        """The same of the calls at these places, which come newest first, and of no others."""
        found: list[Found] = []
        for begin in range(0, len(places), _AT_ONCE):
            part = places[begin : begin + _AT_ONCE]
            found += await self._read(query(wanted, limit - len(found), among=part))
            if len(found) >= limit:
                break
        return found

    async def pages_among(
        self, places: Sequence[Cursor], wanted: Wanted, size: int
    ) -> AsyncIterator[list[Found]]:
        """All of these, so many at a time, none of the pages empty."""
        for begin in range(0, len(places), size):
            page = await self.among(places[begin : begin + size], wanted, size)
            if page:
                yield page

    async def _read(self, statement: Select[Any]) -> list[Found]:
        async with self._engine.connect() as connection:
            rows = (await connection.execute(statement)).mappings()
            return [Found(from_row(row), row["class"], row["incident"]) for row in rows]

    async def pages(
        self, wanted: Wanted, size: int, before: Cursor | None = None
    ) -> AsyncIterator[list[Found]]:
        """All of them, so many at a time, none of the pages empty."""
        page = await self.find(wanted, size, before)
        while page:
            yield page
            last = Cursor.of(page[-1].record)
            page = await self.find(wanted, size, last) if len(page) == size else []


def place_before(at: datetime) -> Cursor:
    """A place behind all calls that began at that moment or later, and before all others."""
    return Cursor(at, " ", " ")


def _order(place: Cursor) -> tuple[int, str, str]:
    return to_us(place.began), place.node, place.id


def query(
    wanted: Wanted,
    limit: int,
    before: Cursor | None = None,
    among: Sequence[Cursor] | None = None,
) -> Select[Any]:
    """The statement of a search.

    Of two ends a database may take the later one to begin its scan at, and read all that lies
    between them for nothing: so it is told the earlier one alone.
    """
    table = calls.c
    if before is not None and wanted.until is not None:
        if before.began < wanted.until:
            wanted = replace(wanted, until=None)
        else:
            before = None
    keys = (
        select(table.node, table.id)
        .where(*_conditions(wanted))
        .order_by(table.began.desc(), table.node.desc(), table.id.desc())
        .limit(limit)
    )
    if before is not None:
        place = tuple_(table.began, table.node, table.id)
        keys = keys.where(place < (to_us(before.began), before.node, before.id))
    if among is not None:
        mine = tuple_(table.began, table.node, table.id)
        keys = keys.where(mine.in_([_order(one) for one in among]))
    found = keys.subquery("found")
    told = incident_calls.c
    return (
        select(*calls.columns, told.incident)
        .join(found, and_(found.c.node == table.node, found.c.id == table.id))
        .outerjoin(incident_calls, and_(told.node == table.node, told.call_id == table.id))
        .order_by(table.began.desc(), table.node.desc(), table.id.desc())
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    table = calls.c
    found: list[ColumnElement[bool]] = []
    number = bare(wanted.number)
    if number:
        found.append(table.caller.contains(number, autoescape=True))
    if wanted.since is not None:
        found.append(table.began >= to_us(wanted.since))
    if wanted.until is not None:
        found.append(table.began < to_us(wanted.until))
    if wanted.outcome:
        over = table.outcome == wanted.outcome
        found.append(table.outcome.is_(None) if wanted.outcome == UP else over)
    if wanted.agency:
        found.append(table.agencies.contains(f"|{wanted.agency}|", autoescape=True))
    if wanted.emergency:
        found.append(table.emergency == wanted.emergency)
    if wanted.kind:
        found.append(table["class"] == wanted.kind)
    if wanted.incident is not None:
        of_it = select(incident_calls.c.node, incident_calls.c.call_id)
        of_it = of_it.where(incident_calls.c.incident == wanted.incident)
        found.append(tuple_(table.node, table.id).in_(of_it))
    if not wanted.tests:
        found.append(or_(table.test.is_(None), table.test == 0))
    return found
