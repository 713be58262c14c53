"""Reading and writing what reports keep (:mod:`router.store.report_tables`), as bytes.

Whoever asks gets what is kept and which of it is no longer so, in an order of reading that takes
nothing for true that was changed meanwhile: what is kept is read last.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import and_, delete, insert, select, update

from router.store.engine import BUSY_S
from router.store.report_tables import (
    HOUR,
    report_days,
    report_hours,
    report_positions,
    report_stale,
    report_state,
)
from router.store.tables import calls, change_counters, incident_calls, incidents
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

AFTER: Final = 600_000_000
"""So long after a call that is new, or changed, others may be repeats of it."""
_STATE: Final = 1
_AT_ONCE: Final = 300

Stretch = tuple[int, int]
"""Some time: its first microsecond, and the first one behind it."""


def hour_of(at: int) -> int:
    """When the hour of a moment begins."""
    return at - at % HOUR


class Stretches:
    """Times, those that meet put together.

    Args:
        every: each cut to whole hours already.
    """

    def __init__(self, every: Iterable[Stretch] = ()) -> None:
        self.all: list[Stretch] = []
        for begin, end in sorted(every):
            if self.all and begin <= self.all[-1][1]:
                self.all[-1] = self.all[-1][0], max(end, self.all[-1][1])
            else:
                self.all.append((begin, end))

    def touch(self, begin: int, end: int) -> bool:
        """Whether any of them has something of that time."""
        place = bisect_left(self.all, (end, 0))
        return place > 0 and self.all[place - 1][1] > begin

    def hours(self, begin: int, end: int) -> list[int]:
        """When those of their hours begin that begin in that time."""
        first = max(0, bisect_right(self.all, (begin, 0)) - 1)
        return [
            hour
            for low, high in self.all[first:]
            for hour in range(max(low, begin), min(high, end), HOUR)
        ]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept.

    Attributes:
        generation: a number that each writing raises. ``since``: all hours from there on are kept,
            but for the ``stale`` ones. ``at``: when it was last written.
        positions: the changes that are known by now. ``marks``: ids of what was told to be stale.
    """

    generation: int
    since: int
    at: int
    stale: Stretches
    positions: Mapping[str, int]
    marks: Sequence[int]


@dataclass(frozen=True, slots=True)
class KeptHour:
    """The bytes of an hour, and plan versions whose text was not there."""

    calls: bytes
    counts: bytes
    waits: bytes
    responses: bytes
    unknown: str | None


class KeptDay(NamedTuple):
    """The bytes of a day."""

    counts: bytes
    waits: bytes
    responses: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """What is to be kept from now on.

    Attributes:
        basis: what it was counted by. ``since``, ``at``: as in :class:`Standing`.
        hours: by when they begin; None: there is nothing in it any more. ``days``: likewise.
        positions: as they were before the calls were read; ``marks``: what need not be told again.
        stale: what is still to be made.
    """

    basis: str
    since: int
    at: int
    hours: Mapping[int, KeptHour | None] = field(default_factory=dict)
    days: Mapping[int, KeptDay | None] = field(default_factory=dict)
    positions: Mapping[str, int] = field(default_factory=dict)
    marks: Sequence[int] = ()
    stale: Sequence[Stretch] = ()


