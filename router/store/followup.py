"""From the records of calls that are over to the list of whom to call back.

Runs in the transaction that writes the records, so that neither is there without the other.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import and_, bindparam, delete, exists, func, insert, select, text, update

from router.callbacks.numbers import subscriber
from router.callbacks.rules import Contact, How, contact_of, standing
from router.calls.record import ERASED, Outcome, Reason
from router.store.rows import from_us, to_us
from router.store.tables import callback_calls, callback_tasks, calls
from router.store.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import BindParameter, Connection, Row

    from router.callbacks.rules import Standing
    from router.calls.record import CallRecord

LOOKED_AT: Final = 200
"""The newest calls of a number that are looked at: more of them in a row are counted as so many."""
REMEMBERED: Final = 1000
"""Calls of which it is known what was followed: those whose records come again, as each does when
the CEL file has told it and when its recording is filed."""
_LOCK: Final = 0x51A6A114
"""Key of PostgreSQL's advisory lock."""

_Row: TypeAlias = dict[str, Any]
"""A row of ``callback_calls``."""
_Said: TypeAlias = tuple[Contact, str]
"""What of a record matters here."""

# Made once: making a statement takes longer than its work.
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_NUMBERS: Final[BindParameter[Any]] = bindparam("numbers", expanding=True)
_KNOWN: Final = select(*callback_calls.columns).where(
    callback_calls.c.node == bindparam("node"), callback_calls.c.call_id.in_(_IDS)
)
_KEEP: Final = insert(callback_calls).from_select(
    [column.name for column in callback_calls.columns],
    select(*(bindparam(column.name, type_=column.type) for column in callback_calls.columns)).where(
        ~exists().where(
            calls.c.node == bindparam("node"),
            calls.c.id == bindparam("call_id"),
            calls.c.caller == ERASED,
        )
    ),
)
"""Not of a call whose number was erased before it came here."""
_CHANGE: Final = (
    update(callback_calls)
    .where(callback_calls.c.node == bindparam("of_node"))
    .where(callback_calls.c.call_id == bindparam("of"))
    .values({column.name: bindparam(column.name) for column in callback_calls.columns})
)
_SETTLED: Final = (
    select(callback_tasks.c.number, func.max(callback_tasks.c.settled).label("settled"))
    .where(callback_tasks.c.number.in_(_NUMBERS), callback_tasks.c.how != How.GOT_THROUGH)
    .where(callback_tasks.c.settled.is_not(None))
    .group_by(callback_tasks.c.number)
)
_NEWEST: Final = (
    select(
        *callback_calls.columns,
        func.row_number()
        .over(partition_by=callback_calls.c.number, order_by=callback_calls.c.at.desc())
        .label("back"),
    )
    .where(callback_calls.c.number.in_(_NUMBERS))
    .subquery()
)
_OPEN: Final = and_(callback_tasks.c.number == _NEWEST.c.number, callback_tasks.c.closed.is_(None))
_CALLS: Final = (
    select(
        _NEWEST,
        callback_tasks.c.id.label("task"),
        callback_tasks.c.due,
        callback_tasks.c.call_id.label("latest"),
    )
    .select_from(_NEWEST.outerjoin(callback_tasks, _OPEN))
    .where(_NEWEST.c.back <= LOOKED_AT)
)
"""The newest calls of numbers, each with the task of its number that is open, if one is."""


class Followed:
    """What was followed lately: a record that says nothing new needs no look at the database."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _Said] = {}

    def news(self, records: Iterable[CallRecord]) -> list[CallRecord]:
        """Those that say something which was not followed."""
        return [
            record
            for record in records
            if (said := _said(record)) is not None
            and self._known.get((record.node, record.id)) != said
        ]

    def done(self, records: Iterable[CallRecord]) -> None:
        """These were followed, and it is committed."""
        for record in records:
            said = _said(record)
            if said is not None:
                self._known.pop((record.node, record.id), None)
                self._known[record.node, record.id] = said
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]


def _said(record: CallRecord) -> _Said | None:
    contact = contact_of(record)
    return None if contact is None else (contact, record.caller)


def lock(connection: Connection) -> None:
    """Have the list to oneself until the transaction ends, as SQLite's writers have all of it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def follow(connection: Connection, records: Iterable[CallRecord]) -> None:
    """Take what is new in ``records``; taking it again changes nothing.

    Raises:
        SQLAlchemyError, OSError: the database does not work.
    """
    by_node: dict[str, dict[str, _Row]] = defaultdict(dict)
    for record in records:
        contact = contact_of(record)
        if contact is not None:
            row = _call_row(record, contact)
            by_node[row["node"]][row["call_id"]] = row
    if not by_node:
        return
    lock(connection)
    numbers = {
        row["number"] for node, rows in by_node.items() for row in _kept(connection, node, rows)
    }
    settle(connection, sorted(number for number in numbers if number))


