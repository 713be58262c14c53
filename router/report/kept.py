"""A period's figures and the calls that one of them counts, of what is kept where it is so.

A whole day that is kept is one row; of a day that is not whole, or not all of it so, the hours are
read; what is not kept, or no longer so, is counted of the calls themselves by the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from router.report.figures import counted_by
from router.report.hour import Hour, PackedHour
from router.report.period import midnight
from router.report.responses import Responses
from router.report.sums import ALL, Sums, group_in, tests_in
from router.store.reader import Cursor
from router.store.report_sums import Standing, Stretch, Stretches, SumReader, hour_of
from router.store.report_tables import HOUR
from router.store.rows import from_us, to_us

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from router.report.drill import Drill
    from router.report.period import Span
    from router.report.tally import Tally

    Slowly = Callable[[datetime, datetime], Awaitable[Hour]]
    Responding = Callable[[datetime, datetime], Awaitable[Responses]]

DAY_US: Final = 24 * HOUR


class Way(Enum):
    """How a piece of time is told."""

    DAY = "day"
    HOUR = "hour"
    PART = "part"
    """Of a kept hour."""
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some time, microseconds."""

    way: Way
    begin: int
    end: int


def pieces(begin: int, end: int, zone: ZoneInfo, standing: Standing | None) -> list[Piece]:
    """What a time is told by, oldest first; no piece is longer than a day."""
    found: list[Piece] = []
    for first, last in _days(begin, end, zone):
        low, high = max(begin, first), min(end, last)
        if standing is None or high <= standing.since:
            found.append(Piece(Way.SLOW, low, high))
        elif (low, high) == (first, last) and _is_so(first, last, standing):
            found.append(Piece(Way.DAY, first, last))
        else:
            found += _hours(low, high, standing)
    return found


def _is_so(begin: int, end: int, standing: Standing) -> bool:
    return begin >= standing.since and not standing.stale.touch(begin, end)