class SumReader:
    """Reads it, from any process.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def standing(self, basis: str) -> Standing | None:
        """What is kept of it; None: nothing, or what is kept was counted by something else."""
        async with self._engine.connect() as connection:
            state = (await connection.execute(select(report_state))).one_or_none()
            if state is None or state.basis != basis:
                return None
            rows = await connection.execute(select(report_positions))
            known = {row.node: row.change for row in rows}
            marks = (await connection.execute(select(report_stale))).all()
            stale = {_whole(row.began, row.until) for row in marks}
            positions = await _positions(connection)
            for node, now in positions.items():
                if now > known.get(node, 0):
                    stale |= await _changed(connection, node, known.get(node, 0))
        ids = [row.id for row in marks]
        number, since, at = state.generation, state.since, state.at
        return Standing(number, since, at, Stretches(stale), positions, ids)

    async def written(self) -> tuple[str, int] | None:
        """By what is counted, and when it was last written; None: never."""
        async with self._engine.connect() as connection:
            state = (await connection.execute(select(report_state))).one_or_none()
        return None if state is None else (state.basis, state.at)

    async def positions(self) -> dict[str, int]:
        """The last change of each node until now."""
        async with self._engine.connect() as connection:
            return await _positions(connection)

    async def days(self, begin: int, end: int) -> dict[int, tuple[bytes, bytes]]:
        """The days that begin in that time."""
        day = report_days.c
        query = select(day.began, day.counts, day.waits)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.where(day.began >= begin, day.began < end))
            return {row.began: (row.counts, row.waits) for row in rows}

    async def hours(self, wanted: Sequence[int]) -> dict[int, tuple[bytes, bytes]]:
        """The sums of these hours."""
        hour, found = report_hours.c, dict[int, tuple[bytes, bytes]]()
        query = select(hour.began, hour.counts, hour.waits)
        async with self._engine.connect() as connection:
            for place in range(0, len(wanted), _AT_ONCE):
                some = wanted[place : place + _AT_ONCE]
                rows = await connection.execute(query.where(hour.began.in_(some)))
                found |= {row.began: (row.counts, row.waits) for row in rows}
        return found

    async def responses(self, days: Sequence[int], hours: Sequence[int]) -> dict[int, bytes]:
        """What agencies and units did in these days and in these hours, none of which is in both.

        By when each begins.
        """
        found = dict[int, bytes]()
        async with self._engine.connect() as connection:
            for table, wanted in ((report_days.c, days), (report_hours.c, hours)):
                for place in range(0, len(wanted), _AT_ONCE):
                    some = wanted[place : place + _AT_ONCE]
                    query = select(table.began, table.responses).where(table.began.in_(some))
                    rows = await connection.execute(query.where(table.responses.is_not(None)))
                    found |= {row.began: row.responses for row in rows}
        return found

    async def calls(self, wanted: Sequence[int]) -> dict[int, bytes]:
        """The calls of these hours."""
        hour, found = report_hours.c, dict[int, bytes]()
        async with self._engine.connect() as connection:
            for place in range(0, len(wanted), _AT_ONCE):
                some = wanted[place : place + _AT_ONCE]
                query = select(hour.began, hour.calls).where(hour.began.in_(some))
                found |= {row.began: row.calls for row in await connection.execute(query)}
        return found

    async def unknown(self) -> dict[int, str]:
        """The hours with calls of plans whose text was not there."""
        hour = report_hours.c
        query = select(hour.began, hour.unknown).where(hour.unknown.is_not(None))
        async with self._engine.connect() as connection:
            return {row.began: row.unknown for row in await connection.execute(query)}

    async def last_before(self, at: int) -> int | None:
        """When the last call before a moment began, or the last incident was opened.

        None: there is neither.
        """
        found: list[int] = []
        async with self._engine.connect() as connection:
            for column in (calls.c.began, incidents.c.opened):
                query = select(column).where(column < at).order_by(column.desc()).limit(1)
                found += (await connection.execute(query)).scalars()
        return max(found, default=None)


class SumStore:
    """Writes it; several may, and who comes second is told so.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def put(self, known: Standing | None, made: Made) -> bool:
        """Keep it; without ``known``, in place of all there is.

        False: somebody else has written since, and nothing was done.
        """
        return await self._transactions.run(partial(_put, known, made))


async def _positions(connection: AsyncConnection) -> dict[str, int]:
    rows = await connection.execute(select(change_counters))
    return {row.node: row.value for row in rows}


async def _changed(connection: AsyncConnection, node: str, position: int) -> set[Stretch]:
    """The hours with calls that changed after a position, or with incidents that these tell of."""
    own, told = calls.c, incident_calls.c
    query = (
        select(own.began, incidents.c.opened)
        .outerjoin(incident_calls, and_(told.node == own.node, told.call_id == own.id))
        .outerjoin(incidents, incidents.c.id == told.incident)
        .where(own.node == node, own.change > position)
    )
    rows = (await connection.execute(query)).all()
    return {_whole(at, at) for row in rows for at in row if at is not None}


def _whole(began: int, until: int) -> Stretch:
    return hour_of(began), hour_of(max(began, until) + AFTER) + HOUR


def _put(known: Standing | None, made: Made, connection: Connection) -> bool:
    state = connection.execute(select(report_state).with_for_update()).one_or_none()
    if known is not None and (state is None or state.generation != known.generation):
        return False
    if known is None:
        # What was told before is told of hours that are not kept any more.
        for table in (report_hours, report_days, report_positions, report_stale):
            connection.execute(delete(table))
    number = 1 if state is None else state.generation + 1
    values = {"generation": number, "basis": made.basis, "since": made.since, "at": made.at}
    if state is None:
        connection.execute(insert(report_state), {"id": _STATE, **values})
    else:
        connection.execute(update(report_state), values)
    _put_positions(connection, made)
    _put_rows(connection, made)
    return True


def _put_positions(connection: Connection, made: Made) -> None:
    if made.positions:
        connection.execute(delete(report_positions))
        rows = [{"node": node, "change": change} for node, change in made.positions.items()]
        connection.execute(insert(report_positions), rows)
    for place in range(0, len(made.marks), _AT_ONCE):
        some = made.marks[place : place + _AT_ONCE]
        connection.execute(delete(report_stale).where(report_stale.c.id.in_(some)))
    if made.stale:
        # The time after, which is added again when they are read, is in them already.
        rows = [{"began": begin, "until": end - 1 - AFTER} for begin, end in made.stale]
        connection.execute(insert(report_stale), rows)


def _put_rows(connection: Connection, made: Made) -> None:
    for table, every in ((report_hours, made.hours), (report_days, made.days)):
        begins = list(every)
        for place in range(0, len(begins), _AT_ONCE):
            some = begins[place : place + _AT_ONCE]
            connection.execute(delete(table).where(table.c.began.in_(some)))
    hours = [
        {"began": begin, "calls": one.calls, "counts": one.counts, "waits": one.waits}
        | {"responses": one.responses, "unknown": one.unknown}
        for begin, one in made.hours.items()
        if one is not None
    ]
    if hours:
        connection.execute(insert(report_hours), hours)
    days = [
        {"began": begin, **one._asdict()} for begin, one in made.days.items() if one is not None
    ]
    if days:
        connection.execute(insert(report_days), days)
