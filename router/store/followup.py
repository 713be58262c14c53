"""From the records of calls that are over to the list of whom to call back.

Runs in the transaction that writes the records, so that neither is there without the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, insert, select, text, update

from router.callbacks.numbers import subscriber
from router.callbacks.rules import Contact, How, contact_of, standing
from router.calls.record import ERASED, Outcome
from router.store.rows import from_us, to_us
from router.store.tables import callback_calls, callback_tasks, calls
from router.store.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from router.calls.record import CallRecord

LOOKED_AT: Final = 200
"""The newest calls of a number that are looked at: more of them in a row are counted as so many."""
_LOCK: Final = 0x51A6A114
"""Key of PostgreSQL's advisory lock."""


def lock(connection: Connection) -> None:
    """Have the list to oneself until the transaction ends, as SQLite's writers have all of it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def follow(connection: Connection, records: Iterable[CallRecord]) -> None:
    """Take what is new in ``records``; taking it again changes nothing.

    Raises:
        SQLAlchemyError, OSError: the database does not work.
    """
    found = [(record, contact) for record in records if (contact := contact_of(record)) is not None]
    if not found:
        return
    lock(connection)
    changed = [_kept(connection, record, contact) for record, contact in found]
    for number in sorted({number for number in changed if number}):
        settle(connection, number)


def _kept(connection: Connection, record: CallRecord, contact: Contact) -> str:
    """Keep a call; its number when there is something new about it, else an empty text."""
    number = subscriber(record.caller) or ""
    row = {
        "number": number,
        "at": to_us(contact.at),
        "outcome": str(contact.outcome),
        "agency": _text(contact.agency),
        "emergency": _text(contact.emergency),
        "language": _text(contact.language),
    }
    key = {"node": storable(contact.node), "call_id": storable(contact.call)}
    table = callback_calls
    mine = and_(table.c.node == key["node"], table.c.call_id == key["call_id"])
    known = connection.execute(select(*table.columns).where(mine)).mappings().one_or_none()
    if known is not None and dict(known) == {**key, **row}:
        return ""
    if known is not None:
        connection.execute(update(table).where(mine), row)
        return number
    written = and_(calls.c.node == key["node"], calls.c.id == key["call_id"])
    if connection.execute(select(calls.c.caller).where(written)).scalar() == ERASED:
        return ""
    connection.execute(insert(table), {**key, **row})
    return number


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value)


def settle(connection: Connection, number: str) -> None:
    """Open, change or close the task of a number, by all that is known of it."""
    tasks = callback_tasks
    by_us = select(func.max(tasks.c.settled)).where(tasks.c.number == number)
    until = connection.execute(by_us.where(tasks.c.how != How.GOT_THROUGH)).scalar()
    found = standing(_contacts(connection, number), None if until is None else from_us(until))
    is_open = and_(tasks.c.number == number, tasks.c.closed.is_(None))
    task = connection.execute(select(tasks.c.id, tasks.c.due).where(is_open)).one_or_none()
    if not found.waiting:
        if task is not None and found.through is not None:
            _got_through(connection, task.id, found.through)
        return
    row = _row(found.waiting)
    if task is None:
        connection.execute(insert(tasks), {**row, "number": number, "due": row["opened"]})
    else:
        # Who has just called again is at his telephone.
        changed = update(tasks).where(tasks.c.id == task.id, tasks.c.call_id != row["call_id"])
        connection.execute(changed, {"due": min(task.due, row["last"])})
        connection.execute(update(tasks).where(tasks.c.id == task.id), row)


def _contacts(connection: Connection, number: str) -> list[Contact]:
    table = callback_calls
    query = (
        select(*table.columns)
        .where(table.c.number == number)
        .order_by(table.c.at.desc())
        .limit(LOOKED_AT)
    )
    return [
        Contact(
            row.node,
            row.call_id,
            from_us(row.at),
            Outcome(row.outcome),
            row.agency,
            row.emergency,
            row.language,
        )
        for row in connection.execute(query)
    ]


def _row(waiting: tuple[Contact, ...]) -> dict[str, Any]:
    last = waiting[-1]
    return {
        "opened": to_us(waiting[0].at),
        "last": to_us(last.at),
        "calls": len(waiting),
        "outcome": str(last.outcome),
        "agency": last.agency,
        "emergency": last.emergency,
        "language": last.language,
        "node": last.node,
        "call_id": last.call,
    }


def _got_through(connection: Connection, task: int, through: Contact) -> None:
    at = to_us(through.at)
    values = {"closed": at, "settled": at, "how": str(How.GOT_THROUGH), "who": through.agency}
    connection.execute(update(callback_tasks).where(callback_tasks.c.id == task), values)
