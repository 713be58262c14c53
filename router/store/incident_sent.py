"""Whoever is brought into a call goes to what the call tells of.

Runs in the transaction that writes the record which says so, so that neither is there without the
other. An incident that is opened later takes from its calls who was brought into them before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.store import incident_steps
from router.store.incident_locked import locked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from router.calls.record import CallRecord


def coming(records: Iterable[CallRecord]) -> list[str]:
    """The calls into which somebody was brought, as these records say."""
    return [
        record.id
        for record in records
        if any(leg.kind in incident_steps.BROUGHT_IN and leg.joined for leg in record.legs)
    ]


def lock(connection: Connection, calls: list[str]) -> None:
    """Have the incidents to oneself, if anybody is to be sent; before any call is written.

    Whoever opens an incident has them to himself before he reads its call: so either he finds whom
    this record brings, or :func:`send` finds his incident.

    Raises:
        SQLAlchemyError, OSError: the database does not work.
    """
    if calls:
        incident_steps.lock(connection)


def send(connection: Connection, calls: list[str]) -> None:
    """Whom the records of ``calls``, which are written, bring is sent; again: nothing is new.

    Raises:
        SQLAlchemyError, OSError: the database does not work.
    """
    if calls:
        locked(lambda connection: _send(connection, calls), connection)


def _send(connection: Connection, calls: list[str]) -> None:
    for call in calls:
        incident_steps.brought(call, connection)
