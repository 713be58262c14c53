"""The outbox: notifications that are on their way, kept until they have arrived.

A notification enters it in the transaction of the record that causes it (by the writer), so there
is none without its call and no call without its own. One that may be needed later, because nobody
accepts what others were told, enters it with them, and is due later: nothing but the outbox has to
remember it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, and_, cast, exists, func, literal, or_, select, true, update

from router.store.engine import WRITE
from router.store.rows import to_us
from router.store.tables import acceptances, calls, outbox
from router.store.text import storable

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select, Table
    from sqlalchemy.ext.asyncio import AsyncEngine

ADOPT_AFTER: Final = timedelta(seconds=60)
"""Overdue by this much, a notification is delivered by any node: its own is gone or behind."""
NOT_NEEDED: Final = "accepted"
"""In place of an error: it was not sent, because somebody of the agency had accepted."""
CLAIM: Final = timedelta(seconds=120)
"""How long what a node has taken to send is left alone by the others: longer than any try."""
_ERROR_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Notification:
    """One message for one agency about one call.

    Attributes:
        id: the same whenever the same thing is said again, so that it is kept and sent once.
        node: node of the call.
        call_id: the call.
        agency: whom it concerns.
        event: what happened, for example ``call_ringing``.
        channel: how it is delivered, for example ``webhook``.
        payload: JSON text.
        created: when it is due first, in UTC.
        target: to whom, on the channel; what one target is told arrives in its order.
        step: 0, or by how many it comes after the first: not at all if one of those is accepted.
        token: secret of the page on which it is accepted; empty: there is none.
    """

    id: str
    node: str
    call_id: str
    agency: str
    event: str
    channel: str
    payload: str
    created: datetime
    target: str = ""
    step: int = 0
    token: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A notification that is to be tried now.

    Attributes:
        id: of the notification.
        call_id: the call, for logs.
        agency: whom it concerns, for logs.
        payload: JSON text.
        created_us: when it was due first, microseconds since 1970.
        attempts: failed so far.
        target: to whom.
        moot: it is not needed any more: somebody of the agency has accepted, or has the call.
    """

    id: str
    call_id: str
    agency: str
    payload: str
    created_us: int
    attempts: int
    target: str = ""
    moot: bool = False


def to_outbox_row(notification: Notification) -> dict[str, Any]:
    """The row of a new notification, due at once.

    Raises:
        TypeError: its time is not aware.
    """
    created = to_us(notification.created)
    return {
        "id": storable(notification.id),
        "node": storable(notification.node),
        "call_id": storable(notification.call_id),
        "agency": storable(notification.agency),
        "event": storable(notification.event),
        "channel": storable(notification.channel),
        "payload": storable(notification.payload, len(notification.payload)),
        "created": created,
        "attempts": 0,
        "next_try": created,
        "delivered": None,
        "given_up": None,
        "last_error": None,
        "target": storable(notification.target) or None,
        "step": notification.step,
        "token": notification.token or None,
    }


_ACCEPTED: Final = exists().where(
    acceptances.c.node == outbox.c.node,
    acceptances.c.call_id == outbox.c.call_id,
    acceptances.c.agency == outbox.c.agency,
)
_ANSWERED: Final = exists().where(
    calls.c.node == outbox.c.node,
    calls.c.id == outbox.c.call_id,
    calls.c.answered_by == outbox.c.agency,
)
_MOOT: Final = and_(func.coalesce(outbox.c.step, 0) > 0, or_(_ACCEPTED, _ANSWERED))


def _behind(table: Table, now_us: int) -> ColumnElement[bool]:
    """Whether something older is still on its way to the same target."""
    older = table.alias("older")
    same = [older.c.channel == table.c.channel] if "channel" in table.c else []
    return exists().where(
        *same,
        older.c.target == table.c.target,
        older.c.delivered.is_(None),
        older.c.given_up.is_(None),
        # One that is only due later, and was never tried, holds up nothing.
        or_(older.c.attempts > 0, older.c.next_try <= now_us),
        or_(
            older.c.created < table.c.created,
            and_(older.c.created == table.c.created, older.c.id < table.c.id),
        ),
    )


