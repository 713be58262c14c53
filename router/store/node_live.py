"""What overrides the plan for a while, as all nodes that share a database are to have it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, text

from router.store.engine import BUSY_S
from router.store.node_tables import node_live
from router.store.nodes import NOW
from router.store.rows import from_us, to_us
from router.store.text import storable
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

_LOCK: Final = 0x51A6A11A
"""Key of PostgreSQL's advisory lock: numbers are given, and seen, in one order."""


@dataclass(frozen=True, slots=True)
class Shared:
    """An override, or that one was ended before its time.

    Attributes:
        key: as in Asterisk's database. ``value``: the same; None: it was ended. ``note``: the same.
        until: when it ends by itself; then there is nothing left to tell.
        number: of the change; 0: it has none yet.
        node: where it was changed.
    """

    key: str
    value: str | None
    note: str
    until: datetime
    number: int = 0
    node: str = ""


class NodeLive:
    """Reads and changes it.

    Args:
        engine: of a PostgreSQL database.
        node: this one.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine, node: str) -> None:
        self._engine = engine
        self._node = node
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def newest(self) -> int:
        """Number of the last change that is kept; 0: there is none."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(func.max(node_live.c.number)))).scalar() or 0

    async def all(self) -> dict[str, Shared]:
        """What is kept, by key."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(*node_live.columns))
            return {
                row.key: Shared(
                    row.key, row.value, row.note, from_us(row.until), row.number, row.node
                )
                for row in rows
            }

    async def put(self, change: Shared, known: int) -> int | None:
        """Tell all of a change; gives its number.

        Args:
            change: made here.
            known: number of what was so before; None is given where something else is so by now,
                and nothing is changed.
        """
        return await self._transactions.run(partial(_put, change, known, self._node))

    async def forget(self, before: datetime) -> None:
        """Erase what has ended before, numbers of callers with it."""
        await self._transactions.run(partial(_forget, before))


def _put(change: Shared, known: int, node: str, connection: Connection) -> int | None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    table = node_live.c
    there = connection.execute(select(table.number).where(table.key == change.key)).scalar() or 0
    if there != known:
        return None
    # Rows go: the greatest number that there is may be smaller than one that was read.
    after = func.coalesce(select(func.max(table.number)).scalar_subquery(), 0) + 1
    number: int = connection.execute(select(func.greatest(after, NOW))).scalar_one()
    connection.execute(delete(node_live).where(table.key == change.key))
    values = {
        "key": storable(change.key),
        "number": number,
        "until": to_us(change.until),
        "value": None if change.value is None else storable(change.value),
        "note": storable(change.note, _NOTE),
        "node": storable(node),
    }
    connection.execute(insert(node_live), values)
    return number


_NOTE: Final = 2_000


def _forget(before: datetime, connection: Connection) -> None:
    connection.execute(delete(node_live).where(node_live.c.until < to_us(before)))
