"""Everything that is known of one call, read at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select

from router.store import incident_rows, notes
from router.store.callback_history import PastTry, as_try
from router.store.classes import Given, known_kinds
from router.store.custody import Hold, What
from router.store.messages import Message, messages_of
from router.store.rows import from_row, from_us
from router.store.tables import (
    audit_log,
    call_classes,
    callback_calls,
    callback_tasks,
    callback_tries,
    calls,
    holds,
    incident_calls,
    incidents,
)
from siaga.keys import CallClass

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from router.incidents.model import Answer, Entry, Incident
    from router.store.notes import Note


@dataclass(frozen=True, slots=True)
class Task:
    """That the caller was to be called back. Times in UTC.

    Attributes:
        opened: since when. ``closed``: when it was over, ``how``, ``who`` said so and ``why``.
        tries: oldest first.
    """

    opened: datetime
    closed: datetime | None
    how: str
    who: str
    why: str
    tries: tuple[PastTry, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A call with all that belongs to it.

    Attributes:
        record: of the call.
        classes: all that officers said that it was, oldest first.
        incident: that it tells of, with its ``log`` and ``answers``.
        messages: that were sent about it. ``notes``: what was typed about it.
        tasks: of calling back.
        hold: that it is under. ``deleted``: when a rule deleted its recording.
    """

    record: CallRecord
    classes: tuple[Given, ...]
    incident: Incident | None
    log: tuple[Entry, ...]
    answers: tuple[Answer, ...]
    messages: tuple[Message, ...]
    tasks: tuple[Task, ...]
    hold: Hold | None
    deleted: datetime | None
    notes: tuple[Note, ...] = ()


async def whole(engine: AsyncEngine, node: str, call: str) -> Whole | None:
    """A call with all that belongs to it; None: there is no such call.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    async with engine.connect() as connection:
        return await connection.run_sync(partial(_read, node, call))


def _read(node: str, call: str, connection: Connection) -> Whole | None:
    mine = and_(calls.c.node == node, calls.c.id == call)
    row = connection.execute(select(*calls.columns).where(mine)).mappings().one_or_none()
    if row is None:
        return None
    record = from_row(row)
    incident = _incident(connection, node, call)
    number = 0 if incident is None else incident.id
    return Whole(
        record,
        _classes(connection, node, call),
        incident,
        tuple(incident_rows.read_log(connection, number)),
        tuple(incident_rows.read_answers(connection, number)),
        tuple(messages_of(connection, [(node, call)])),
        _tasks(connection, node, call),
        _hold(connection, node, call),
        _deleted(connection, record),
        tuple(notes.read(connection, [(node, call)])),
    )


def _classes(connection: Connection, node: str, call: str) -> tuple[Given, ...]:
    table = call_classes
    mine = and_(table.c.node == node, table.c.call_id == call, table.c.kind.in_(known_kinds()))
    rows = connection.execute(select(*table.columns).where(mine).order_by(table.c.id))
    return tuple(Given(CallClass(row.kind), from_us(row.at), row.who) for row in rows)


def _incident(connection: Connection, node: str, call: str) -> Incident | None:
    table = incident_calls
    mine = select(table.c.incident).where(table.c.node == node, table.c.call_id == call)
    number = connection.execute(mine).scalar()
    if number is None:
        return None
    return next(iter(incident_rows.read(connection, incidents.c.id == number)), None)


def _tasks(connection: Connection, node: str, call: str) -> tuple[Task, ...]:
    """Those of this caller that were open after the call."""
    mine = select(callback_calls.c.number, callback_calls.c.at).where(
        callback_calls.c.node == node, callback_calls.c.call_id == call
    )
    known = connection.execute(mine).one_or_none()
    if known is None or not known.number:
        return ()
    table = callback_tasks
    query = select(*table.columns).where(
        table.c.number == known.number,
        table.c.opened <= known.at,
        table.c.last >= known.at,
        or_(table.c.closed.is_(None), table.c.closed >= known.at),
    )
    rows = list(connection.execute(query.order_by(table.c.opened)))
    return tuple(_task(connection, row) for row in rows)


def _task(connection: Connection, row: Row[tuple[object, ...]]) -> Task:
    tries = callback_tries
    made = select(*tries.columns).where(tries.c.task == row.id).order_by(tries.c.asked)
    return Task(
        from_us(row.opened),
        None if row.closed is None else from_us(row.closed),
        row.how or "",
        row.who or "",
        row.why or "",
        tuple(as_try(each) for each in connection.execute(made)),
    )


def _hold(connection: Connection, node: str, call: str) -> Hold | None:
    mine = select(*holds.columns).where(holds.c.node == node, holds.c.call_id == call)
    row = connection.execute(mine).one_or_none()
    return None if row is None else Hold(node, call, from_us(row.at), row.who, row.why)


def _deleted(connection: Connection, record: CallRecord) -> datetime | None:
    if record.recording is None:
        return None
    query = select(audit_log.c.at).where(
        audit_log.c.what == What.RECORDING_DELETED, audit_log.c.object == record.recording.path
    )
    at = connection.execute(query).scalar()
    return None if at is None else from_us(at)
