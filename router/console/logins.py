"""Logging in: a password is tried, guessers wait, and a session begins."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from router.accounts import codes, passwords, tokens
from router.accounts.model import Session, key, stage
from router.accounts.throttle import ADDRESS, CODE, DEVICE, PAIR, Key, network
from router.accounts.trail import Actor
from router.console import cookies
from router.console.context import desk, visit
from router.console.lanes import BusyError

if TYPE_CHECKING:
    from router.accounts.model import Account, Stage

log = structlog.get_logger(__name__)

LEAST, MOST = passwords.LEAST, passwords.MOST


class SameError(Exception):
    """The password is the one that it was."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Nobody is logged in.

    Attributes:
        word: key of what is said.
        wait_s: seconds until another try counts.
    """

    word: str
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class _Asker:
    """Whom failures are counted of."""

    own: Key
    """Forgotten by a right password."""
    shared: tuple[Key, ...]
    is_known: bool

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.own, *self.shared)


async def proven(request: web.Request, name: str, password: str) -> Account | Denied:
    """The account whose name and password these are."""
    stands, address = desk(request), visit(request).address
    account = await stands.accounts.named(name[:200])
    asker = await _asker(request, account, name, address)
    clock = asyncio.get_running_loop().time
    wait_s = stands.throttle.wait_s(asker.keys, clock())
    if wait_s > 0:
        return Denied("login.wait", math.ceil(wait_s))
    # Counted before it is tried: of tries at the same moment only the free ones get through.
    stands.throttle.failed(asker.keys, clock())
    may = account is not None and account.disabled is None
    kept = account.password if account is not None and may else None
    try:
        is_right = await stands.lanes.run(
            partial(passwords.matches, kept, password), known=asker.is_known
        )
    except BusyError:
        stands.throttle.forgiven(asker.keys)
        return Denied("login.busy", 1)
    if not is_right or account is None:
        log.info("login_failed", address=address, known=asker.is_known)
        return Denied("login.wrong")
    stands.throttle.succeeded([asker.own])
    stands.throttle.forgiven(asker.shared)
    if passwords.is_dated(account.password):
        fresh = await stands.lanes.run(partial(passwords.hashed, password), known=True)
        await stands.accounts.renew_hash(account.id, fresh)
    return account


async def _asker(request: web.Request, account: Account | None, name: str, address: str) -> _Asker:
    device = None if account is None else await _device(request, account)
    if device is not None:
        return _Asker(Key(DEVICE, str(device)), (), is_known=True)
    place = network(address)
    pair = Key(PAIR, f"{key(name)[:100]}\n{place}")
    return _Asker(pair, (Key(ADDRESS, place),), is_known=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that begins.

    Attributes:
        session: its id.
        word: of the session, for its cookie.
        wanted: what it wants before it is a log-in.
    """

    session: int
    word: str
    wanted: Stage

    @property
    def form_word(self) -> str:
        """What the session's forms carry."""
        return tokens.form_word(self.word)


async def begin(request: web.Request, account: Account) -> Begun:
    """Begin a session, always a new one; what this browser had before ends."""
    stands, now = desk(request), desk(request).now()
    await _leave(request)
    word = tokens.new()
    digest, agent = tokens.digest(word) or "", request.headers.get("User-Agent", "")
    address = visit(request).address
    session = await stands.sessions.open(account, digest, address, agent, now)
    fresh = Session(session, account.id, now, now, None, address, agent)
    return Begun(session, word, stage(account, fresh))


async def _leave(request: web.Request) -> None:
    digest = tokens.digest(cookies.read(request, cookies.SESSION))
    pair = None if digest is None else await desk(request).sessions.find(digest)
    if pair is not None and pair[1].ended is None:
        account, session = pair
        found, now = visit(request), desk(request).now()
        actor = Actor(account.name, found.address, now, account.id, session.id)
        await desk(request).sessions.log_out(session.id, actor)


async def prove_code(request: web.Request, account: Account, code: str) -> Denied | None:
    """Take a code of the second factor, each once; None: it is right."""
    stands, found, now = desk(request), visit(request), desk(request).now()
    device = await _device(request, account)
    key = Key(CODE, str(account.id)) if device is None else Key(DEVICE, str(device))
    clock = asyncio.get_running_loop().time
    wait_s = stands.throttle.wait_s([key], clock())
    if wait_s > 0:
        return Denied("login.wait", math.ceil(wait_s))
    stands.throttle.failed([key], clock())
    secret = account.secret or ""
    step = codes.step_of(secret, code, now, account.last_step) if secret else None
    if step is None or not await stands.accounts.use_code(account.id, step):
        log.info("code_refused", account=account.id, address=found.address)
        return Denied("code.wrong")
    stands.throttle.succeeded([key])
    if found.session is not None:
        await stands.sessions.proved(found.session, now)
    return None


async def choose(request: web.Request, account: int, password: str) -> None:
    """Take the password that somebody chose for themselves.

    Raises:
        WeakPasswordError, SameError: it is not taken.
    """
    stands, found = desk(request), visit(request)
    passwords.check(password, found.name)
    kept = (await own_account(request)).password
    run = stands.lanes.run
    if await run(partial(passwords.matches, kept, password), known=True):
        raise SameError
    fresh = await run(partial(passwords.hashed, password), known=True)
    await stands.accounts.change_password(account, fresh, found.actor(stands.now()))


async def own_account(request: web.Request) -> Account:
    """The account of whoever asks, as it is now.

    Raises:
        HTTPForbidden: it is a machine that asks.
    """
    digest = tokens.digest(cookies.read(request, cookies.SESSION))
    pair = None if digest is None else await desk(request).sessions.find(digest)
    if pair is None:
        raise web.HTTPForbidden
    return pair[0]


async def know(request: web.Request, answer: web.StreamResponse, account: Account) -> None:
    """Know this browser again: it has proven all that was asked of it."""
    if await _device(request, account) is None:
        word = tokens.new()
        await desk(request).sessions.know(
            account.id, tokens.digest(word) or "", desk(request).now()
        )
        cookies.give(request, answer, cookies.DEVICE, word, cookies.YEAR_S)


async def _device(request: web.Request, account: Account) -> int | None:
    digest = tokens.digest(cookies.read(request, cookies.DEVICE))
    return None if digest is None else await desk(request).sessions.knows(account.id, digest)