def withdraw(connection: Connection, node: str, call: str) -> None:
    """Unsay that a call is over: whoever was to be called back for it alone is on the line.

    Raises:
        SQLAlchemyError, OSError: the database does not work.
    """
    lock(connection)
    mine = (callback_calls.c.node == node, callback_calls.c.call_id == call)
    query = select(callback_calls.c.number, callback_calls.c.at).where(*mine)
    row = connection.execute(query).one_or_none()
    if row is None:
        return
    connection.execute(delete(callback_calls).where(*mine))
    settle(connection, [row.number] if row.number else [])
    table = callback_tasks.c
    done = update(callback_tasks).where(
        table.number == row.number,
        table.closed.is_(None),
        table.node == node,
        table.call_id == call,
    )
    connection.execute(done.values(closed=row.at, how=str(How.STILL_UP), who=""))


def _call_row(record: CallRecord, contact: Contact) -> _Row:
    return {
        "node": storable(contact.node),
        "call_id": storable(contact.call),
        "number": subscriber(record.caller) or "",
        "at": to_us(contact.at),
        "outcome": str(contact.outcome),
        "agency": _text(contact.agency),
        "emergency": _text(contact.emergency),
        "language": _text(contact.language),
        "reason": None if contact.reason is None else str(contact.reason),
    }


def _kept(connection: Connection, node: str, rows: dict[str, _Row]) -> list[_Row]:
    """Keep calls of one node, by their ids; gives those of which something is new."""
    found = connection.execute(_KNOWN, {"node": node, "ids": list(rows)}).mappings()
    known = {row["call_id"]: dict(row) for row in found}
    changed = [row for call, row in rows.items() if call in known and row != known[call]]
    new = [row for call, row in rows.items() if call not in known]
    if changed:
        connection.execute(
            _CHANGE, [{**row, "of_node": node, "of": row["call_id"]} for row in changed]
        )
    if new:
        connection.execute(_KEEP, new)
    return changed + new


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value)


def settle(connection: Connection, numbers: Sequence[str]) -> None:
    """Open, change or close the tasks of numbers, by all that is known of them."""
    if not numbers:
        return
    tasks: dict[str, Row[Any]] = {}
    contacts: dict[str, list[Contact]] = defaultdict(list)
    for row in connection.execute(_CALLS, {"numbers": list(numbers)}):
        contacts[row.number].append(_contact(row))
        if row.task is not None:
            tasks[row.number] = row
    found = {number: standing(contacts[number], None) for number in numbers}
    waiting = [number for number in numbers if found[number].waiting]
    if waiting:
        for row in connection.execute(_SETTLED, {"numbers": waiting}):
            found[row.number] = standing(contacts[row.number], from_us(row.settled))
    for number in numbers:
        _settle(connection, number, found[number], tasks.get(number))


def _settle(connection: Connection, number: str, found: Standing, task: Row[Any] | None) -> None:
    if not found.waiting:
        if task is not None and found.through is not None:
            _got_through(connection, task.task, found.through)
        return
    row = _row(found.waiting)
    if task is None:
        connection.execute(insert(callback_tasks), {**row, "number": number, "due": row["opened"]})
        return
    if task.latest != row["call_id"]:
        # Who has just called again is at his telephone.
        row["due"] = min(task.due, row["last"])
    connection.execute(update(callback_tasks).where(callback_tasks.c.id == task.task), row)


def _contact(row: Row[Any]) -> Contact:
    return Contact(
        row.node,
        row.call_id,
        from_us(row.at),
        Outcome(row.outcome),
        row.agency,
        row.emergency,
        row.language,
        None if row.reason is None else Reason(row.reason),
    )


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
        "reason": None if last.reason is None else str(last.reason),
        "node": last.node,
        "call_id": last.call,
    }


def _got_through(connection: Connection, task: int, through: Contact) -> None:
    at = to_us(through.at)
    values = {"closed": at, "settled": at, "how": str(How.GOT_THROUGH), "who": through.agency}
    connection.execute(update(callback_tasks).where(callback_tasks.c.id == task), values)
