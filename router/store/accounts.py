"""Accounts: made, changed and found; each change leaves its row in the trail.

A change of who somebody is, or of how they prove it, ends their sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, text, update

from router.accounts.errors import LastAdminError, NameTakenError, UnknownAccountError
from router.accounts.model import Account, Role, checked_name, key
from router.accounts.trail import Deed
from router.store.account_tables import accounts, devices, sessions
from router.store.engine import BUSY_S
from router.store.rows import from_us, to_us
from router.store.trail import Change, write
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.accounts.trail import Actor

    _Work = Callable[[Account, Actor, Connection], None]

_LOCK: Final = 0x51A6A114
"""Key of PostgreSQL's advisory lock."""


class AccountStore:
    """The accounts.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def listed(self) -> list[Account]:
        """All of them, by name."""
        query = select(*accounts.columns).order_by(accounts.c.key)
        async with self._engine.connect() as connection:
            return [account_of(row) for row in (await connection.execute(query)).mappings()]

    async def named(self, name: str) -> Account | None:
        """The one with this name, however it is written."""
        query = select(*accounts.columns).where(accounts.c.key == key(name))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else account_of(row)

    async def get(self, account: int) -> Account | None:
        """One of them."""
        query = select(*accounts.columns).where(accounts.c.id == account)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else account_of(row)

    async def is_empty(self) -> bool:
        """Whether there is none at all."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(accounts.c.id).limit(1))).first() is None

    async def first(self, name: str, password: str, actor: Actor) -> Account | None:
        """Make the first admin; None: there is an account already.

        Args:
            name: of the account.
            password: the hash of a one-time password.
            actor: who does it.
        """
        work = partial(_first, checked_name(name), password, actor)
        return await self._transactions.run(work)

    async def add(self, name: str, role: Role, password: str, actor: Actor) -> Account:
        """Make an account with a one-time password, given as its hash.

        Raises:
            WrongNameError, NameTakenError: none was made.
        """
        work = partial(_add, checked_name(name), role, password, actor)
        return await self._transactions.run(work)

    async def reset(self, account: int, password: str, actor: Actor) -> None:
        """Give a one-time password, by its hash, and take away the second factor.

        Raises:
            UnknownAccountError: there is no such account.
        """
        values = {"password": password, "one_time": 1, "secret": None, "last_step": None}
        change = partial(_changed, _Edit(values, Deed.PASSWORD_RESET))
        await self._transactions.run(partial(_with_end, account, actor, change))

    async def change_password(self, account: int, password: str, actor: Actor) -> None:
        """Take the password, by its hash, that somebody has chosen; ends their other sessions.

        Raises:
            UnknownAccountError: there is no such account.
        """
        values = {"password": password, "one_time": 0}
        change = partial(_changed, _Edit(values, Deed.PASSWORD_CHANGED))
        await self._transactions.run(partial(_with_end, account, actor, change))

    async def renew_hash(self, account: int, password: str) -> None:
        """Keep the same password by a hash of newer parameters."""
        values = {"password": password}
        await self._transactions.run(partial(_plainly, account, values))

    async def change_role(self, account: int, role: Role, actor: Actor) -> None:
        """Give an account another role.

        Raises:
            UnknownAccountError, LastAdminError: nothing was changed.
        """
        await self._transactions.run(partial(_role, account, role, actor))

    async def disable(self, account: int, actor: Actor) -> None:
        """Let somebody log in no more.

        Raises:
            UnknownAccountError, LastAdminError: nothing was changed.
        """
        await self._transactions.run(partial(_disable, account, actor))

    async def enable(self, account: int, actor: Actor) -> None:
        """Let them again.

        Raises:
            UnknownAccountError: there is no such account.
        """
        change = partial(_changed, _Edit({"disabled": None}, Deed.ACCOUNT_ENABLED))
        await self._transactions.run(partial(_known, account, actor, change))

    async def enrol(self, account: int, secret: str, step: int, actor: Actor) -> bool:
        """Take a second factor, proven by its code of this step; False: there is one already."""
        return await self._transactions.run(partial(_enrol, account, secret, step, actor))

    async def use_code(self, account: int, step: int) -> bool:
        """Use the code of a time step up; False: it, or a later one, was used before."""
        return await self._transactions.run(partial(_use, account, step))

    async def remove_factor(self, account: int, actor: Actor) -> None:
        """Take away the second factor.

        Raises:
            UnknownAccountError: there is no such account.
        """
        values = {"secret": None, "last_step": None}
        change = partial(_changed, _Edit(values, Deed.FACTOR_REMOVED))
        await self._transactions.run(partial(_with_end, account, actor, change))

    async def speak(self, account: int, language: str, actor: Actor) -> None:
        """Keep the language that somebody reads.

        Raises:
            UnknownAccountError: there is no such account.
        """
        change = partial(_spoken, language)
        await self._transactions.run(partial(_known, account, actor, change))


def account_of(row: RowMapping) -> Account:
    """The account of a row."""
    return Account(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        password=row["password"],
        one_time=bool(row["one_time"]),
        secret=row["secret"],
        last_step=row["last_step"],
        language=row["language"],
        created=from_us(row["created"]),
        disabled=None if row["disabled"] is None else from_us(row["disabled"]),
    )


