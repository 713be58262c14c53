"""One batch of changes, to be written in one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from router.store import hook_news
from router.store.followup import follow
from router.store.outbox import to_outbox_row
from router.store.refusal import is_refusal
from router.store.rows import to_row
from router.store.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from router.calls.record import CallRecord
    from router.store.followup import Followed
    from router.store.outbox import Notification
    from router.store.position import CelPosition
    from router.store.statements import Statements

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
    done = _follow(connection, followed.news(entry.record for entry in entries))
    if positions:
        connection.execute(sql.upsert_position, [_to_row(each) for each in positions.values()])
    return done


def _follow(connection: Connection, records: list[CallRecord]) -> list[CallRecord]:
    """Whom to call back; whatever there is about a record, it is written itself all the same."""
    if not records:
        return []
    try:
        with connection.begin_nested():
            follow(connection, records)
    except Exception as error:
        if not is_refusal(error):
            raise
        log.error("callbacks_not_followed", error=type(error).__name__)  # noqa: TRY400 (numbers)
        return []
    return records


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
