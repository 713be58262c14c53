"""``siaga112 accounts``: who may log in to the console, from the machine's own shell.

Whoever has the machine has the centre: no password is asked for here. It is the way back in when
nobody can log in any more, and every use of it stands in the audit log.
"""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.printing import printable
from ops.storage.database import opened
from router.accounts import passwords
from router.accounts.errors import AccountError, UnknownAccountError
from router.accounts.model import Role
from router.accounts.trail import SHELL, Actor
from router.store.accounts import AccountStore
from router.store.sessions import SessionStore
from siaga.plan.versions import person
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.accounts.model import Account
    from siaga.settings import Settings

FIRST: Final = "admin"
"""Name of the account that a centre's first start makes."""


@asynccontextmanager
async def _stores(settings: Settings) -> AsyncIterator[tuple[AccountStore, SessionStore]]:
    async with opened(settings) as engine:
        accounts, sessions = AccountStore(engine), SessionStore(engine)
        try:
            yield accounts, sessions
        finally:
            accounts.close()
            sessions.close()


def _actor(by: str | None) -> Actor:
    return Actor(person(by), SHELL, datetime.now(UTC))


async def first_admin(settings: Settings) -> tuple[str, str] | None:
    """Make the first admin: name and one-time password; None: there is an account already.

    Raises:
        SiagaError: the database does not work now.
    """
    async with _stores(settings) as (accounts, _):
        if not await accounts.is_empty():
            return None
        password = passwords.one_time()
        made = await accounts.first(FIRST, passwords.hashed(password), _actor(None))
    return None if made is None else (made.name, password)


async def first_password_stands(settings: Settings) -> bool:
    """Whether the first admin has not changed the one-time password yet.

    Raises:
        SiagaError: the database does not work now.
    """
    async with _stores(settings) as (accounts, _):
        found = await accounts.named(FIRST)
        return found is not None and found.one_time


async def show(settings: Settings, *, as_json: bool) -> None:
    """Print all accounts."""
    async with _stores(settings) as (accounts, sessions):
        listed, open_ = await accounts.listed(), await sessions.listed(None, 10_000)
    seen: dict[int, datetime] = {}
    for account, session in open_:
        seen[account.id] = max(session.seen, seen.get(account.id, session.seen))
    if as_json:
        for account in listed:
            sys.stdout.write(json.dumps(_row(account, seen.get(account.id))) + "\n")
        return
    table = Table()
    for heading in (
        "Nama / name",
        "Peran / role",
        "Kode / codes",
        "Keadaan / state",
        "Terlihat / seen",
    ):
        table.add_column(heading)
    for account in listed:
        row = _row(account, seen.get(account.id))
        codes, last = "ya / yes" if row["codes"] else "-", str(row["seen"] or "-")
        table.add_row(Text(printable(account.name)), account.role, codes, str(row["state"]), last)
    Console().print(table)


def _row(account: Account, seen: datetime | None) -> dict[str, object]:
    state = "one_time" if account.one_time else "active"
    return {
        "name": account.name,
        "role": account.role.value,
        "codes": account.secret is not None,
        "state": "disabled" if account.disabled else state,
        "created": account.created.isoformat(timespec="seconds"),
        "seen": None if seen is None else seen.isoformat(timespec="seconds"),
    }


async def add(settings: Settings, name: str, role: str, by: str | None) -> str:
    """Make an account; gives what to say.

    Raises:
        AccountError: none was made.
    """
    password = passwords.one_time()
    async with _stores(settings) as (accounts, _):
        hashed = passwords.hashed(password)
        made = await accounts.add(name, _role(role), hashed, _actor(by))
    return _given(made.name, password)


async def reset(settings: Settings, name: str, by: str | None) -> str:
    """Give a new one-time password, and take away the second factor; gives what to say.

    Raises:
        AccountError: there is no such account.
    """
    password = passwords.one_time()
    async with _stores(settings) as (accounts, _):
        found = await _found(accounts, name)
        await accounts.reset(found.id, passwords.hashed(password), _actor(by))
        if found.disabled is not None:
            await accounts.enable(found.id, _actor(by))
    return _given(found.name, password)


async def change_role(settings: Settings, name: str, role: str, by: str | None) -> str:
    """Give an account another role; gives what to say.

    Raises:
        AccountError: nothing was changed.
    """
    async with _stores(settings) as (accounts, _):
        found = await _found(accounts, name)
        await accounts.change_role(found.id, _role(role), _actor(by))
    return f"{found.name}: {role}"


async def disable(settings: Settings, name: str, by: str | None) -> str:
    """Let somebody log in no more; gives what to say.

    Raises:
        AccountError: nothing was changed.
    """
    async with _stores(settings) as (accounts, _):
        found = await _found(accounts, name)
        await accounts.disable(found.id, _actor(by))
    return f"{found.name}: dinonaktifkan / disabled"


async def enable(settings: Settings, name: str, by: str | None) -> str:
    """Let them again; gives what to say.

    Raises:
        AccountError: there is no such account.
    """
    async with _stores(settings) as (accounts, _):
        found = await _found(accounts, name)
        await accounts.enable(found.id, _actor(by))
    return f"{found.name}: aktif / enabled"


async def log_out(settings: Settings, name: str, by: str | None) -> str:
    """End all of somebody's sessions; gives what to say.

    Raises:
        AccountError: there is no such account.
    """
    async with _stores(settings) as (accounts, sessions):
        found = await _found(accounts, name)
        ended = await sessions.end_all(found, _actor(by))
    return f"{found.name}: {ended} sesi diakhiri / sessions ended"


async def _found(accounts: AccountStore, name: str) -> Account:
    found = await accounts.named(name)
    if found is None:
        raise UnknownAccountError(
            f"Tidak ada akun {name[:64]}; lihat {COMMAND} accounts.\n"
            f"There is no account {name[:64]}: look at {COMMAND} accounts."
        )
    return found


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        names = ", ".join(Role)
        raise AccountError(f"Peran / role: {names}.") from error


def _given(name: str, password: str) -> str:
    return (
        f"{name}: sandi sekali pakai / one-time password: {password}\n"
        f"Diganti saat masuk pertama; tidak ditampilkan lagi. / To be changed at the first "
        f"log-in; not shown again."
    )
