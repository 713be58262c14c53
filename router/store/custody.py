"""What may be deleted of a call, what must not be, and the row that each deletion leaves.

Holding a call and deleting take the same lock, so that nothing is deleted of a call once its hold
is confirmed. A recording's file is removed inside the transaction that logs it: should that fail,
the call is due again, and the row is written by the next try.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import and_, delete, exists, func, insert, select, text, update

from router.calls.record import ERASED
from router.store import callbacks, incident_steps, locations, notes, positions, trail_keeping
from router.store.account_tables import audit_trail
from router.store.engine import BUSY_S
from router.store.errors import StoreError, UnknownCallError
from router.store.rows import from_us, to_us
from router.store.statements import statements
from router.store.tables import audit_log, calls, holds, outbox
from router.store.text import storable
from router.store.transaction import Transactions
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Select
    from sqlalchemy.ext.asyncio import AsyncEngine

RULE: Final = "rule"
"""Who deletes what is due; people have names."""
_LOCK: Final = 0x51A6A113
"""Key of PostgreSQL's advisory lock."""
_BATCH: Final = 500

Remove: TypeAlias = "Callable[[str], bool]"
"""Removes the recording at a path below the recordings folder; whether it is gone."""


class What(StrEnum):
    """What a row of the audit log tells; a closed list."""

    HELD = "held"
    RELEASED = "released"
    RECORDING_DELETED = "recording_deleted"
    ORPHAN_DELETED = "orphan_deleted"
    """A recording that belonged to no call."""
    NUMBER_ERASED = "number_erased"
    CEL_DELETED = "cel_deleted"
    LISTENED = "listened"
    """A supervisor listened to a call that is up."""
    TRAIL_DELETED = "trail_deleted"
    """Rows that tell who did what at the console; the object says how many."""


class NotHeldError(StoreError):
    """The call is not on hold."""

    code = "not_held"


class HeldAlreadyError(StoreError):
    """The call is on hold."""

    code = "held_already"


