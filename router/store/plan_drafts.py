"""Plans that somebody is working on: kept as typed, with what they were a while ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from router.store.engine import BUSY_S
from router.store.plan_tables import plan_drafts
from router.store.rows import from_us, to_us
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

OPEN: Final = "open"
APPLIED: Final = "applied"
DROPPED: Final = "dropped"
ONE_STATE: Final = timedelta(seconds=60)
"""What is typed on one page within this is one state."""
KEPT: Final = 200
"""States kept of an account."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A state of somebody's plan.

    Attributes:
        id: in the order of being begun.
        base: number of the version that was in force when work on it began.
        text: as typed; it need not be a plan.
        saved: when it was typed last.
        state: ``open``: it is worked on.
    """

    id: int
    base: int
    text: str
    saved: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed.

    Attributes:
        account: whose. ``sitting``: the page on which it was typed.
        base: number of the version in force, for a draft that begins by this.
        text: as typed, ``at`` this time.
    """

    account: int
    sitting: str
    base: int
    text: str
    at: datetime


class DraftStore:
    """The drafts of all accounts; each sees its own.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def newest(self, account: int) -> Draft | None:
        """What the account is working on; None: nothing."""
        found = await self.listed(account, 1)
        return found[0] if found and found[0].state == OPEN else None

    async def listed(self, account: int, limit: int = KEPT) -> list[Draft]:
        """The account's states, newest first."""
        query = (
            select(*plan_drafts.columns)
            .where(plan_drafts.c.account == account)
            .order_by(plan_drafts.c.id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [_draft(row) for row in (await connection.execute(query)).mappings()]

    async def get(self, account: int, draft: int) -> Draft | None:
        """One of the account's states."""
        query = select(*plan_drafts.columns).where(
            plan_drafts.c.account == account, plan_drafts.c.id == draft
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else _draft(row)

    async def save(self, typed: Typed) -> None:
        """Keep what was typed; what another page has typed stays beside it."""
        await self._transactions.run(partial(_save, typed))

    async def finish(self, account: int, state: str) -> None:
        """Nothing is worked on any more: it was applied, or dropped."""
        await self._transactions.run(partial(_finish, account, state))


def _save(typed: Typed, connection: Connection) -> None:
    columns = plan_drafts.c
    newest = (
        select(*plan_drafts.columns)
        .where(columns.account == typed.account)
        .order_by(columns.id.desc())
        .limit(1)
    )
    last = connection.execute(newest).mappings().one_or_none()
    at, base = to_us(typed.at), typed.base
    if last is not None and last["state"] == OPEN:
        if last["text"] == typed.text:
            return
        base = last["base"]
        if last["sitting"] == typed.sitting and last["began"] > to_us(typed.at - ONE_STATE):
            values = {"text": typed.text, "saved": at}
            connection.execute(update(plan_drafts).where(columns.id == last["id"]).values(values))
            return
    row = {
        "account": typed.account,
        "sitting": typed.sitting,
        "base": base,
        "text": typed.text,
        "began": at,
        "saved": at,
        "state": OPEN,
    }
    connection.execute(insert(plan_drafts).values(row))
    _forget(typed.account, connection)


def _forget(account: int, connection: Connection) -> None:
    columns = plan_drafts.c
    beyond = (
        select(columns.id)
        .where(columns.account == account)
        .order_by(columns.id.desc())
        .offset(KEPT)
        .limit(1)
    )
    if (oldest := connection.execute(beyond).scalar()) is not None:
        connection.execute(
            delete(plan_drafts).where(columns.account == account, columns.id <= oldest)
        )


def _finish(account: int, state: str, connection: Connection) -> None:
    columns = plan_drafts.c
    connection.execute(
        update(plan_drafts)
        .where(columns.account == account, columns.state == OPEN)
        .values(state=state)
    )


def _draft(row: Any) -> Draft:
    return Draft(row["id"], row["base"], row["text"], from_us(row["saved"]), row["state"])