def end_sessions(
    connection: Connection, account: int, now: datetime, why: str, but: int | None = None
) -> int:
    """End an account's sessions, all but one; gives how many."""
    theirs = [sessions.c.account == account, sessions.c.ended.is_(None)]
    if but is not None:
        theirs.append(sessions.c.id != but)
    ending = update(sessions).where(*theirs)
    return connection.execute(ending.values(ended=to_us(now), why=why)).rowcount


def _lock(connection: Connection) -> None:
    """Accounts are made one after the other, also on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _first(name: str, password: str, actor: Actor, connection: Connection) -> Account | None:
    _lock(connection)
    if connection.execute(select(accounts.c.id).limit(1)).first() is not None:
        return None
    return _add(name, Role.ADMIN, password, actor, connection)


def _add(name: str, role: Role, password: str, actor: Actor, connection: Connection) -> Account:
    _lock(connection)
    same = select(accounts.c.id).where(accounts.c.key == key(name))
    if connection.execute(same).first() is not None:
        raise NameTakenError(f"Nama {name} sudah dipakai.\nThe name {name} is taken.")
    values = {
        "name": name,
        "key": key(name),
        "role": role.value,
        "password": password,
        "one_time": 1,
        "created": to_us(actor.at),
    }
    made = connection.execute(insert(accounts).returning(*accounts.columns), values)
    account = account_of(made.mappings().one())
    write(connection, actor, Change(Deed.ACCOUNT_ADDED, name, "", role.value))
    return account


def _found(connection: Connection, account: int) -> Account:
    query = select(*accounts.columns).where(accounts.c.id == account)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownAccountError("Tidak ada akun itu.\nThere is no such account.")
    return account_of(row)


def _plainly(account: int, values: Mapping[str, Any], connection: Connection) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account).values(values))


def _known(account: int, actor: Actor, change: _Work, connection: Connection) -> None:
    found = _found(connection, account)
    change(found, actor, connection)


def _with_end(account: int, actor: Actor, change: _Work, connection: Connection) -> None:
    """A change after which whoever is logged in elsewhere has to prove anew who they are."""
    _known(account, actor, change, connection)
    own = actor.session if actor.account == account else None
    end_sessions(connection, account, actor.at, "changed", but=own)
    connection.execute(delete(devices).where(devices.c.account == account))


@dataclass(frozen=True, slots=True)
class _Edit:
    """Other values of an account, and how the trail tells of them."""

    values: Mapping[str, Any]
    what: Deed
    old: str = ""
    new: str = ""


def _changed(edit: _Edit, found: Account, actor: Actor, connection: Connection) -> None:
    _plainly(found.id, edit.values, connection)
    write(connection, actor, Change(edit.what, found.name, edit.old, edit.new))


def _spoken(language: str, found: Account, actor: Actor, connection: Connection) -> None:
    if found.language != language:
        old, values = found.language or "", {"language": language}
        edit = _Edit(values, Deed.LANGUAGE_CHANGED, old, language)
        _changed(edit, found, actor, connection)


def _role(account: int, role: Role, actor: Actor, connection: Connection) -> None:
    found = _found(connection, account)
    if found.role is role:
        return
    if found.role is Role.ADMIN:
        _not_the_last(connection, found)
    values = {"role": role.value}
    edit = _Edit(values, Deed.ROLE_CHANGED, found.role.value, role.value)
    _changed(edit, found, actor, connection)
    end_sessions(connection, account, actor.at, "changed")


def _disable(account: int, actor: Actor, connection: Connection) -> None:
    found = _found(connection, account)
    if found.disabled is not None:
        return
    if found.role is Role.ADMIN:
        _not_the_last(connection, found)
    _changed(_Edit({"disabled": to_us(actor.at)}, Deed.ACCOUNT_DISABLED), found, actor, connection)
    end_sessions(connection, account, actor.at, "disabled")


def _not_the_last(connection: Connection, found: Account) -> None:
    """PostgreSQL: the rows are locked, so that two who go at once do not both stay under it."""
    admins = select(accounts.c.id).where(
        accounts.c.role == Role.ADMIN.value, accounts.c.disabled.is_(None)
    )
    others = [row.id for row in connection.execute(admins.with_for_update()) if row.id != found.id]
    if not others and found.disabled is None:
        raise LastAdminError(
            "Ini admin terakhir: buat admin lain dulu.\nThis is the last admin: make another first."
        )


def _enrol(account: int, secret: str, step: int, actor: Actor, connection: Connection) -> bool:
    mine = (accounts.c.id == account, accounts.c.secret.is_(None))
    values = {"secret": secret, "last_step": step}
    if connection.execute(update(accounts).where(*mine).values(values)).rowcount == 0:
        return False
    write(connection, actor, Change(Deed.FACTOR_ENROLLED, _found(connection, account).name))
    if actor.session is not None:
        proven = update(sessions).where(sessions.c.id == actor.session)
        connection.execute(proven.values(proved=to_us(actor.at)))
    end_sessions(connection, account, actor.at, "changed", but=actor.session)
    return True


def _use(account: int, step: int, connection: Connection) -> bool:
    unused = (accounts.c.id == account, func.coalesce(accounts.c.last_step, -1) < step)
    using = update(accounts).where(*unused).values(last_step=step)
    return connection.execute(using).rowcount == 1