def _days(begin: int, end: int, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    day = from_us(begin).astimezone(zone).date()
    first = to_us(midnight(day, zone))
    while first < end:
        day += timedelta(days=1)
        last = to_us(midnight(day, zone))
        yield first, last
        first = last


def _hours(begin: int, end: int, standing: Standing) -> Iterator[Piece]:
    slow: Piece | None = None
    for first in range(hour_of(begin), end, HOUR):
        low, high = max(first, begin), min(first + HOUR, end)
        if not _is_so(first, first + HOUR, standing):
            slow = Piece(Way.SLOW, low if slow is None else slow.begin, high)
            continue
        if slow is not None:
            yield slow
            slow = None
        yield Piece(Way.HOUR if high - low == HOUR else Way.PART, low, high)
    if slow is not None:
        yield slow


class Kept:
    """What is kept of some time.

    Args:
        reader: of the database.
        standing: what is kept; None: nothing.
        span: the time.
        slowly: counts the calls of some time themselves.
    """

    def __init__(
        self, reader: SumReader, standing: Standing | None, span: Span, slowly: Slowly
    ) -> None:
        self._reader = reader
        self._slowly = slowly
        self._pieces = pieces(to_us(span.begin), to_us(span.end), span.zone, standing)

    async def tally(self, *, brief: bool = False) -> Tally:
        """All figures; ``brief``: of groups how many talked is enough, not after how long."""
        found, rows = Sums(brief=brief), await self._rows()
        for piece in self._pieces:
            if piece.way in (Way.SLOW, Way.PART):
                (await self._calls(piece)).add_to(found)
            elif piece in rows:
                found.add(*rows[piece])
        return found.tally()

    async def responses(self, slowly: Responding) -> Responses:
        """What agencies and units did about the calls and incidents of it.

        Args:
            slowly: tells it of some time, of the rows themselves.
        """
        found, rest = Responses(), list[Stretch]()
        for piece in self._pieces:
            if piece.way in (Way.SLOW, Way.PART):
                rest.append((piece.begin, piece.end))
        for begin, end in Stretches(rest).all:
            found.merge(await slowly(from_us(begin), from_us(end)))
        days = [piece.begin for piece in self._pieces if piece.way is Way.DAY]
        hours = [piece.begin for piece in self._pieces if piece.way is Way.HOUR]
        for data in (await self._reader.responses(days, hours)).values():
            found.add_packed(data)
        return found

    async def count(self, drill: Drill) -> int:
        """How many calls a figure counts."""
        rows, found = await self._rows(), 0
        for piece in self._pieces:
            if piece.way in (Way.SLOW, Way.PART):
                found += len((await self._calls(piece)).counted(drill))
            elif piece in rows:
                found += _many(rows[piece][0], drill)
        return found

    async def places(self, drill: Drill, limit: int, before: Cursor | None = None) -> list[Cursor]:
        """Where these calls are, newest first; ``before`` is the last one of the page before."""
        rows, found = await self._rows(), list[Cursor]()
        for piece in reversed(self._pieces):
            if before is not None and piece.begin > to_us(before.began):
                continue
            if piece.way in (Way.SLOW, Way.PART):
                found += behind((await self._calls(piece)).counted(drill), before)
            elif piece in rows and _many(rows[piece][0], drill):
                await self._add(found, piece, drill, limit, before)
            if len(found) >= limit:
                break
        return found[:limit]

    async def _add(
        self, found: list[Cursor], piece: Piece, drill: Drill, limit: int, before: Cursor | None
    ) -> None:
        """Of a day or an hour that is kept; of a day as many hours as there are to be enough."""
        last = piece.end if before is None else to_us(before.began)
        hours = [hour for hour in range(hour_of(piece.begin), piece.end, HOUR) if hour <= last]
        many = dict.fromkeys(hours, limit)
        if piece.way is Way.DAY:
            sums = await self._reader.hours(hours)
            many = {hour: _many(counts, drill) for hour, (counts, _) in sums.items()}
        rest = [hour for hour in hours if many.get(hour)]
        while rest and len(found) < limit:
            some, room = list[int](), limit - len(found)
            while rest and room > 0:
                some.append(rest.pop())
                room -= many[some[-1]]
            data = await self._reader.calls(some)
            for hour in some:
                if hour in data:
                    found += behind(_counted(data[hour], hour, piece, drill), before)

    async def _calls(self, piece: Piece) -> Hour:
        begin, end = from_us(piece.begin), from_us(piece.end)
        if piece.way is Way.SLOW:
            return await self._slowly(begin, end)
        data = (await self._reader.calls([hour_of(piece.begin)])).get(hour_of(piece.begin))
        return Hour(()) if data is None else PackedHour(data).unpack().between(begin, end)

    async def _rows(self) -> dict[Piece, tuple[bytes, bytes]]:
        """The sums of the days and hours that are kept and have calls."""
        days = {piece.begin: piece for piece in self._pieces if piece.way is Way.DAY}
        hours = {piece.begin: piece for piece in self._pieces if piece.way is Way.HOUR}
        found: dict[Piece, tuple[bytes, bytes]] = {}
        if days:
            rows = await self._reader.days(min(days), max(days) + 1)
            found |= {days[begin]: row for begin, row in rows.items() if begin in days}
        if hours:
            rows = await self._reader.hours(list(hours))
            found |= {hours[begin]: row for begin, row in rows.items()}
        return found


def _counted(data: bytes, hour: int, piece: Piece, drill: Drill) -> list[Cursor]:
    """The calls of an hour that are of the piece and that the figure counts, newest first."""
    found = PackedHour(data).counted(drill)
    if piece.begin <= hour <= piece.end - HOUR:
        return found
    # A day that begins within an hour.
    begin, end = from_us(piece.begin), from_us(piece.end)
    return [place for place in found if begin <= place.began < end]


def _many(counts: bytes, drill: Drill) -> int:
    if drill.is_tests:
        return tests_in(counts)
    group = ALL if drill.by is None else (drill.by, drill.key)
    return counted_by(drill.figure, group_in(counts, group))


def behind(places: Sequence[Cursor], before: Cursor | None) -> Sequence[Cursor]:
    """Those of a list, newest first, that come behind a place in it."""
    if before is None:
        return places
    # Their order is the database's, whose collation need not be ours.
    if before in places:
        return places[places.index(before) + 1 :]
    return [one for one in places if one.began < before.began]
