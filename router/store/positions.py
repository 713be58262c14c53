"""Where callers are, as their carriers have sent it with the call: kept once a call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, insert, select

from router.store import incident_steps
from router.store.engine import BUSY_S
from router.store.incident_locked import locked
from router.store.rows import to_us
from router.store.tables import call_positions
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.places import Position

_KEY: Final = (call_positions.c.node, call_positions.c.call_id)


@dataclass(frozen=True, slots=True)
class Sent:
    """A position that came with a call.

    Attributes:
        call: its id.
        at: when, UTC.
        radius_m: within which the caller is, in metres; None: a point.
        district: code of the one that it is probably in.
    """

    call: str
    at: datetime
    position: Position
    radius_m: float | None
    district: str


class PositionStore:
    """Keeps them.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def keep(self, node: str, sent: Sent) -> None:
        """Keep a call's first position, and give it to the incident it tells of; again: nothing."""
        await self._transactions.run(partial(locked, partial(_keep, node, sent)))


def _keep(node: str, sent: Sent, connection: Connection) -> None:
    mine = and_(_KEY[0] == node, _KEY[1] == sent.call)
    if connection.execute(select(_KEY[1]).where(mine)).first() is not None:
        return
    values = {
        "node": node,
        "call_id": sent.call,
        "at": to_us(sent.at),
        "latitude": sent.position.latitude,
        "longitude": sent.position.longitude,
        "accuracy": sent.radius_m,
        "district": sent.district,
    }
    connection.execute(insert(call_positions), values)
    incident = incident_steps.of_call(sent.call, connection)
    if incident is not None and incident.closed is None:
        incident_steps.located(connection, incident.id, node, sent.call)


def erase(connection: Connection, node: str, ids: list[str]) -> None:
    """Forget where the callers of these calls were."""
    connection.execute(delete(call_positions).where(_KEY[0] == node, _KEY[1].in_(ids)))
