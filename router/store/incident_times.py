"""Of incidents, for the figures: when help was called, sent, accepted and there; and where."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from router.incidents.model import How
from router.store.rows import from_us, to_us
from router.store.tables import calls, incident_calls, incident_units, incidents

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord


@dataclass(frozen=True, slots=True)
class Timed:
    """The times of one incident, UTC.

    Attributes:
        opened: when it was, by which it belongs to a period.
        emergency: what it is. ``district``: code of where, if that is known.
        called: when the first call about it arrived, and ``answered``, when a human first talked.
        dispatched: when the first unit was sent or said that it goes.
        accepted: when the first said so.
        on_scene: when the first was there.
    """

    opened: datetime
    emergency: str
    district: str | None
    called: datetime | None
    answered: datetime | None
    dispatched: datetime | None
    accepted: datetime | None
    on_scene: datetime | None


class IncidentReader:
    """Reads them, from any process.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def timed(self, begin: datetime, end: datetime) -> list[Timed]:
        """Those opened from ``begin`` on and before ``end``; none that was merged or withdrawn."""
        accepted = (
            select(func.min(incident_units.c.accepted))
            .where(incident_units.c.incident == incidents.c.id)
            .scalar_subquery()
        )
        told = incidents.outerjoin(incident_calls, incident_calls.c.incident == incidents.c.id)
        known = and_(calls.c.node == incident_calls.c.node, calls.c.id == incident_calls.c.call_id)
        query = (
            select(
                incidents.c.opened,
                incidents.c.emergency,
                incidents.c.district,
                func.min(calls.c.began),
                func.min(calls.c.answered),
                incidents.c.dispatched,
                accepted,
                incidents.c.on_scene,
            )
            .select_from(told.outerjoin(calls, known))
            .where(
                incidents.c.opened >= to_us(begin),
                incidents.c.opened < to_us(end),
                or_(incidents.c.how.is_(None), incidents.c.how == How.DONE),
            )
            .group_by(incidents.c.id)
            .order_by(incidents.c.id)
        )
        async with self._engine.connect() as connection:
            return [
                Timed(from_us(opened), emergency, district, *map(_at, times))
                for opened, emergency, district, *times in await connection.execute(query)
            ]

    async def districts(self, records: Iterable[CallRecord]) -> dict[tuple[str, str], str]:
        """Code of the district of the incident that each of these calls tells of now.

        By node and id, of those that tell of one; empty where nobody noted it.
        """
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for record in records:
            wanted[record.node].append(record.id)
        found: dict[tuple[str, str], str] = {}
        table = incident_calls.c
        query = select(table.call_id, incidents.c.district).join(
            incidents, incidents.c.id == table.incident
        )
        async with self._engine.connect() as connection:
            for node, ids in wanted.items():
                mine = query.where(table.node == node, table.call_id.in_(ids))
                for call, district in await connection.execute(mine):
                    found[node, call] = district or ""
        return found


def _at(value: int | None) -> datetime | None:
    return None if value is None else from_us(value)
