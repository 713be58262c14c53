"""Incidents read from their rows, in a transaction or out of one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, select

from router.incidents.model import Answer, By, Entry, Event, How, Incident, Place, Sop, State, Unit
from router.store.rows import from_us
from router.store.tables import (
    incident_answers,
    incident_calls,
    incident_log,
    incident_units,
    incidents,
)
from siaga.places import Position

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

_BATCH: Final = 500


def read(
    connection: Connection, wanted: ColumnElement[bool], limit: int | None = None
) -> list[Incident]:
    """The incidents that ``wanted`` holds for, the newest first."""
    query = select(*incidents.columns).where(wanted).order_by(incidents.c.id.desc()).limit(limit)
    rows = list(connection.execute(query))
    ids = [row.id for row in rows]
    calls, units = _calls(connection, ids), _units(connection, ids)
    return [_incident(row, dict(calls[row.id]), units[row.id]) for row in rows]


def read_log(connection: Connection, incident: int, after: int = 0) -> list[Entry]:
    """The log of one, in its order; what this program does not know is passed over.

    With ``after``, the lines behind the one of that id.
    """
    table = incident_log
    mine = and_(table.c.incident == incident, table.c.id > after)
    query = select(*table.columns).where(mine).order_by(table.c.id)
    known = frozenset(Event)
    return [
        Entry(from_us(row.at), row.who, Event(row.what), row.text, row.id)
        for row in connection.execute(query)
        if row.what in known
    ]


def read_answers(connection: Connection, incident: int) -> list[Answer]:
    """What was asked and advised, in its order."""
    table = incident_answers
    query = select(*table.columns).where(table.c.incident == incident).order_by(table.c.id)
    return [
        Answer(from_us(row.at), row.who, Sop(row.kind), row.text, row.answer)
        for row in connection.execute(query)
        if row.kind in frozenset(Sop)
    ]


def _calls(connection: Connection, ids: list[int]) -> dict[int, list[tuple[str, datetime]]]:
    """The calls of each incident with when they began, in that order."""
    table, found = incident_calls, defaultdict[int, list[tuple[str, "datetime"]]](list)
    for begin in range(0, len(ids), _BATCH):
        mine = table.c.incident.in_(ids[begin : begin + _BATCH])
        query = select(table.c.incident, table.c.call_id, table.c.began).where(mine)
        for row in connection.execute(query.order_by(table.c.began, table.c.call_id)):
            found[row.incident].append((row.call_id, from_us(row.began)))
    return found


def _units(connection: Connection, ids: list[int]) -> dict[int, list[Unit]]:
    table, found = incident_units, defaultdict[int, list[Unit]](list)
    for begin in range(0, len(ids), _BATCH):
        mine = table.c.incident.in_(ids[begin : begin + _BATCH])
        query = select(*table.columns).where(mine).order_by(table.c.agency, table.c.name)
        for row in connection.execute(query):
            times = (_at(row.sent), _at(row.accepted), _at(row.arrived))
            found[row.incident].append(Unit(row.agency, row.name, *times))
    return found


def _incident(row: Row[Any], calls: dict[str, datetime], units: list[Unit]) -> Incident:
    point = None
    if row.latitude is not None and row.longitude is not None:
        point = Position(row.latitude, row.longitude)
    by = By(row.position_by) if row.position_by in frozenset(By) else None
    return Incident(
        row.id,
        row.emergency,
        State(row.state),
        from_us(row.opened),
        min(calls.values(), default=from_us(row.opened)),
        from_us(row.last),
        Place(row.district, row.village, row.place, point, by),
        _at(row.dispatched),
        _at(row.on_scene),
        _at(row.closed),
        How(row.how) if row.how in frozenset(How) else None,
        row.into,
        tuple(calls),
        tuple(units),
    )


def _at(value: int | None) -> datetime | None:
    return None if value is None else from_us(value)
