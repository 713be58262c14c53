"""Plans that an admin asks another one to approve: each answered once, and written down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, insert, or_, select, update

from router.accounts.trail import Deed
from router.store.engine import BUSY_S
from router.store.plan_tables import plan_requests
from router.store.rows import from_us, to_us
from router.store.text import storable
from router.store.trail import Change, write
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.accounts.trail import Actor

OPEN: Final = "open"
APPLYING: Final = "applying"
"""Approved; the router is putting it in force."""
APPLIED: Final = "applied"
REFUSED: Final = "refused"
WITHDRAWN: Final = "withdrawn"
EDITED: Final = "edited"
"""The draft is another one than was asked for."""
LASTS: Final = timedelta(days=3)
"""A request that nobody answers ends after this."""
AT_WORK: Final = timedelta(seconds=150)
"""Longer than the router takes to put a plan in force: after it, the approval came to nothing."""
KEPT: Final = 50
"""Requests kept, of all accounts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be approved.

    Attributes:
        text: of the plan. ``version``: its hash.
        base: number of the version in whose place it is to be.
        why: the reason. ``number``: of the earlier version that it is; 0: a draft.
    """

    text: str
    version: str
    base: int
    why: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody's wish, and what became of it.

    Attributes:
        account: who asked, by the name ``who``. ``at``: when. ``until``: it ends by itself then.
        state: as it was left; that nobody answered in time is not in it.
        answered: when. ``answered_by``: name of who approved or refused. ``words``: why not.
    """

    id: int
    account: int
    who: str
    at: datetime
    until: datetime
    asked: Asked
    state: str
    answered: datetime | None
    answered_by: str
    words: str


class RequestStore:
    """The requests of all accounts.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def listed(self, limit: int = KEPT) -> list[Request]:
        """The newest ones, newest first."""
        query = select(plan_requests).order_by(plan_requests.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [_request(row) for row in (await connection.execute(query)).mappings()]

    async def get(self, request: int) -> Request | None:
        """One of them."""
        query = select(plan_requests).where(plan_requests.c.id == request)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else _request(row)

    async def ask(self, asked: Asked, actor: Actor) -> int:
        """Ask; what the same account asked before is withdrawn. Gives its id."""
        return await self._transactions.run(partial(_ask, asked, actor))

    async def approve(self, request: int, actor: Actor) -> bool:
        """Take it upon oneself to put it in force; False: it is not to be had, or one's own."""
        return await self._transactions.run(partial(_approve, request, actor))

    async def finish(self, request: int, *, is_applied: bool) -> None:
        """It is in force; or it came to nothing, and may be approved again."""
        values = {"state": APPLIED if is_applied else OPEN}
        await self._transactions.run(partial(_finish, request, values))

    async def refuse(self, request: int, words: str, actor: Actor) -> bool:
        """Say no; False: it is not to be had, or one's own."""
        return await self._transactions.run(partial(_refuse, request, words, actor))

    async def withdraw(self, request: int, actor: Actor) -> bool:
        """Take one's own back; False: it was answered, or is another's."""
        return await self._transactions.run(partial(_withdraw, request, actor))

    async def edited(self, version: str, actor: Actor) -> None:
        """The account's draft is this now; what was asked for another text is void."""
        await self._transactions.run(partial(_edited, version, actor))


_row = plan_requests.c


def _ask(asked: Asked, actor: Actor, connection: Connection) -> int:
    before = and_(_row.account == actor.account, _row.state == OPEN)
    _end(before, WITHDRAWN, actor, connection)
    values = {
        "account": actor.account,
        "who": storable(actor.who),
        "at": to_us(actor.at),
        "until": to_us(actor.at + LASTS),
        "number": asked.number,
        "base": asked.base,
        "version": asked.version,
        "text": asked.text,
        "why": storable(asked.why),
        "state": OPEN,
        "answered_by": "",
        "words": "",
    }
    inserted = connection.execute(insert(plan_requests).values(values)).inserted_primary_key
    made = int(inserted[0]) if inserted else 0
    connection.execute(delete(plan_requests).where(_row.id <= made - KEPT))
    write(connection, actor, Change(Deed.PLAN_ASKED, asked.version, f"#{asked.base}", asked.why))
    return made


def _approve(request: int, actor: Actor, connection: Connection) -> bool:
    stale = and_(_row.state == APPLYING, _row.answered < to_us(actor.at - AT_WORK))
    condition = and_(
        _row.id == request,
        _row.account != actor.account,
        _row.until > to_us(actor.at),
        or_(_row.state == OPEN, stale),
    )
    return _answer(condition, APPLYING, Deed.PLAN_APPROVED, actor, connection)


def _refuse(request: int, words: str, actor: Actor, connection: Connection) -> bool:
    condition = and_(_row.id == request, _row.account != actor.account, _row.state == OPEN)
    return _answer(condition, REFUSED, Deed.PLAN_REFUSED, actor, connection, words)


def _answer(  # noqa: PLR0913, PLR0917 (one transaction's parts)
    condition: ColumnElement[bool],
    state: str,
    deed: Deed,
    actor: Actor,
    connection: Connection,
    words: str = "",
) -> bool:
    """Answer the one that is still to be answered: of two at once, the second finds none."""
    found = connection.execute(
        update(plan_requests)
        .where(condition)
        .values(
            state=state,
            answered=to_us(actor.at),
            answered_by=storable(actor.who),
            words=storable(words),
        )
        .returning(_row.who, _row.version, _row.why)
    ).one_or_none()
    if found is None:
        return False
    write(connection, actor, Change(deed, found.version, f"{found.who}: {found.why}", words))
    return True


def _finish(request: int, values: dict[str, str], connection: Connection) -> None:
    condition = and_(_row.id == request, _row.state == APPLYING)
    connection.execute(update(plan_requests).where(condition).values(values))


def _withdraw(request: int, actor: Actor, connection: Connection) -> bool:
    condition = and_(_row.id == request, _row.account == actor.account, _row.state == OPEN)
    return _end(condition, WITHDRAWN, actor, connection)


def _edited(version: str, actor: Actor, connection: Connection) -> None:
    condition = and_(
        _row.account == actor.account,
        _row.state == OPEN,
        _row.number == 0,
        _row.version != version,
    )
    _end(condition, EDITED, actor, connection)


def _end(condition: ColumnElement[bool], state: str, actor: Actor, connection: Connection) -> bool:
    """End requests by the one who asked."""
    found = connection.execute(
        update(plan_requests)
        .where(condition)
        .values(state=state, answered=to_us(actor.at))
        .returning(_row.version, _row.why)
    ).all()
    changes = [Change(Deed.PLAN_WITHDRAWN, row.version, row.why, state) for row in found]
    write(connection, actor, *changes)
    return bool(found)


def _request(row: Any) -> Request:
    answered = row["answered"]
    return Request(
        row["id"],
        row["account"],
        row["who"],
        from_us(row["at"]),
        from_us(row["until"]),
        Asked(row["text"], row["version"], row["base"], row["why"], row["number"]),
        row["state"],
        None if answered is None else from_us(answered),
        row["answered_by"],
        row["words"],
    )
