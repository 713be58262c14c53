"""One batch of changes, to be written in one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from router.store import hook_news, incident_sent
from router.store.followup import follow
from router.store.outbox import to_outbox_row
from router.store.refusal import is_refusal
from router.store.rows import to_row
from router.store.text import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import Connection

    from router.calls.record import CallRecord
    from router.store.followup import Followed
    from router.store.outbox import Notification
    from router.store.position import CelPosition
    from router.store.statements import Statements

_T = TypeVar("_T")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Entry:
    """What is to be written of one call."""

    record: CallRecord
    notifications: dict[str, Notification] = field(default_factory=dict)


def write(
    connection: Connection,
    sql: Statements,
    entries: Iterable[Entry],
    positions: Mapping[str, CelPosition],
    followed: Followed,
) -> list[CallRecord]:
    """Write all of it, in the transaction of ``connection``.

    Args:
        connection: to the database.
        sql: in its dialect.
        entries: what is new of calls.
        positions: in the CEL file, by node.
        followed: what was before; it is only asked, as this may yet be undone.

    Returns:
        The records of which was looked whom to call back.

    Raises:
        SQLAlchemyError, OSError: the database does not work, or refuses the data
            (:func:`is_refusal` tells which).
        TypeError, ValueError, OverflowError: a value cannot be written.
    """
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    notifications = []
    entries = list(entries)
    coming = incident_sent.coming(entry.record for entry in entries)
    incident_sent.lock(connection, coming)
    for entry in entries:
        row = to_row(entry.record)
        rows[row["node"]].append(row)
        notifications += [to_outbox_row(each) for each in entry.notifications.values()]
    for node in sorted(rows):  # one order for all writers: no deadlock
        _number(connection, sql, node, rows[node])
        connection.execute(sql.upsert_call, rows[node])
        hook_news.tell_calls(connection, rows[node])
    if notifications:
        connection.execute(sql.insert_notification, notifications)
    done = followed.news(entry.record for entry in entries)
    if not _tried(connection, follow, done, "callbacks_not_followed"):
        done = []
    _tried(connection, incident_sent.send, coming, "units_not_sent")
    if positions:
        connection.execute(sql.upsert_position, [_to_row(each) for each in positions.values()])
    return done


def _tried(
    connection: Connection, work: Callable[[Connection, list[_T]], None], about: list[_T], told: str
) -> bool:
    """Whether ``work`` is done; the records are written whatever the database refuses in it."""
    if not about:
        return True
    try:
        with connection.begin_nested():
            work(connection, about)
    except Exception as error:
        if not is_refusal(error):
            raise
        log.error(told, error=type(error).__name__)  # noqa: TRY400 (numbers)
        return False
    return True


def _number(connection: Connection, sql: Statements, node: str, rows: list[dict[str, Any]]) -> None:
    parameters = {"node": node, "count": len(rows)}
    last: int = connection.execute(sql.numbers, parameters).scalar_one()
    for change, row in enumerate(rows, start=last - len(rows) + 1):
        row["change"] = change


def _to_row(position: CelPosition) -> dict[str, Any]:
    return {
        "node": storable(position.node),
        "file": storable(position.file),
        "offset": position.offset,
    }
