"""Accounts, their roles, and how far a log-in has come."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from router.accounts.errors import WrongNameError

if TYPE_CHECKING:
    from datetime import datetime

MAX_NAME: Final = 64


class Role(StrEnum):
    """What an account is for; a closed list."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"
    """Reads everything, changes nothing."""


class Stage(StrEnum):
    """What a log-in still wants before it is one."""

    CODE = "code"
    """The code of the second factor."""
    PASSWORD = "password"  # noqa: S105 (a stage)
    """A password of their own, in place of one that somebody gave them."""
    ENROL = "enrol"
    """A second factor, which an admin must have."""
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in.

    Attributes:
        id: of the account; never given to another.
        name: as shown. ``role``: what they may do.
        password: argon2's hash.
        one_time: the password was given by somebody else and must be changed.
        secret: of the second factor; None: there is none.
        last_step: time step of the last code that was used.
        language: ``id`` or ``en``; None: the centre's.
        created: when. ``disabled``: since when they may not log in.
    """

    id: int
    name: str
    role: Role
    password: str
    one_time: bool
    secret: str | None
    last_step: int | None
    language: str | None
    created: datetime
    disabled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in.

    Attributes:
        id: of the session. ``account``: whose.
        created: when they logged in. ``seen``: their latest request, to the minute.
        proved: when they gave a code of the second factor.
        address: from where they logged in. ``agent``: what their browser calls itself.
        ended: when it was ended. ``why``: a word.
    """

    id: int
    account: int
    created: datetime
    seen: datetime
    proved: datetime | None
    address: str
    agent: str
    ended: datetime | None = None
    why: str | None = None


def stage(account: Account, session: Session) -> Stage:
    """What a log-in still wants; the code first, so that a stolen password changes nothing."""
    if account.secret is not None and session.proved is None:
        return Stage.CODE
    if account.one_time:
        return Stage.PASSWORD
    if account.role is Role.ADMIN and account.secret is None:
        return Stage.ENROL
    return Stage.FULL


def is_over(session: Session, now: datetime, idle_s: float, longest_s: float) -> bool:
    """Whether a session counts no more."""
    if session.ended is not None:
        return True
    quiet, age = (now - session.seen).total_seconds(), (now - session.created).total_seconds()
    return quiet >= idle_s or age >= longest_s


def key(name: str) -> str:
    """The name as names are compared: two that look the same to a person are one."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()


_NAME: Final = re.compile(r"[^\W_](?:[\w .'@-]*[\w.])?")


def checked_name(name: str) -> str:
    """The name as it is kept.

    Raises:
        WrongNameError: it is none.
    """
    name = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 0 < len(name) <= MAX_NAME or not _NAME.fullmatch(name):
        raise WrongNameError(
            f"Nama akun: huruf, angka, spasi dan . _ ' @ - , paling banyak {MAX_NAME}.\n"
            f"An account's name: letters, digits, spaces and . _ ' @ - , {MAX_NAME} at most."
        )
    return name
