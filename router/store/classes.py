"""What officers said that a call was: given, corrected, read.

An emergency opens an incident, if the call tells of none, in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, insert, select, update

from router.hooks.model import Happening, HookEvent
from router.hooks.posts import ClassedData
from router.incidents.model import Said
from router.store import incident_steps
from router.store.engine import BUSY_S
from router.store.errors import UnknownCallError
from router.store.hook_news import tell
from router.store.incident_locked import locked
from router.store.rows import from_us, to_us
from router.store.tables import call_classes, calls
from router.store.text import storable
from router.store.transaction import Transactions
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Select
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

_BATCH: Final = 500
_KINDS: Final = frozenset(CallClass)


def known_kinds() -> frozenset[CallClass]:
    """The classes that this program knows; a newer one may have written others."""
    return _KINDS


@dataclass(frozen=True, slots=True)
class Given:
    """A class that was given to a call.

    Attributes:
        at: when, UTC.
        who: extension of the handset, or the person at the command line.
    """

    kind: CallClass
    at: datetime
    who: str


class ClassStore:
    """Says what calls were; of each call the last word counts.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def give(self, call: str, given: Given) -> None:
        """Say what a call was; to say the same again changes nothing.

        Raises:
            UnknownCallError: there is no such call.
        """
        await self._transactions.run(partial(locked, partial(_give, call, given)))


class ClassReader:
    """Reads what was said, from any process.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def history(self, call: str) -> list[Given]:
        """All that was said of a call, oldest first."""
        query = select(*call_classes.columns).where(call_classes.c.call_id == call)
        async with self._engine.connect() as connection:
            return [
                Given(CallClass(row.kind), from_us(row.at), row.who)
                for row in await connection.execute(query.order_by(call_classes.c.id))
                if row.kind in _KINDS
            ]

    async def of(self, records: Iterable[CallRecord]) -> dict[str, CallClass]:
        """The classes of these calls by id, of those that have one."""
        wanted = [record.id for record in records]
        found: dict[str, CallClass] = {}
        for begin in range(0, len(wanted), _BATCH):
            part = call_classes.c.call_id.in_(wanted[begin : begin + _BATCH])
            found |= await self._read(_LATEST.where(part))
        return found

    async def between(self, begin: datetime, end: datetime) -> dict[str, CallClass]:
        """The same of all calls that began from ``begin`` on and before ``end``."""
        theirs = and_(calls.c.node == call_classes.c.node, calls.c.id == call_classes.c.call_id)
        inside = and_(calls.c.began >= to_us(begin), calls.c.began < to_us(end))
        return await self._read(_LATEST.join(calls, theirs).where(inside))

    async def _read(self, query: Select[tuple[str, str]]) -> dict[str, CallClass]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(call_classes.c.id))
            return {row.call_id: CallClass(row.kind) for row in rows if row.kind in _KINDS}


_LATEST: Final = select(call_classes.c.call_id, call_classes.c.kind)
"""In the order of their ids, the last of a call is what stays of it."""


def _told(node: str, call: str, given: Given) -> Happening:
    data = ClassedData.model_validate({"call": call, "class": given.kind})
    key = call, str(given.kind), given.at.isoformat()
    return Happening(HookEvent.CALL_CLASSED, given.at, node, key, data, call)


def _give(call: str, given: Given, connection: Connection) -> None:
    node = connection.execute(select(calls.c.node).where(calls.c.id == call)).scalar()
    if node is None:
        raise UnknownCallError(call)
    who = storable(given.who)
    table = call_classes
    mine = and_(table.c.node == node, table.c.call_id == call)
    query = select(table.c.kind, table.c.who).where(mine).order_by(table.c.id.desc()).limit(1)
    last = connection.execute(query).first()
    if last is None or (last.kind, last.who) != (given.kind, who):
        row = {"node": node, "call_id": call, "at": to_us(given.at), "kind": given.kind, "who": who}
        connection.execute(insert(table), row)
        key = and_(calls.c.node == node, calls.c.id == call)
        connection.execute(update(calls).where(key).values({"class": str(given.kind)}))
        tell(connection, [_told(node, call, given)])
    said = Said(who, given.at)
    if given.kind is CallClass.EMERGENCY:
        incident_steps.open_for(call, said, None, connection)
    else:
        incident_steps.withdraw(call, said, connection)
