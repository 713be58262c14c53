"""The console's process beside calls."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp
import pyotp

from router.calls.record import Outcome
from tests.live.calls import converse

if TYPE_CHECKING:
    from tests.live.phones import Phones

OWN = "sembilan gajah berenang"


class Browser:
    """Somebody at the console."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session, self._base = session, base
        self.page = ""
        self.path = ""

    @property
    def said(self) -> str:
        """The page's words, without its marks."""
        return " ".join(re.sub(r"<[^>]*>", " ", self.page).split())

    async def get(self, path: str) -> int:
        async with self._session.get(self._base + path, headers={"Accept": "text/html"}) as answer:
            self.page, self.path = await answer.text(), answer.url.path
            return answer.status

    async def post(self, path: str, **fields: str) -> int:
        found = re.search(r'name="siaga-word" content="(\w*)"', self.page)
        form = {"word": found[1] if found else "", **fields}
        headers = {"Origin": self._base, "Accept": "text/html"}
        async with self._session.post(self._base + path, data=form, headers=headers) as answer:
            self.page, self.path = await answer.text(), answer.url.path
            return answer.status


async def test_the_console_may_die_in_a_call(phones: Phones) -> None:
    """An admin gets in; the console is killed while two talk, and they talk on.

    It is back by itself, and who was logged in still is.
    """
    centre = phones.centre
    told = centre.command("accounts", "add", "Wati", "admin").stdout
    (password,) = re.findall(r"Wati: .*: ([a-z0-9-]{23})\n", told)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        admin = Browser(session, f"http://127.0.0.1:{centre.settings.ports.http}")
        await admin.get("/login")
        await admin.post("/login", name="Wati", password=password)
        assert admin.path == "/login/password", admin.said
        await admin.post("/login/password", password=OWN, again=OWN)
        assert admin.path == "/login/enrol"
        (secret,) = re.findall(r'name="secret" value="(\w+)"', admin.page)
        code = pyotp.TOTP(secret).at(datetime.now(UTC))
        await admin.post("/login/enrol", secret=secret, code=code)
        await admin.get("/accounts")
        assert "Wati" in admin.page
        await phones.log_in("201")
        number = centre.number()
        call = await phones.line.call(number)
        await call.answered()
        await call.press("1")
        ring = await phones.bank.ring("201")
        await ring.answer()
        await converse(call, ring)
        before = centre.pid("console")
        centre.kill("console")
        await centre.until_down("console")
        await converse(call, ring)
        await centre.until_ready()
        assert centre.pid("console") != before
        assert await admin.get("/accounts") == 200
        await converse(call, ring)
        await call.hang_up()
    record = await centre.record(number)
    assert (record.outcome, record.handset) == (Outcome.ANSWERED, "201")
    again = centre.command("accounts")
    assert "Wati" in again.stdout
