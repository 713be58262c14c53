"""The outbox as people look at it: what was told to whom, what became of it, tried once more."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, literal_column, or_, select, update

from router.store.engine import WRITE
from router.store.outbox import NOT_NEEDED
from router.store.report_tables import HOUR
from router.store.rows import from_us, to_us
from router.store.tables import acceptances, calls, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select
    from sqlalchemy.ext.asyncio import AsyncEngine


class State(StrEnum):
    """What became of a message."""

    SENT = "sent"
    WAITING = "waiting"
    NOT_NEEDED = "not_needed"
    """Somebody had accepted before its turn came."""
    DEAD = "dead"
    """Never taken, and not tried again."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        id: names it at the command line.
        call: id of the call.
        agency: whom it concerns, by ``target`` on ``channel``.
        event: what it tells.
        due: when it was, or is, first to be sent, UTC.
        state: what became of it; ``sent`` is when, ``attempts`` how often in vain, ``error`` why.
        asks: it could be accepted, by whoever got it.
        accepted: when the agency accepted the call, if it did, and ``accepted_by`` whom.
    """

    id: str
    call: str
    agency: str
    channel: str
    target: str
    event: str
    due: datetime
    state: State
    sent: datetime | None
    attempts: int
    error: str | None
    asks: bool
    accepted: datetime | None
    accepted_by: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Calls that an agency's contacts were asked to accept, and that it answered alike.

    Attributes:
        hour: when the hour in which they began begins, microseconds.
        tenths: of a second from when the first contact was to be told until the agency accepted,
            rounded up; None: it did not.
        calls: how many.
    """

    agency: str
    hour: int
    tenths: int | None
    calls: int


_DEAD: Final = and_(outbox.c.given_up.is_not(None), outbox.c.last_error != NOT_NEEDED)


class MessageReader:
    """Reads messages, from any process.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def latest(self, limit: int, *, dead: bool = False) -> list[Message]:
        """The latest, oldest first; with ``dead`` only those that never arrived."""
        query = _with_acceptance().order_by(outbox.c.created.desc(), outbox.c.id).limit(limit)
        if dead:
            query = query.where(_DEAD)
        async with self._engine.connect() as connection:
            return [_message(row) for row in await connection.execute(query)][::-1]

    async def asked(self, begin: datetime, end: datetime) -> list[Asked]:
        """What agencies were asked to accept, of calls from ``begin`` on and before ``end``."""
        first = (
            select(
                outbox.c.node,
                outbox.c.call_id,
                outbox.c.agency,
                calls.c.began,
                func.min(outbox.c.created).label("told"),
            )
            .join(calls, and_(calls.c.node == outbox.c.node, calls.c.id == outbox.c.call_id))
            .where(
                outbox.c.token.is_not(None),
                calls.c.began >= to_us(begin),
                calls.c.began < to_us(end),
            )
            .group_by(outbox.c.node, outbox.c.call_id, outbox.c.agency, calls.c.began)
            .subquery()
        )
        # A clock that was set back must not make a wait shorter than none.
        wait = acceptances.c.at - first.c.told
        tenths = case(
            (acceptances.c.at.is_(None), None), (wait <= 0, 0), else_=(wait + 99_999) // 100_000
        )
        hour = (first.c.began // HOUR * HOUR).label("hour")
        query = (
            select(first.c.agency, hour, tenths.label("tenths"), func.count())
            .outerjoin(
                acceptances,
                and_(
                    acceptances.c.node == first.c.node,
                    acceptances.c.call_id == first.c.call_id,
                    acceptances.c.agency == first.c.agency,
                ),
            )
            .group_by(first.c.agency, literal_column("hour"), literal_column("tenths"))
        )
        async with self._engine.connect() as connection:
            return [Asked(*row) for row in await connection.execute(query)]

    async def retry(self, message: str, now: datetime) -> bool:
        """Have one that never arrived tried once more, as if it were new; False: it is none."""
        again = (
            update(outbox)
            .where(outbox.c.id == message, _DEAD)
            .values(given_up=None, attempts=0, created=to_us(now), next_try=to_us(now))
        )
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(**{WRITE: True})
            async with connection.begin():
                return (await connection.execute(again)).rowcount == 1


def messages_of(connection: Connection, calls_: Sequence[tuple[str, str]]) -> list[Message]:
    """Those about calls, told by node and id, in the order in which they were due."""
    table = outbox.c
    mine = or_(*(and_(table.node == node, table.call_id == call) for node, call in calls_))
    query = _with_acceptance().where(mine).order_by(table.created, table.id)
    return [_message(row) for row in connection.execute(query)]


def _with_acceptance() -> Select[Any]:
    return select(outbox, acceptances.c.at.label("accepted"), acceptances.c.who).outerjoin(
        acceptances,
        and_(
            acceptances.c.node == outbox.c.node,
            acceptances.c.call_id == outbox.c.call_id,
            acceptances.c.agency == outbox.c.agency,
        ),
    )


def _message(row: Row[tuple[object, ...]]) -> Message:
    if row.delivered is not None:
        state = State.SENT
    elif row.given_up is None:
        state = State.WAITING
    else:
        state = State.NOT_NEEDED if row.last_error == NOT_NEEDED else State.DEAD
    return Message(
        id=row.id,
        call=row.call_id,
        agency=row.agency,
        channel=row.channel,
        target=row.target or "",
        event=row.event,
        due=from_us(row.created),
        state=state,
        sent=None if row.delivered is None else from_us(row.delivered),
        attempts=row.attempts - (state is State.SENT),
        error=row.last_error,
        asks=row.token is not None,
        accepted=None if row.accepted is None else from_us(row.accepted),
        accepted_by=row.who,
    )
