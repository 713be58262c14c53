"""Logging in: a password is tried, guessers wait, and a session begins."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog

from router.accounts import passwords, tokens
from router.accounts.model import key
from router.accounts.throttle import ADDRESS, DEVICE, PAIR, Key, network
from router.accounts.trail import Actor
from router.console import cookies
from router.console.context import desk, visit
from router.console.lanes import BusyError

if TYPE_CHECKING:
    from aiohttp import web

    from router.accounts.model import Account

log = structlog.get_logger(__name__)


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
    digest = tokens.digest(cookies.read(request, cookies.DEVICE))
    if account is not None and digest is not None:
        device = await desk(request).sessions.knows(account.id, digest)
        if device is not None:
            return _Asker(Key(DEVICE, str(device)), (), is_known=True)
    place = network(address)
    pair = Key(PAIR, f"{key(name)[:100]}\n{place}")
    return _Asker(pair, (Key(ADDRESS, place),), is_known=False)


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that begins: its cookies are given with the answer.

    Attributes:
        session: its id.
        word: of the session.
        device: of the browser, when it is a new one.
    """

    session: int
    word: str
    device: str | None

    @property
    def digest(self) -> str:
        """What the session is found by."""
        return tokens.digest(self.word) or ""

    @property
    def form_word(self) -> str:
        """What the session's forms carry."""
        return tokens.form_word(self.word)

    def give(self, request: web.Request, response: web.StreamResponse) -> None:
        """Have the browser keep it."""
        cookies.give(request, response, cookies.SESSION, self.word, None)
        if self.device is not None:
            cookies.give(request, response, cookies.DEVICE, self.device, cookies.YEAR_S)


async def begin(request: web.Request, account: Account) -> Begun:
    """Begin a session, always a new one; what this browser had before ends."""
    stands, now = desk(request), desk(request).now()
    await _leave(request)
    word = tokens.new()
    digest = tokens.digest(word) or ""
    agent = request.headers.get("User-Agent", "")
    session = await stands.sessions.open(account, digest, visit(request).address, agent, now)
    given = tokens.digest(cookies.read(request, cookies.DEVICE))
    if given is not None and await stands.sessions.knows(account.id, given) is not None:
        return Begun(session, word, None)
    device = tokens.new()
    await stands.sessions.know(account.id, tokens.digest(device) or "", now)
    return Begun(session, word, device)


async def _leave(request: web.Request) -> None:
    digest = tokens.digest(cookies.read(request, cookies.SESSION))
    pair = None if digest is None else await desk(request).sessions.find(digest)
    if pair is not None and pair[1].ended is None:
        account, session = pair
        found, now = visit(request), desk(request).now()
        actor = Actor(account.name, found.address, now, account.id, session.id)
        await desk(request).sessions.log_out(session.id, actor)
