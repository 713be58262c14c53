"""Log-ins and the browsers they came from, known by the digests of their words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, or_, select, update

from router.accounts.model import Account, Session
from router.accounts.trail import Actor, Deed
from router.store.account_tables import accounts, devices, sessions
from router.store.accounts import account_of, end_sessions
from router.store.engine import BUSY_S
from router.store.rows import from_us, to_us
from router.store.text import storable
from router.store.trail import Change, write
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping
    from sqlalchemy.ext.asyncio import AsyncEngine

AGENT_LIMIT: Final = 200
SEEN_EVERY: Final = timedelta(seconds=60)
"""How exactly it is known when a session was last seen: not each request writes."""
DEVICES: Final = 20
"""Browsers known of an account; the oldest go."""
KEPT: Final = timedelta(days=90)
"""How long a session that is over is still listed; what it did is in the trail."""

_SESSION: Final = [column.label(f"session_{column.name}") for column in sessions.columns]


class SessionStore:
    """The sessions.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def find(self, digest: str) -> tuple[Account, Session] | None:
        """The session of a word, and whose it is, over or not."""
        query = (
            select(*accounts.columns, *_SESSION)
            .join(sessions, sessions.c.account == accounts.c.id)
            .where(sessions.c.digest == digest)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else (account_of(row), _session_of(row))

    async def open(
        self, account: Account, digest: str, address: str, agent: str, now: datetime
    ) -> int:
        """Begin one; gives its id."""
        values = {
            "account": account.id,
            "digest": digest,
            "created": to_us(now),
            "seen": to_us(now),
            "address": storable(address),
            "agent": storable(agent, AGENT_LIMIT),
        }
        actor = Actor(account.name, address, now, account.id)
        return await self._transactions.run(partial(_open, values, actor))

    async def saw(self, session: Session, now: datetime) -> None:
        """Note that somebody is there, if it was not noted just now."""
        if now - session.seen >= SEEN_EVERY:
            seen = update(sessions).where(sessions.c.id == session.id).values(seen=to_us(now))
            await self._transactions.run(lambda connection: connection.execute(seen) and None)

    async def proved(self, session: int, now: datetime) -> None:
        """Note that the second factor was given."""
        proven = update(sessions).where(sessions.c.id == session).values(proved=to_us(now))
        await self._transactions.run(lambda connection: connection.execute(proven) and None)

    async def listed(self, account: int | None, limit: int = 200) -> list[tuple[Account, Session]]:
        """The newest sessions that were not ended, newest first: an account's, or all."""
        query = (
            select(*accounts.columns, *_SESSION)
            .join(sessions, sessions.c.account == accounts.c.id)
            .where(sessions.c.ended.is_(None))
            .order_by(sessions.c.seen.desc(), sessions.c.id.desc())
            .limit(limit)
        )
        if account is not None:
            query = query.where(sessions.c.account == account)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [(account_of(row), _session_of(row)) for row in rows]

    async def log_out(self, session: int, actor: Actor) -> None:
        """End one's own."""
        await self._transactions.run(partial(_end, session, None, Deed.LOGGED_OUT, actor))

    async def end(self, session: int, actor: Actor, account: int | None = None) -> bool:
        """End one from elsewhere; False: there is none that is not ended.

        With ``account``, only if it is this one's.
        """
        work = partial(_end, session, account, Deed.SESSION_ENDED, actor)
        return await self._transactions.run(work)

    async def end_all(self, account: Account, actor: Actor) -> int:
        """End all of an account but the actor's own; gives how many."""
        return await self._transactions.run(partial(_end_all, account, actor))

    async def know(self, account: int, digest: str, now: datetime) -> None:
        """Know a browser again."""
        await self._transactions.run(partial(_know, account, digest, now))

    async def knows(self, account: int, digest: str) -> int | None:
        """The id of the browser with this word, if the account has logged in from it."""
        query = select(devices.c.id).where(devices.c.digest == digest, devices.c.account == account)
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).scalar()


def _session_of(row: RowMapping) -> Session:
    value = {column.name: row[f"session_{column.name}"] for column in sessions.columns}
    return Session(
        id=value["id"],
        account=value["account"],
        created=from_us(value["created"]),
        seen=from_us(value["seen"]),
        proved=None if value["proved"] is None else from_us(value["proved"]),
        address=value["address"],
        agent=value["agent"],
        ended=None if value["ended"] is None else from_us(value["ended"]),
        why=value["why"],
    )


def _open(values: dict[str, object], actor: Actor, connection: Connection) -> int:
    before = to_us(actor.at - KEPT)
    old = sessions.c.seen < before
    connection.execute(delete(sessions).where(or_(old, sessions.c.ended < before)))
    session: int = connection.execute(
        insert(sessions).returning(sessions.c.id), values
    ).scalar_one()
    marked = replace(actor, session=session)
    write(connection, marked, Change(Deed.LOGGED_IN, actor.who, "", str(values["agent"])))
    return session


def _end(
    session: int,
    account: int | None,
    what: Deed,
    actor: Actor,
    connection: Connection,
) -> bool:
    wanted = [sessions.c.id == session, sessions.c.ended.is_(None)]
    if account is not None:
        wanted.append(sessions.c.account == account)
    query = (
        select(accounts.c.name).join(sessions, sessions.c.account == accounts.c.id).where(*wanted)
    )
    name = connection.execute(query).scalar()
    if name is None:
        return False
    ending = update(sessions).where(sessions.c.id == session)
    connection.execute(ending.values(ended=to_us(actor.at), why=what.value))
    write(connection, actor, Change(what, name, str(session), ""))
    return True


def _end_all(account: Account, actor: Actor, connection: Connection) -> int:
    own = actor.session if actor.account == account.id else None
    ended = end_sessions(connection, account.id, actor.at, Deed.SESSION_ENDED.value, but=own)
    connection.execute(delete(devices).where(devices.c.account == account.id))
    if ended:
        write(connection, actor, Change(Deed.SESSION_ENDED, account.name, str(ended), ""))
    return ended


def _know(account: int, digest: str, now: datetime, connection: Connection) -> None:
    values = {"account": account, "digest": digest, "created": to_us(now)}
    connection.execute(insert(devices), values)
    newest = (
        select(devices.c.id)
        .where(devices.c.account == account)
        .order_by(devices.c.id.desc())
        .limit(DEVICES)
    )
    theirs = devices.c.account == account
    connection.execute(delete(devices).where(theirs, devices.c.id.not_in(newest)))
