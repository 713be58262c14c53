"""The one place where rows of the trail are deleted: those older than the rule that was set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, and_, delete, exists

from router.store.account_tables import audit_trail
from router.store.rows import to_us
from router.store.tables import audit_log, holds

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Table

LISTENED: Final = "listened"
"""Of the rows that tell what was done to what is kept, those that tell what a person did."""


def due(before: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What goes of ``audit_trail``, and of ``audit_log``: nothing that is about a call on hold."""
    log = and_(_old(audit_log, before), audit_log.c.what == LISTENED)
    return _old(audit_trail, before), log


def forget(connection: Connection, before: datetime) -> int:
    """Delete it; gives how many rows."""
    trail, log = due(before)
    gone = connection.execute(delete(audit_trail).where(trail)).rowcount
    return gone + connection.execute(delete(audit_log).where(log)).rowcount


def _old(table: Table, before: datetime) -> ColumnElement[bool]:
    held = exists().where(holds.c.call_id == table.c.object)
    return and_(table.c.at < to_us(before), ~held)