class Queue:
    """A table of what is on its way, as a worker sees it.

    Args:
        engine: of the database.
        node: whose worker it is.
        table: where it lies; has the columns of ``outbox``, a channel and an agency apart.
        mine: what of it is this worker's.
        moot: what is not to be sent any more.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        node: str,
        table: Table,
        mine: ColumnElement[bool],
        moot: ColumnElement[bool],
    ) -> None:
        self._engine = engine
        self._node = node
        self._table = table
        self._moot = moot
        self._waiting = (mine, table.c.delivered.is_(None), table.c.given_up.is_(None))

    async def due(self, now: datetime, limit: int, without: Collection[str] = ()) -> list[Due]:
        """Up to ``limit`` of what is to be tried now, oldest first, but those in ``without``.

        Those of this node, or of none, and those that another node has left lying; of one target,
        the oldest that has not arrived, and no other. On PostgreSQL, which several nodes share,
        what is given is claimed: no other node is given it until this one has noted what became
        of it, or is gone for :data:`CLAIM`. What another is just claiming is passed by.
        """
        left_lying = to_us(now - ADOPT_AFTER)
        table = self._table
        query = (
            select(
                table.c.id,
                table.c.call_id,
                table.c.agency if "agency" in table.c else literal(""),
                table.c.payload,
                table.c.created,
                table.c.attempts,
                func.coalesce(cast(table.c.target, Text), "").label("target"),
                self._moot.label("moot"),
            )
            .where(
                *self._waiting,
                table.c.next_try <= to_us(now),
                or_(table.c.node.in_((self._node, "")), table.c.next_try <= left_lying),
                table.c.id.not_in(list(without)),
                self._in_turn(to_us(now)),
            )
            .order_by(table.c.created, table.c.id)
            .limit(limit)
        )
        if self._engine.dialect.name == "postgresql":
            return await self._claimed(query, now)
        async with self._engine.connect() as connection:
            return [Due(*row) for row in await connection.execute(query)]

    async def _claimed(self, query: Select[Any], now: datetime) -> list[Due]:
        table = self._table
        free = or_(self._mine(), table.c.claimed_until <= to_us(now))
        locked = query.where(free).with_for_update(of=table, skip_locked=True)
        async with self._engine.begin() as connection:
            due = [Due(*row) for row in await connection.execute(locked)]
            if due:
                await connection.execute(
                    update(table)
                    .where(table.c.id.in_([each.id for each in due]))
                    .values(claimed_by=self._node, claimed_until=to_us(now + CLAIM))
                )
            return due

    def _mine(self) -> ColumnElement[bool]:
        """Whether no other node has claimed it."""
        claimer = self._table.c.claimed_by
        return or_(claimer.is_(None), claimer == self._node)

    def _in_turn(self, now_us: int) -> ColumnElement[bool]:
        """Whether nothing goes before it."""
        return ~_behind(self._table, now_us)

    async def waiting(self) -> tuple[int, int | None]:
        """How many are on their way, and when the oldest was made (microseconds since 1970)."""
        query = select(func.count(), func.min(self._table.c.created)).where(*self._waiting)
        async with self._engine.connect() as connection:
            count, oldest = (await connection.execute(query)).one()
        return count, oldest

    async def delivered(self, due: Due, now: datetime) -> None:
        """It has arrived."""
        await self._settle(due, delivered=to_us(now), last_error=None)

    async def failed(self, due: Due, next_try: datetime, error: str) -> None:
        """It has not, and is tried again at ``next_try``."""
        await self._settle(due, next_try=to_us(next_try), last_error=error)

    async def given_up(self, due: Due, now: datetime, error: str) -> None:
        """It is not tried again; the row stays."""
        await self._settle(due, given_up=to_us(now), last_error=error)

    async def not_needed(self, due: Due, now: datetime) -> None:
        """It was moot when it came to be sent, and is not sent."""
        await self._settle(due, given_up=to_us(now), last_error=NOT_NEEDED)

    async def _settle(self, due: Due, *, last_error: str | None, **values: int) -> None:
        table = self._table
        # That it has arrived counts whoever says so; of what failed, only the claimer knows.
        knows = true() if "delivered" in values else self._mine()
        statement = (
            update(table)
            .where(table.c.id == due.id, table.c.delivered.is_(None), knows)
            .values(
                attempts=due.attempts + 1,
                last_error=None if last_error is None else storable(last_error, _ERROR_LIMIT),
                claimed_by=None,
                claimed_until=None,
                **values,
            )
        )
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(**{WRITE: True})
            async with connection.begin():
                await connection.execute(statement)


class Outbox(Queue):
    """The notifications of one channel."""

    def __init__(self, engine: AsyncEngine, node: str, channel: str) -> None:
        super().__init__(engine, node, outbox, outbox.c.channel == channel, _MOOT)
