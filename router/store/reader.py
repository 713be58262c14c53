"""Reading call records: pages, one call, what is open, and what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import or_, select, tuple_

from router.store.position import CelPosition
from router.store.rows import from_row, from_us, to_us
from router.store.tables import UNFILED, calls, cel_positions, change_counters
from siaga.names import TEST_FOLDER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

_RECORD = [column for column in calls.columns if column.name != "change"]


class Cursor(NamedTuple):
    """A place in the list of calls by arrival."""

    began: datetime
    node: str
    id: str

    @classmethod
    def of(cls, record: CallRecord) -> Cursor:
        """The place of a record."""
        return cls(record.began, record.node, record.id)


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened after some moment.

    Attributes:
        records: as they are now, in the order of their last change.
        position: of each node's last change in here; where to go on.
        more: whether there was more than the limit.
    """

    records: tuple[CallRecord, ...]
    position: Mapping[str, int]
    more: bool


class CallReader:
    """Reads from any process, while others write.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def calls(
        self, limit: int, before: Cursor | None = None, *, tests: bool = True
    ) -> list[CallRecord]:
        """The newest calls, newest first; ``before`` is the last one of the page before.

        Without ``tests``, those that are no test calls of our own.
        """
        query = select(*_RECORD).order_by(
            calls.c.began.desc(), calls.c.node.desc(), calls.c.id.desc()
        )
        if not tests:
            path = calls.c.recording_path
            query = query.where(or_(path.is_(None), ~path.startswith(f"{TEST_FOLDER}/")))
        if before is not None:
            place = tuple_(calls.c.began, calls.c.node, calls.c.id)
            query = query.where(place < (to_us(before.began), before.node, before.id))
        return await self._records(query.limit(limit))

    async def calls_since(
        self, since: datetime, batch: int = 1000, until: datetime | None = None
    ) -> AsyncIterator[CallRecord]:
        """All calls that began at ``since`` or later, oldest first, read a batch at a time.

        With ``until``, those that began before it.
        """
        async for page in self.pages_since(since, batch, until):
            for record in page:
                yield record

    async def pages_since(
        self,
        since: datetime,
        batch: int = 1000,
        until: datetime | None = None,
        *,
        tests: bool = True,
    ) -> AsyncIterator[list[CallRecord]]:
        """The same, so many at a time, none of them empty.

        Without ``tests``, those of :meth:`tests` are not among them.
        """
        place = tuple_(calls.c.began, calls.c.node, calls.c.id)
        query = select(*_RECORD).order_by(calls.c.began, calls.c.node, calls.c.id).limit(batch)
        if until is not None:
            query = query.where(calls.c.began < to_us(until))
        if not tests:
            query = query.where(or_(calls.c.test.is_(None), calls.c.test == 0))
        page = await self._records(query.where(calls.c.began >= to_us(since)))
        while page:
            yield page
            last = page[-1]
            after = place > (to_us(last.began), last.node, last.id)
            page = await self._records(query.where(after)) if len(page) == batch else []

    async def tests(self, since: datetime, until: datetime) -> list[Cursor]:
        """Where the calls of that time are that are known to be tests of our own, newest first."""
        row = calls.c
        query = (
            select(row.began, row.node, row.id)
            .where(row.began >= to_us(since), row.began < to_us(until), row.test == 1)
            .order_by(row.began.desc(), row.node.desc(), row.id.desc())
        )
        async with self._engine.connect() as connection:
            found = await connection.execute(query)
            return [Cursor(from_us(each.began), each.node, each.id) for each in found]

    async def call(self, node: str, call_id: str) -> CallRecord | None:
        """One call; None when there is no such call."""
        query = select(*_RECORD).where(calls.c.node == node, calls.c.id == call_id)
        return next(iter(await self._records(query)), None)

    async def open_calls(self, node: str | None = None) -> list[CallRecord]:
        """Calls that are up as far as the database knows, oldest first."""
        found = await self._records(select(*_RECORD).where(calls.c.ended.is_(None)))
        # Not by the statement: SQLite would read all calls for either.
        mine = [record for record in found if node in (None, record.node)]
        return sorted(mine, key=Cursor.of)

    async def unfiled(self, node: str, limit: int = 1000) -> list[CallRecord]:
        """The newest calls of a node that are over and whose recording is not filed yet."""
        query = (
            select(*_RECORD)
            .where(calls.c.node == node, UNFILED)
            .order_by(calls.c.began.desc())
            .limit(limit)
        )
        return await self._records(query)

    async def position(self) -> dict[str, int]:
        """The last change of each node until now, for :meth:`changes`."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(change_counters.c.node, change_counters.c.value))
            return {node: value for node, value in rows}  # noqa: C416 (rows are no tuples to mypy)

    async def changes(self, since: Mapping[str, int], limit: int = 1000) -> Changes:
        """Calls new or changed after ``since``, each once, as it is now.

        Takes a look at one small row a node when nothing has changed.
        """
        now = await self.position()
        position = dict(since)
        records: list[CallRecord] = []
        for node in sorted(now):
            room = limit - len(records)
            if now[node] <= since.get(node, 0) or room <= 0:
                continue
            query = (
                select(*calls.columns)
                .where(calls.c.node == node, calls.c.change > since.get(node, 0))
                .order_by(calls.c.change)
                .limit(room)
            )
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query)).mappings().all()
            records += [from_row(row) for row in rows]
            # Numbers of records that said nothing new belong to no row: skip them when at the end.
            last: int = rows[-1]["change"] if rows else 0
            position[node] = last if len(rows) == room else max(now[node], last)
        more = any(now[node] > position.get(node, 0) for node in now)
        return Changes(tuple(records), position, more)

    async def cel_position(self, node: str) -> CelPosition | None:
        """How far the node's CEL file has been taken in; None when nothing of it was."""
        table = cel_positions.c
        query = select(table.node, table.file, table.offset).where(table.node == node)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else CelPosition(*row)

    async def _records(self, query: Select[Any]) -> list[CallRecord]:
        async with self._engine.connect() as connection:
            return [from_row(row) for row in (await connection.execute(query)).mappings()]
