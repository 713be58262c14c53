"""Somebody who logs in to a node's console over HTTP and reads the records there."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

from aiohttp import ClientConnectionError, ClientSession, CookieJar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

from contextlib import asynccontextmanager

NEW: Final = "empat kata sandi panjang 112"  # a password of this trial alone
UP_S: Final = 60.0
_WORD: Final = re.compile(r'name="siaga-word" content="([^"]*)"')


@asynccontextmanager
async def reader(port: int, name: str, password: str) -> AsyncIterator[Reader]:
    """Logged in at the console of this port as long as the block lasts.

    A password for once becomes :data:`NEW`, which is then the account's at every node.

    Raises:
        LookupError: the log-in was refused.
    """
    async with ClientSession(f"http://127.0.0.1:{port}", cookie_jar=CookieJar(unsafe=True)) as at:
        self = Reader(at, port)
        await self.up()
        where = await self.post("/login", name=name, password=password)
        if where == "/login/password":
            await self.get(where)
            where = await self.post(where, password=NEW, again=NEW)
        if where.startswith("/login"):
            raise LookupError(f"the console refuses the log-in: {where}")
        yield self


class Reader:
    """A browser, as far as it is needed here.

    Attributes:
        page: what it shows.
    """

    def __init__(self, session: ClientSession, port: int) -> None:
        self._session, self._origin, self.page = session, f"http://127.0.0.1:{port}", ""

    async def get(self, path: str) -> str:
        """A page."""
        async with self._session.get(path, headers={"Accept": "text/html"}) as answer:
            self.page = await answer.text()
        return self.page

    async def up(self) -> None:
        """Read the page of the log-in once the console answers: a node is healthy without it.

        Raises:
            TimeoutError: it does not.
        """
        async with asyncio.timeout(UP_S):
            while True:
                try:
                    await self.get("/login")
                except ClientConnectionError:
                    await asyncio.sleep(0.2)
                else:
                    return

    async def post(self, path: str, **fields: str | Sequence[str]) -> str:
        """Send a form, in it some fields several times; gives where it leads."""
        found = _WORD.search(self.page)
        form = [("word", found[1] if found else "")]
        for name, given in fields.items():
            form += [(name, each) for each in ([given] if isinstance(given, str) else given)]
        headers = {"Origin": self._origin, "Accept": "text/html"}
        sent = self._session.post(path, data=form, headers=headers, allow_redirects=False)
        async with sent as answer:
            self.page = await answer.text() or self.page
            return answer.headers.get("Location", f"{path}?{answer.status}")

    async def fetch(self, path: str) -> tuple[int, bytes]:
        """Status and body of what is no page."""
        async with self._session.get(path) as answer:
            return answer.status, await answer.read()

    async def calls(self) -> list[dict[str, Any]]:
        """The newest records."""
        async with self._session.get("/api/v1/calls") as answer:
            answer.raise_for_status()
            return list((await answer.json())["calls"])
