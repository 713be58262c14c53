"""The trail of what was changed by way of the console: written with the change itself, then read.

There is no way to change or delete a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, Text, and_, cast, insert, literal, or_, select, union_all

from router.accounts.trail import Actor, Deed, Entry
from router.store.account_tables import audit_trail
from router.store.engine import BUSY_S
from router.store.rows import from_us, to_us
from router.store.tables import audit_log
from router.store.text import storable
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

VALUE_LIMIT: Final = 2000
"""Characters kept of a value."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a row tells beside who and when.

    Attributes:
        what: was done to ``object``.
        old: the value before. ``new``: the value now.
    """

    what: Deed
    object: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What rows are wanted.

    Attributes:
        words: somewhere in the row, all of them.
        what: this deed alone; empty: any.
        since: not before. ``until``: before.
    """

    words: tuple[str, ...] = ()
    what: str = ""
    since: datetime | None = None
    until: datetime | None = None


def write(connection: Connection, actor: Actor, *changes: Change) -> None:
    """Add rows, in the transaction that makes the changes."""
    rows = [
        {
            "at": to_us(actor.at),
            "account": actor.account,
            "who": storable(actor.who),
            "session": actor.session,
            "address": storable(actor.address),
            "what": change.what.value,
            "object": storable(change.object),
            "old": storable(change.old, VALUE_LIMIT),
            "new": storable(change.new, VALUE_LIMIT),
        }
        for change in changes
    ]
    if rows:
        connection.execute(insert(audit_trail), rows)


class Trail:
    """Adds what is changed elsewhere, and reads.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def add(self, actor: Actor, *changes: Change) -> None:
        """Write down what was done by another way than the console's own tables."""
        await self._transactions.run(partial(_add, actor, changes))

    async def find(
        self, search: Search, limit: int, before: tuple[datetime, int] | None = None
    ) -> list[Entry]:
        """The newest rows, newest first; what the keeping rules and supervisors did is among them.

        Args:
            search: which.
            limit: how many at most.
            before: time and id of the last one of the page before.
        """
        rows = union_all(_ours(), _custodys()).subquery()
        wanted: list[ColumnElement[bool]] = [_has(rows, word) for word in search.words]
        if search.what:
            wanted.append(rows.c.what == search.what)
        if search.since is not None:
            wanted.append(rows.c.at >= to_us(search.since))
        if search.until is not None:
            wanted.append(rows.c.at < to_us(search.until))
        if before is not None:
            at, row = to_us(before[0]), before[1]
            wanted.append(or_(rows.c.at < at, and_(rows.c.at == at, rows.c.id < row)))
        query = (
            select(*rows.columns)
            .where(*wanted)
            .order_by(rows.c.at.desc(), rows.c.id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [_entry(row) for row in (await connection.execute(query)).mappings()]


def _add(actor: Actor, changes: tuple[Change, ...], connection: Connection) -> None:
    write(connection, actor, *changes)


def _ours() -> Any:
    return select(*audit_trail.columns)


def _custodys() -> Any:
    """The rows of :mod:`router.store.custody`, with ids below all others."""
    log = audit_log.c
    none = literal("")
    return select(
        (-log.id).label("id"),
        log.at,
        cast(literal(None), Integer).label("account"),
        log.who,
        cast(literal(None), Integer).label("session"),
        none.label("address"),
        log.what,
        log.object,
        none.label("old"),
        cast(log.why, Text).label("new"),
    )


def _has(rows: Any, word: str) -> ColumnElement[bool]:
    columns = (rows.c.who, rows.c.address, rows.c.what, rows.c.object, rows.c.old, rows.c.new)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _entry(row: Any) -> Entry:
    actor = Actor(row["who"], row["address"], from_us(row["at"]), row["account"], row["session"])
    return Entry(row["id"], actor, row["what"], row["object"], row["old"], row["new"])
