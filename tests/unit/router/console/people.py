"""A console on a real database and a real port, and the people who use it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyotp
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from router.accounts import tokens
from router.accounts.model import Role, Stage
from router.accounts.trail import Actor
from router.console.app import build_app
from router.store.api_tokens import ApiToken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager

    from aiohttp import ClientResponse

    from router.accounts.model import Account
    from router.console.context import Desk
    from router.console.route import Route

PASSWORD = "kuda lumping naik sepeda"
CHEAP = PasswordHasher.from_parameters(CHEAPEST)
"""So that tests do not take the time that guessers are to take."""
HASH = CHEAP.hash(PASSWORD)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BEGAN = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.time = BEGAN

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **ago: float) -> None:
        self.time += timedelta(**ago)

    def code(self, secret: str = SECRET) -> str:
        """The code that a telephone shows now."""
        return pyotp.TOTP(secret).at(self.time)


class Browser:
    """Somebody's browser, at a console that listens."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self._client = client
        self.page = ""

    @property
    def origin(self) -> str:
        return f"http://{self._client.host}:{self._client.port}"

    @property
    def word(self) -> str:
        """The session's word on the page that was shown last."""
        found = re.search(r'name="siaga-word" content="([^"]*)"', self.page)
        return found[1] if found else ""

    async def get(self, path: str, **headers: str) -> ClientResponse:
        answer = await self._client.get(
            path, headers={"Accept": "text/html", **headers}, allow_redirects=False
        )
        self.page = await answer.text()
        return answer

    async def post(self, path: str, data: Any = None, **headers: str) -> ClientResponse:
        """Send a form as a page of ours does; the word is of the page shown last."""
        form = {"word": self.word, **(data or {})}
        given = {"Origin": self.origin, "Accept": "text/html", **headers}
        answer = await self._client.post(path, data=form, headers=given, allow_redirects=False)
        text = await answer.text()
        if text:
            self.page = text
        return answer

    async def ask(self, method: str, path: str, **options: Any) -> ClientResponse:
        return await self._client.request(method, path, allow_redirects=False, **options)

    def socket(self, path: str, headers: dict[str, str]) -> AbstractAsyncContextManager[Any]:
        """A connection that a script of a page opens."""
        return self._client.ws_connect(path, headers=headers, protocols=("sip",))

    async def log_in(self, name: str, password: str = PASSWORD) -> ClientResponse:
        return await self.post("/login", {"name": name, "password": password})

    def cookie(self, what: str) -> str:
        """A cookie that was given."""
        jar = {cookie.key: cookie.value for cookie in self._client.session.cookie_jar}
        return next((value for key, value in jar.items() if key.endswith(what)), "")

    def forget(self, what: str) -> None:
        """Lose a cookie."""
        self._client.session.cookie_jar.clear(lambda cookie: cookie.key.endswith(what))


class House:
    """A console, and who works there."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self.desk = desk
        self.clock = clock
        self._open: list[TestClient[Any, Any]] = []
        self._server: TestServer | None = None

    async def serve(self, table: Iterable[Route] | None = None) -> None:
        self._server = TestServer(build_app(self.desk, table))
        await self._server.start_server()

    async def close(self) -> None:
        for client in self._open:
            await client.session.close()
        if self._server is not None:
            await self._server.close()

    def browser(self, **cookies: str) -> Browser:
        """A browser of its own; cookies by what they are."""
        assert self._server is not None
        jar = CookieJar(unsafe=True)
        port = self.desk.settings.ports.http
        client = TestClient(
            self._server,
            cookie_jar=jar,
            cookies={f"siaga-{port}-{what}": value for what, value in cookies.items()},
        )
        self._open.append(client)
        return Browser(client)

    @property
    def actor(self) -> Actor:
        return Actor("test", "shell", self.clock())

    async def account(self, name: str, role: Role, stage: Stage = Stage.FULL) -> Account:
        """An account whose log-ins come to this stage; its password is ``PASSWORD``."""
        accounts = self.desk.accounts
        made = await accounts.add(name, role, HASH, self.actor)
        if stage is not Stage.PASSWORD:
            await accounts.change_password(made.id, HASH, self.actor)
        has_code = role is Role.ADMIN and stage is not Stage.ENROL
        if has_code or stage is Stage.CODE:
            await accounts.enrol(made.id, SECRET, 0, self.actor)
        found = await accounts.get(made.id)
        assert found is not None
        return found

    async def session(self, account: Account, stage: Stage = Stage.FULL) -> str:
        """A session that has come to this stage: the word of its cookie."""
        word, sessions = tokens.new(), self.desk.sessions
        number = await sessions.open(
            account, tokens.digest(word) or "", "127.0.0.1", "test", self.clock()
        )
        if account.secret is not None and stage is not Stage.CODE:
            await sessions.proved(number, self.clock())
        return word

    async def inside(self, name: str, role: Role) -> Browser:
        """The browser of somebody who is logged in."""
        account = await self.account(name, role)
        browser = self.browser(session=await self.session(account))
        await browser.get("/account")
        return browser

    async def machine(self, role: Role, *scopes: str) -> dict[str, str]:
        """The header of a machine."""
        word, now = tokens.new(), self.clock()
        token = ApiToken(0, "mesin", role, frozenset(scopes), now, "test", now + timedelta(days=30))
        await self.desk.tokens.make(token, tokens.digest(word) or "", self.actor)
        return {"Authorization": f"Bearer {tokens.MACHINE}{word}"}


def with_clock(desk: Desk, clock: Clock) -> Desk:
    return replace(desk, now=clock)