@dataclass(frozen=True, slots=True)
class Hold:
    """A call of which nothing is deleted until it is released.

    Attributes:
        node: of the call. ``call``: its id.
        at: since when, UTC. ``who`` said so, and ``why``.
    """

    node: str
    call: str
    at: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One thing that was done.

    Attributes:
        at: when, UTC. ``who`` did ``what`` to ``object``, and ``why``.
    """

    at: datetime
    who: str
    what: What
    object: str
    why: str


@dataclass(frozen=True, slots=True)
class Due:
    """Which calls of a node are due, and why.

    Attributes:
        node: whose calls.
        before: calls that began before this.
        why: the rule, as it is written into the log.
        limit: calls a transaction at most.
    """

    node: str
    before: datetime
    why: str
    limit: int = 50


class Custody:
    """Holds, deletions and their log.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._dialect = engine.dialect.name
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def hold(self, call: str, who: str, why: str, now: datetime) -> tuple[Hold, list[What]]:
        """Put a call on hold; also gives what was deleted of it before.

        Raises:
            UnknownCallError, HeldAlreadyError: nothing was changed.
        """
        return await self._transactions.run(partial(self._hold, call, who, why, now))

    async def release(self, call: str, who: str, why: str, now: datetime) -> None:
        """End a hold.

        Raises:
            NotHeldError: there is none.
        """
        await self._transactions.run(partial(self._release, call, who, why, now))

    async def holds(self) -> list[Hold]:
        """The calls on hold, oldest hold first."""
        query = select(*holds.columns).order_by(holds.c.at, holds.c.node, holds.c.call_id)
        async with self._engine.connect() as connection:
            return [
                Hold(row.node, row.call_id, from_us(row.at), row.who, row.why)
                for row in await connection.execute(query)
            ]

    async def log(self, limit: int) -> list[AuditRow]:
        """The newest ``limit`` rows of the audit log, oldest first."""
        query = select(*audit_log.columns).order_by(audit_log.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = [
                AuditRow(from_us(row.at), row.who, What(row.what), row.object, row.why)
                for row in await connection.execute(query)
            ]
        return rows[::-1]

    async def deleted_recordings(self) -> set[str]:
        """Paths of all recordings that were deleted by a rule."""
        query = select(audit_log.c.object).where(audit_log.c.what == What.RECORDING_DELETED)
        async with self._engine.connect() as connection:
            return set((await connection.execute(query)).scalars())

    async def unknown_recordings(self, paths: Iterable[str]) -> list[str]:
        """Those of ``paths`` that no call's record names."""
        wanted = list(paths)
        known: set[str] = set()
        async with self._engine.connect() as connection:
            for begin in range(0, len(wanted), _BATCH):
                part = calls.c.recording_path.in_(wanted[begin : begin + _BATCH])
                found = await connection.execute(select(calls.c.recording_path).where(part))
                known.update(found.scalars())
        return [path for path in wanted if path not in known]

    async def oldest(self) -> datetime | None:
        """When the oldest call began that the database knows of."""
        async with self._engine.connect() as connection:
            began = (await connection.execute(select(func.min(calls.c.began)))).scalar()
        return None if began is None else from_us(began)

    async def delete_recordings(self, due: Due, remove: Remove, now: datetime) -> list[str]:
        """Delete recordings that are due; gives their paths, none when nothing is left to do."""
        if not await self._any(_due_recordings(due)):
            return []
        return await self._transactions.run(partial(self._delete, due, remove, now))

    async def erase_numbers(self, due: Due, now: datetime) -> list[str]:
        """Erase callers' numbers that are due, and the notifications that repeat them.

        Gives the ids of their calls.
        """
        if not await self._any(_due_numbers(due)):
            return []
        return await self._transactions.run(partial(self._erase, due, now))

    async def delete_trail(self, before: datetime, why: str, now: datetime) -> int:
        """Delete what is told of who did what before; gives how many rows, which stays told."""
        trail, log = trail_keeping.due(before)
        found = [
            await self._any(select(audit_trail.c.id).where(trail)),
            await self._any(select(audit_log.c.id).where(log)),
        ]
        if not any(found):
            return 0
        return await self._transactions.run(partial(self._forget, before, why, now))

    async def note(self, what: What, things: Iterable[str], why: str, now: datetime) -> None:
        """Log that the rule deleted something that belongs to no call."""
        rows = [_row(now, RULE, what, thing, why) for thing in things]
        if rows:
            await self._transactions.run(lambda connection: _insert(connection, rows))

    async def listened(self, who: str, call: str, why: str, at: datetime) -> None:
        """Log that somebody listened to a call; the same told twice is one row."""
        await self._transactions.run(partial(_listened, _row(at, who, What.LISTENED, call, why)))

    def _hold(
        self, call: str, who: str, why: str, now: datetime, connection: Connection
    ) -> tuple[Hold, list[What]]:
        self._lock(connection)
        node = _node_of(connection, call)
        if node is None:
            raise UnknownCallError(call)
        values = {"node": node, "call_id": call, "at": to_us(now)}
        words = {"who": storable(who), "why": storable(why)}
        if connection.execute(_held(node, call)).first() is not None:
            raise HeldAlreadyError(
                f"Panggilan {call} sudah ditahan; lihat {COMMAND} holds.\n"
                f"Call {call} is on hold already: look at {COMMAND} holds."
            )
        connection.execute(insert(holds), {**values, **words})
        _insert(connection, [_row(now, who, What.HELD, call, why)])
        gone = _deleted_of(connection, node, call)
        return Hold(node, call, now, words["who"], words["why"]), gone

    def _release(
        self, call: str, who: str, why: str, now: datetime, connection: Connection
    ) -> None:
        self._lock(connection)
        if connection.execute(delete(holds).where(holds.c.call_id == call)).rowcount == 0:
            raise NotHeldError(
                f"Panggilan {call[:64]} tidak ditahan; lihat {COMMAND} holds.\n"
                f"Call {call[:64]} is not on hold: look at {COMMAND} holds."
            )
        _insert(connection, [_row(now, who, What.RELEASED, call, why)])

    def _delete(self, due: Due, remove: Remove, now: datetime, connection: Connection) -> list[str]:
        self._lock(connection)
        paths = [row.recording_path for row in connection.execute(_due_recordings(due))]
        gone = [path for path in paths if remove(path)]
        rows = [_row(now, RULE, What.RECORDING_DELETED, path, due.why) for path in gone]
        _insert(connection, rows)
        return gone

    def _erase(self, due: Due, now: datetime, connection: Connection) -> list[str]:
        self._lock(connection)
        ids: list[str] = [row.id for row in connection.execute(_due_numbers(due))]
        if not ids:
            return ids
        sql = statements(self._dialect)
        last = connection.execute(sql.numbers, {"node": due.node, "count": len(ids)}).scalar_one()
        for change, call in enumerate(ids, start=last - len(ids) + 1):
            key = and_(calls.c.node == due.node, calls.c.id == call)
            connection.execute(update(calls).where(key).values(caller=ERASED, change=change))
        theirs = and_(outbox.c.node == due.node, outbox.c.call_id.in_(ids))
        connection.execute(delete(outbox).where(theirs))
        callbacks.erase(connection, due.node, ids, now)
        incident_steps.erase(connection, due.node, ids)
        locations.erase(connection, due.node, ids)
        positions.erase(connection, due.node, ids)
        notes.erase(connection, due.node, ids)
        _insert(connection, [_row(now, RULE, What.NUMBER_ERASED, call, due.why) for call in ids])
        return ids

    def _forget(self, before: datetime, why: str, now: datetime, connection: Connection) -> int:
        self._lock(connection)
        gone = trail_keeping.forget(connection, before)
        about = f"{gone} < {before.isoformat(timespec='seconds')}"
        _insert(connection, [_row(now, RULE, What.TRAIL_DELETED, about, why)])
        return gone

    async def _any(self, query: Select[Any]) -> bool:
        """Looks before the lock is taken: most of the time nothing is due."""
        async with self._engine.connect() as connection:
            return (await connection.execute(query.limit(1))).first() is not None

    def _lock(self, connection: Connection) -> None:
        """SQLite's writing transactions have the whole database to themselves."""
        if self._dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _due(due: Due) -> Select[Any]:
    """Calls that are due and not on hold, oldest first."""
    held = exists().where(holds.c.node == calls.c.node, holds.c.call_id == calls.c.id)
    return (
        select(calls.c.id, calls.c.recording_path)
        .where(calls.c.node == due.node, calls.c.began < to_us(due.before), ~held)
        .order_by(calls.c.began)
        .limit(due.limit)
    )


def _due_recordings(due: Due) -> Select[Any]:
    logged = exists().where(
        audit_log.c.what == What.RECORDING_DELETED, audit_log.c.object == calls.c.recording_path
    )
    return _due(due).where(calls.c.recording_path.is_not(None), ~logged)


def _due_numbers(due: Due) -> Select[Any]:
    return _due(due).where(calls.c.caller != ERASED)


def _held(node: str, call: str) -> Select[Any]:
    return select(holds.c.at).where(holds.c.node == node, holds.c.call_id == call)


def _node_of(connection: Connection, call: str) -> str | None:
    node: str | None = connection.execute(select(calls.c.node).where(calls.c.id == call)).scalar()
    return node


def _deleted_of(connection: Connection, node: str, call: str) -> list[What]:
    """What the log says was deleted of a call."""
    mine = and_(calls.c.node == node, calls.c.id == call)
    row = connection.execute(select(calls.c.recording_path, calls.c.caller).where(mine)).one()
    query = select(audit_log.c.id).where(
        audit_log.c.what == What.RECORDING_DELETED, audit_log.c.object == row.recording_path
    )
    gone = [] if connection.execute(query).first() is None else [What.RECORDING_DELETED]
    return [*gone, *([What.NUMBER_ERASED] if row.caller == ERASED else [])]


def _row(now: datetime, who: str, what: What, thing: str, why: str) -> dict[str, Any]:
    return {
        "at": to_us(now),
        "who": storable(who),
        "what": what,
        "object": storable(thing),
        "why": storable(why),
    }


def _listened(row: dict[str, Any], connection: Connection) -> None:
    same = (audit_log.c[name] == row[name] for name in ("who", "what", "why"))
    if connection.execute(select(audit_log.c.id).where(*same)).first() is None:
        _insert(connection, [row])


def _insert(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    wanted = [dict(row) for row in rows]
    if wanted:
        connection.execute(insert(audit_log), wanted)
