"""The gap ledger in the database: written by the router, read by whoever asks.

The mark of a listener that hears is written in the same transaction as the gaps before it, so that
a router that dies in between finds the same beginning again and writes the same row.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from router.calls.gaps import Gap, Recovery, Why
from router.store.engine import WRITE
from router.store.rows import from_row, from_us, to_us
from router.store.tables import BY_SYSTEM, calls, listener_gap_calls, listener_gaps, listener_marks
from router.store.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Executable, Table
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from router.calls.record import CallRecord

log = structlog.get_logger(__name__)

PENDING_MAX: Final = 10_000
"""Gaps that wait for the database; more are counted in the log, not kept."""
RETRY_S: Final = 2.0
CALLS_AT_ONCE: Final = 5_000
"""Rows of calls in one statement."""


class GapWriter:
    """Writes gaps and marks; one for a process. All of it may be repeated.

    Args:
        engine: of the migrated database.
        node: the node that is listened to.
    """

    def __init__(self, engine: AsyncEngine, node: str) -> None:
        self._engine = engine
        self._node = storable(node)
        self._gaps: dict[tuple[datetime, Why], Gap] = {}
        self._mark: datetime | None = None
        self._work = asyncio.Event()
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._put_gaps = _upsert(dialect.insert, listener_gaps, "ended")
        self._put_calls = _upsert(dialect.insert, listener_gap_calls, "how")
        self._put_mark = _upsert(dialect.insert, listener_marks, "at")

    def put(self, gap: Gap) -> None:
        """Take a gap as it is now; returns at once."""
        key = gap.began, gap.why
        if key not in self._gaps and len(self._gaps) >= PENDING_MAX:
            log.error("gap_dropped", began=gap.began.isoformat(), why=gap.why)
            return
        self._gaps[key] = gap
        self._work.set()

    def mark(self, at: datetime) -> None:
        """Take a moment at which the listener heard; returns at once."""
        self._mark = at
        self._work.set()

    async def run(self) -> None:
        """Write until cancelled; what the database refuses for now is tried again."""
        away = False
        while True:
            await self._work.wait()
            self._work.clear()
            if await self.flush():
                away = False
                continue
            if not away:
                log.warning("gaps_unwritten", gaps=len(self._gaps))
            away = True
            self._work.set()
            await asyncio.sleep(RETRY_S)

    async def flush(self) -> bool:
        """Write what is there; False when the database does not work now."""
        gaps, mark = dict(self._gaps), self._mark
        if not gaps and mark is None:
            return True
        try:
            async with self._engine.connect() as plain:
                connection = await plain.execution_options(**{WRITE: True})
                async with connection.begin():
                    await self._write(connection, list(gaps.values()), mark)
        except (SQLAlchemyError, OSError):
            return False
        for key, gap in gaps.items():
            if self._gaps.get(key) is gap:
                del self._gaps[key]
        if self._mark is mark:
            self._mark = None
        return True

    async def _write(
        self, connection: AsyncConnection, gaps: Sequence[Gap], mark: datetime | None
    ) -> None:
        if gaps:
            await connection.execute(self._put_gaps, [self._row(gap) for gap in gaps])
        rows = [row for gap in gaps for row in self._call_rows(gap)]
        for first in range(0, len(rows), CALLS_AT_ONCE):
            await connection.execute(self._put_calls, rows[first : first + CALLS_AT_ONCE])
        if mark is not None:
            await connection.execute(self._put_mark, {"node": self._node, "at": to_us(mark)})

    def _row(self, gap: Gap) -> dict[str, Any]:
        ended = None if gap.ended is None else to_us(gap.ended)
        return {"node": self._node, "began": to_us(gap.began), "why": gap.why, "ended": ended}

    def _call_rows(self, gap: Gap) -> list[dict[str, Any]]:
        key = {"node": self._node, "began": to_us(gap.began), "why": gap.why}
        return [{**key, "call_id": storable(call), "how": how} for call, how in gap.calls.items()]


@dataclass(frozen=True, slots=True)
class GapTotals:
    """The gaps that began in some period, added up.

    Attributes:
        gaps: how many, by what it was.
        with_calls: how many of them had calls in them.
        calls: how many calls were in them, by how they were recovered; one that was in two gaps
            is counted twice.
    """

    gaps: Mapping[Why, int]
    with_calls: int
    calls: Mapping[Recovery, int]


class GapReader:
    """Reads the ledger from any process.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def marked(self, node: str) -> datetime | None:
        """When the node's listener was last known to hear; None when it never was."""
        query = select(listener_marks.c.at).where(listener_marks.c.node == node)
        async with self._engine.connect() as connection:
            at = (await connection.execute(query)).scalar_one_or_none()
        return None if at is None else from_us(at)

    async def newest(
        self,
        limit: int,
        *,
        node: str | None = None,
        since: datetime | None = None,
        only_open: bool = False,
    ) -> list[Gap]:
        """The newest gaps, newest first.

        Args:
            limit: how many at most.
            node: of this node only.
            since: only those that were not over by then.
            only_open: only those that are not over.
        """
        table = listener_gaps.c
        query = select(*listener_gaps.columns).order_by(table.began.desc(), table.node, table.why)
        if node is not None:
            query = query.where(table.node == node)
        if since is not None:
            query = query.where(or_(table.ended.is_(None), table.ended >= to_us(since)))
        if only_open:
            query = query.where(table.ended.is_(None))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.limit(limit))).all()
            return [await self._gap(connection, *row) for row in rows]

    async def ended_by_system(self, node: str, since: datetime) -> list[CallRecord]:
        """Calls that neither side ended, and that were over at ``since`` or later."""
        query = select(*(column for column in calls.columns if column.name != "change")).where(
            calls.c.node == node, BY_SYSTEM, calls.c.ended >= to_us(since)
        )
        async with self._engine.connect() as connection:
            return [from_row(row) for row in (await connection.execute(query)).mappings()]

    async def totals(self, since: datetime, until: datetime) -> GapTotals:
        """The gaps that began at ``since`` or later and before ``until``, added up."""
        table, inside = listener_gaps.c, listener_gap_calls.c
        begin, end = to_us(since), to_us(until)
        gaps = (
            select(table.why, func.count())
            .where(table.began >= begin, table.began < end)
            .group_by(table.why)
        )
        calls_in = (
            select(inside.how, func.count())
            .where(inside.began >= begin, inside.began < end)
            .group_by(inside.how)
        )
        keys = select(inside.node, inside.began, inside.why).distinct()
        keys = keys.where(inside.began >= begin, inside.began < end)
        with_calls = select(func.count()).select_from(keys.subquery())
        async with self._engine.connect() as connection:
            return GapTotals(
                {Why(why): count for why, count in await connection.execute(gaps)},
                (await connection.execute(with_calls)).scalar_one(),
                {Recovery(how): count for how, count in await connection.execute(calls_in)},
            )

    async def count(self) -> int:
        """How many gaps there are."""
        async with self._engine.connect() as connection:
            query = select(func.count()).select_from(listener_gaps)
            return (await connection.execute(query)).scalar_one()

    @staticmethod
    async def _gap(
        connection: AsyncConnection, node: str, began: int, why: str, ended: int | None
    ) -> Gap:
        table = listener_gap_calls.c
        query = (
            select(table.call_id, table.how)
            .where(table.node == node, table.began == began, table.why == why)
            .order_by(table.call_id)
        )
        ways = {call: Recovery(how) for call, how in await connection.execute(query)}
        return Gap(node, from_us(began), Why(why), None if ended is None else from_us(ended), ways)


def _upsert(insert: Any, table: Table, changed: str) -> Executable:
    """Insert rows; one that is there already gets the new value of a column."""
    values: dict[str, Any] = {column.name: bindparam(column.name) for column in table.columns}
    statement = insert(table).values(values)
    done: Executable = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={changed: statement.excluded[changed]},
    )
    return done
