"""Which nodes live: each says so in a row of its own, and the calls of one that is gone are ended.

All times are the database's own clock: nodes' clocks may differ.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, cast, func, or_, select, update
from sqlalchemy.dialects import postgresql

from router.calls.record import Reason
from router.calls.reducer import close, known
from router.store import followup
from router.store.batch import Entry, write
from router.store.engine import BUSY_S
from router.store.node_tables import nodes
from router.store.rows import from_row, from_us
from router.store.statements import statements
from router.store.tables import OF_LOST_NODES, calls
from router.store.text import storable
from router.store.transaction import Transactions
from siaga.changes import changed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

NOW: Final = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
_SECOND: Final = 1_000_000
WITNESS: Final = 4 * _SECOND
"""How long it counts that a node's Asterisk was seen."""
_RECORD: Final = tuple(calls.columns)


@dataclass(frozen=True, slots=True)
class Node:
    """A node, as the database knows it. Times in UTC.

    Attributes:
        name: of the node.
        at: when it last said that it lives.
        is_away: whether it should have said so again since.
        state: what it said of itself.
    """

    name: str
    at: datetime
    is_away: bool
    state: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gone:
    """A node that was just taken for lost, since when, and the calls it had."""

    node: str
    since: datetime
    calls: tuple[CallRecord, ...]


class NodeStore:
    """Says that this node lives, and ends the calls of those that do not.

    Args:
        engine: of the database; one that is shared is PostgreSQL's, and only there one can
            :meth:`beat`, :meth:`end_lost` and see :meth:`all`.
        node: this one.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine, node: str) -> None:
        self._engine = engine
        self._node = node
        self._sql = statements(engine.dialect.name)
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def beat(self, state: Mapping[str, Any], due_s: float) -> bool:
        """Say that this node lives, and will say so again within so many seconds.

        Returns:
            Whether the others had taken it for lost.
        """
        said = storable(json.dumps(state, separators=(",", ":")), 1_000_000)
        return await self._transactions.run(partial(_beat, self._node, said, due_s))

    async def witness(self) -> None:
        """Say that this node's Asterisk is there, whatever its router does."""
        await self._transactions.run(partial(_witness, self._node))

    async def taken_for_lost(self) -> list[CallRecord]:
        """Calls of this node that were ended because it was not heard of, as they were before."""
        query = select(*_RECORD).where(calls.c.node == self._node, OF_LOST_NODES)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            return [as_open(from_row(row)) for row in rows]

    async def reopen(self, call: str) -> None:
        """Have a call of this node go on that was ended so; nobody is called back for it."""
        await self._transactions.run(partial(_reopen, self._node, call))

    async def end_lost(self) -> list[Gone]:
        """End the calls of all nodes that are overdue; gives those that were not known as lost."""
        return await self._transactions.run(partial(_end_lost, self._node, self._sql))

    async def all(self) -> list[Node]:
        """All nodes there are and were, by name."""
        query = select(*nodes.columns, (nodes.c.due < NOW).label("away")).order_by(nodes.c.node)
        async with self._engine.connect() as connection:
            return [
                Node(row.node, from_us(row.at), row.away, json.loads(row.state))
                for row in await connection.execute(query)
            ]


async def is_heard_of(engine: AsyncEngine, node: str) -> bool | None:
    """Whether a node of a shared database lives; None: there is none of that name."""
    async with engine.connect() as connection:
        query = select((nodes.c.due >= NOW).label("lives")).where(nodes.c.node == node)
        return (await connection.execute(query)).scalar_one_or_none()


def lost(record: CallRecord, since: datetime) -> CallRecord:
    """A call that is up, as its node is not heard of since then: its end is not known."""
    last = max([since, record.began, *_times(record)])
    return close(known(record), last, Reason.NODE_LOST).record


def as_open(record: CallRecord) -> CallRecord:
    """The opposite, as far as it goes: what is up of it is told by events, or by Asterisk."""
    return changed(record, ended=None, outcome=None, reason=None)


def _times(record: CallRecord) -> list[datetime]:
    told = [step.left or step.entered for step in record.steps]
    told += [leg.left or leg.joined or leg.rung for leg in record.legs]
    return told if record.answered is None else [*told, record.answered]


def _beat(node: str, said: str, due_s: float, connection: Connection) -> bool:
    mine = select(nodes.c.lost).where(nodes.c.node == node).with_for_update()
    row = connection.execute(mine).one_or_none()
    values = {
        "at": NOW,
        "due": NOW + round(due_s * _SECOND),
        "lost": None,
        "state": said,
    }
    insert = postgresql.insert(nodes).values(node=node, **values)
    connection.execute(insert.on_conflict_do_update(index_elements=[nodes.c.node], set_=values))
    return row is not None and row.lost is not None


def _witness(node: str, connection: Connection) -> None:
    connection.execute(update(nodes).where(nodes.c.node == node).values(witnessed=NOW))


def _end_lost(me: str, sql: Any, connection: Connection) -> list[Gone]:
    overdue = (
        select(nodes.c.node, nodes.c.at, nodes.c.lost)
        .where(nodes.c.due < NOW, nodes.c.node != me)
        .where(or_(nodes.c.witnessed.is_(None), nodes.c.witnessed < NOW - WITNESS))
        .order_by(nodes.c.node)
        .with_for_update(skip_locked=True)
    )
    gone = []
    for row in connection.execute(overdue).all():
        up = select(*_RECORD).where(calls.c.ended.is_(None), calls.c.node == row.node)
        records = tuple(from_row(each) for each in connection.execute(up).mappings())
        since = from_us(row.at)
        if records:
            entries = [Entry(lost(record, since)) for record in records]
            write(connection, sql, entries, {}, followup.Followed())
        if row.lost is None:
            now = update(nodes).where(nodes.c.node == row.node).values(lost=NOW)
            connection.execute(now)
        if records or row.lost is None:
            gone.append(Gone(row.node, since, records))
    return gone


def _reopen(node: str, call: str, connection: Connection) -> None:
    mine = (calls.c.node == node) & (calls.c.id == call) & OF_LOST_NODES
    values = {"ended": None, "outcome": None, "reason": None}
    if not connection.execute(update(calls).where(mine).values(values)).rowcount:
        return
    followup.withdraw(connection, node, call)
