"""Links by which callers send where they are: made with their message, used once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, delete, func, insert, select, update

from router.incidents.model import By, Said
from router.store import incident_steps
from router.store.engine import BUSY_S
from router.store.errors import StoreError, UnknownCallError
from router.store.incident_locked import locked
from router.store.outbox import Notification, to_outbox_row
from router.store.rows import from_us, to_us
from router.store.tables import calls, location_links, outbox
from router.store.text import storable
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from siaga.places import Position

VALID: Final = timedelta(minutes=30)
LINKS: Final = 3
"""Links a call at most: each is a message that costs money."""
EVENT: Final = "location_asked"
CALLER: Final = "-"
"""In the outbox in place of an agency's name, which never is this."""
SENDER: Final = "link"
"""Who told a position, in an incident's log."""


class TooManyLinksError(StoreError):
    """So many links were sent to this caller that one more will not help."""

    code = "too_many_links"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is now.

    Attributes:
        call: that it belongs to.
        expires: UTC.
        used: when a position came by it, UTC; None: none yet.
    """

    call: str
    expires: datetime
    used: datetime | None


class LinkStore:
    """Keeps links.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def make(
        self, call: str, said: Said, write: Callable[[str, str], tuple[str, str]], channel: str
    ) -> int:
        """Make a link and the message with it; gives the number of the call's incident.

        Args:
            call: whose caller is asked.
            said: by whom and when.
            write: gives target and payload, told the caller's number and the link's token.
            channel: that the message goes by.

        Raises:
            UnknownCallError, TooManyLinksError: nothing was made; or what ``write`` raises.
        """
        return await self._transactions.run(
            partial(locked, partial(_make, call, said, write, channel))
        )

    async def find(self, token: str) -> Link | None:
        """The link; None: there is none (any more)."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(partial(_find, token))

    async def use(
        self,
        token: str,
        position: Position,
        accuracy_m: float,
        now: datetime,
        district: Callable[[Position], str],
    ) -> bool:
        """A position came by a link; False: it is used or over, and nothing was changed.

        Args:
            token: of the link.
            position: that was sent.
            accuracy_m: radius in metres, as the sender's telephone says.
            now: the moment.
            district: gives the code of the one that a position is probably in.
        """
        work = partial(_use, token, position, accuracy_m, now, district)
        return await self._transactions.run(partial(locked, work))


def _make(
    call: str,
    said: Said,
    write: Callable[[str, str], tuple[str, str]],
    channel: str,
    connection: Connection,
) -> int:
    query = select(calls.c.node, calls.c.caller).where(calls.c.id == call)
    row = connection.execute(query).first()
    if row is None:
        raise UnknownCallError(call)
    mine = and_(location_links.c.node == row.node, location_links.c.call_id == call)
    made = select(func.count()).select_from(location_links).where(mine)
    if connection.execute(made).scalar_one() >= LINKS:
        raise TooManyLinksError(
            f"Penelepon ini sudah dikirimi {LINKS} tautan. / {LINKS} links were sent already."
        )
    token = secrets.token_urlsafe(16)
    target, payload = write(row.caller, token)
    incident = incident_steps.open_for(call, said, None, connection)
    values = {
        "token": token,
        "node": row.node,
        "call_id": call,
        "made": to_us(said.at),
        "who": storable(said.who),
        "expires": to_us(said.at + VALID),
    }
    connection.execute(insert(location_links), values)
    message = Notification(
        id=secrets.token_hex(16),
        node=row.node,
        call_id=call,
        agency=CALLER,
        event=EVENT,
        channel=channel,
        payload=payload,
        created=said.at,
        target=target,
    )
    connection.execute(insert(outbox), to_outbox_row(message))
    return incident


def _find(token: str, connection: Connection) -> Link | None:
    table = location_links
    row = connection.execute(select(*table.columns).where(table.c.token == token)).first()
    if row is None:
        return None
    used = None if row.used is None else from_us(row.used)
    return Link(row.call_id, from_us(row.expires), used)


def _use(  # noqa: PLR0913, PLR0917 (what comes by a link)
    token: str,
    position: Position,
    accuracy_m: float,
    now: datetime,
    district: Callable[[Position], str],
    connection: Connection,
) -> bool:
    table = location_links
    link = _find(token, connection)
    if link is None:
        return False
    fresh = and_(table.c.token == token, table.c.used.is_(None), table.c.expires > to_us(now))
    sent = {
        "used": to_us(now),
        "latitude": position.latitude,
        "longitude": position.longitude,
        "accuracy": accuracy_m,
    }
    if connection.execute(update(table).where(fresh), sent).rowcount == 0:
        return False
    incident = incident_steps.of_call(link.call, connection)
    if incident is not None and incident.closed is None:
        before = incident.place
        where = before.district or district(position)
        place = replace(before, district=where, position=position, by=By.LINK)
        shown = f"{position.latitude:.5f},{position.longitude:.5f} ±{accuracy_m:.0f} m"
        incident_steps.place(incident.id, place, Said(SENDER, now), shown, connection)
    return True


def erase(connection: Connection, node: str, ids: list[str]) -> None:
    """Forget the links of these calls, and what came by them."""
    mine = and_(location_links.c.node == node, location_links.c.call_id.in_(ids))
    connection.execute(delete(location_links).where(mine))
