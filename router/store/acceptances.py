"""Who said for an agency that it goes to a call; each word is kept once, and the first counts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from router.incidents.model import Said
from router.store import incident_steps
from router.store.engine import BUSY_S
from router.store.incident_locked import locked
from router.store.rows import from_us, to_us
from router.store.statements import insert_once
from router.store.tables import acceptances, calls, outbox
from router.store.text import storable
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine


class Way(StrEnum):
    """How somebody accepted."""

    LINK = "link"
    """On the page that his message led to."""
    KEY = "key"
    """By dialling it on one of the agency's handsets."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One agency's word about one call.

    Attributes:
        at: when, UTC.
        who: the contact whose message was used, or the handset.
        how: by what.
    """

    at: datetime
    who: str
    how: Way


@dataclass(frozen=True, slots=True)
class Told:
    """A call that an agency was told of, as the page shows it.

    Attributes:
        node: of the call; ``call`` is its id.
        agency: who was told, by ``target``, the contact.
        emergency: what the caller chose, if he did.
        began: when the call did, UTC.
        answered_by: the agency that has it, if any.
        accepted: the agency's word, if it was given.
    """

    node: str
    call: str
    agency: str
    target: str
    emergency: str | None
    began: datetime
    answered_by: str | None
    accepted: Acceptance | None


class AcceptanceStore:
    """Finds what was told, and keeps that it was accepted.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def find(self, token: str) -> Told | None:
        """What the message with this token told; None: there is no such message any more."""
        query = select(outbox, calls.c.emergency, calls.c.began, calls.c.answered_by).join(
            calls, and_(calls.c.node == outbox.c.node, calls.c.id == outbox.c.call_id)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query.where(outbox.c.token == token))).first()
            if row is None:
                return None
            word = select(acceptances).where(
                acceptances.c.node == row.node,
                acceptances.c.call_id == row.call_id,
                acceptances.c.agency == row.agency,
            )
            given = (await connection.execute(word)).first()
        return Told(
            row.node,
            row.call_id,
            row.agency,
            row.target or "",
            row.emergency,
            from_us(row.began),
            row.answered_by,
            None if given is None else Acceptance(from_us(given.at), given.who, Way(given.how)),
        )

    async def latest(self, agency: str, since: datetime) -> Told | None:
        """The latest call since then that this agency's contacts were told of and none accepted."""
        query = (
            select(outbox.c.token)
            .outerjoin(
                acceptances,
                and_(
                    acceptances.c.node == outbox.c.node,
                    acceptances.c.call_id == outbox.c.call_id,
                    acceptances.c.agency == outbox.c.agency,
                ),
            )
            .where(
                outbox.c.agency == agency,
                outbox.c.token.is_not(None),
                outbox.c.created >= to_us(since),
                acceptances.c.at.is_(None),
            )
            .order_by(outbox.c.created.desc())
            .limit(1)
        )
        async with self._engine.connect() as connection:
            token = (await connection.execute(query)).scalar()
        return None if token is None else await self.find(token)

    async def accept(self, node: str, call: str, agency: str, acceptance: Acceptance) -> None:
        """Keep that an agency goes to a call; who comes second changes nothing."""
        await self._transactions.run(
            partial(locked, partial(_accept, (node, call, agency), acceptance))
        )

    async def of(self, call: str) -> dict[str, Acceptance]:
        """The words of all agencies about a call, by agency."""
        query = select(acceptances).where(acceptances.c.call_id == call)
        async with self._engine.connect() as connection:
            return {
                row.agency: Acceptance(from_us(row.at), row.who, Way(row.how))
                for row in await connection.execute(query)
            }


def _accept(which: tuple[str, str, str], acceptance: Acceptance, connection: Connection) -> None:
    node, call, agency = which
    row = {
        "node": node,
        "call_id": call,
        "agency": agency,
        "at": to_us(acceptance.at),
        "who": storable(acceptance.who),
        "how": acceptance.how,
    }
    connection.execute(insert_once(connection.dialect.name, acceptances), row)
    incident_steps.accepted(call, agency, Said(acceptance.who, acceptance.at), connection)
