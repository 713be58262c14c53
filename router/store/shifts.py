"""Who works at which handset, from when to when.

An officer is at one handset at a time, and a handset has one officer: who logs in elsewhere is
logged out here. A shift that nobody ends is over by itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, or_, select, update

from router.store.engine import BUSY_S
from router.store.rows import from_us, to_us
from router.store.tables import shifts
from router.store.text import storable
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord


@dataclass(frozen=True, slots=True)
class Shift:
    """An officer at a handset.

    Attributes:
        handset: its extension. ``officer``: his number in the plan.
        began: when he logged in; ``ended``: when he is not there any more, both aware.
    """

    handset: str
    officer: str
    began: datetime
    ended: datetime


class ShiftStore:
    """Logs officers in and out.

    Args:
        engine: of the migrated database.
        node: name of the Asterisk node.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine, node: str) -> None:
        self._transactions = Transactions(engine, BUSY_S)
        self._node = node

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def log_in(self, shift: Shift) -> None:
        """Begin a shift; whoever was there, and wherever the officer was, ends."""
        await self._transactions.run(partial(_log_in, self._node, shift))

    async def log_out(self, handset: str, now: datetime) -> bool:
        """End the shift at a handset; False: nobody is logged in there."""
        there = shifts.c.handset == handset
        return await self._transactions.run(partial(_end, there, now)) > 0

    async def log_off(self, officer: str, now: datetime) -> bool:
        """End an officer's shift, wherever he is; False: he is not logged in."""
        theirs = shifts.c.officer == officer
        return await self._transactions.run(partial(_end, theirs, now)) > 0


class ShiftReader:
    """Reads who was where, from any process.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def now(self, now: datetime) -> dict[str, Shift]:
        """The shifts that go on, by handset."""
        found = await self._read(shifts.c.until > to_us(now), shifts.c.began <= to_us(now))
        return {shift.handset: shift for shift in found if now < shift.ended}

    async def of(self, records: Iterable[CallRecord]) -> Roster:
        """Those of the officers who answered these calls."""
        times = [record.answered for record in records if record.answered is not None]
        if not times:
            return Roster(())
        last = max(times)
        return Roster(
            await self._read(shifts.c.until > to_us(min(times)), shifts.c.began <= to_us(last))
        )

    async def _read(self, *which: ColumnElement[bool]) -> list[Shift]:
        query = select(*shifts.columns).where(*which).order_by(shifts.c.began, shifts.c.id)
        async with self._engine.connect() as connection:
            return [
                Shift(
                    row.handset,
                    row.officer,
                    from_us(row.began),
                    from_us(row.until if row.ended is None else min(row.ended, row.until)),
                )
                for row in await connection.execute(query)
            ]


class Roster:
    """Who was at a handset at a moment.

    Args:
        known: the shifts, in the order in which they began.
    """

    def __init__(self, known: Iterable[Shift]) -> None:
        self._shifts: defaultdict[str, list[Shift]] = defaultdict(list)
        for shift in known:
            self._shifts[shift.handset].append(shift)

    def at(self, handset: str | None, moment: datetime | None) -> str | None:
        """The officer's number; None: nobody was logged in there."""
        if handset is None or moment is None:
            return None
        there = self._shifts.get(handset, [])
        place = bisect_right(there, moment, key=lambda shift: shift.began)
        if not place or moment >= there[place - 1].ended:
            return None
        return there[place - 1].officer

    def answered(self, record: CallRecord) -> str | None:
        """Who answered a call; None: nobody, or nobody was logged in at that handset."""
        return self.at(record.handset, record.answered)


def _log_in(node: str, shift: Shift, connection: Connection) -> None:
    gone = or_(shifts.c.handset == shift.handset, shifts.c.officer == shift.officer)
    _end(gone, shift.began, connection)
    row = {
        "node": node,
        "handset": storable(shift.handset),
        "officer": storable(shift.officer),
        "began": to_us(shift.began),
        "until": to_us(shift.ended),
    }
    connection.execute(insert(shifts), row)


def _end(which: ColumnElement[bool], now: datetime, connection: Connection) -> int:
    at = to_us(now)
    lasts = (shifts.c.ended.is_(None), shifts.c.until > at)
    # A clock that was set back ends nothing before it began.
    ended = (
        func.max(shifts.c.began, at)
        if connection.dialect.name == "sqlite"
        else func.greatest(shifts.c.began, at)
    )
    return connection.execute(update(shifts).where(which, *lasts).values(ended=ended)).rowcount
