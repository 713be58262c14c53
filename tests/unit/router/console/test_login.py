"""Logging in: what is asked for, who waits, and who does not."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher

from router.accounts import tokens
from router.accounts.model import Role
from router.store.sessions import DEVICES
from tests.unit.router.console.people import HASH, PASSWORD, SECRET

if TYPE_CHECKING:
    from tests.unit.router.console.people import House


async def test_an_operator_logs_in_and_out(house: House) -> None:
    """Name and password let in, however the name is written; after logging out nothing does."""
    await house.account("Sari Dewi", Role.OPERATOR)
    browser = house.browser()
    answer = await browser.get("/account?x=1")
    assert (answer.status, answer.headers["Location"]) == (303, "/login?next=/account?x%3D1")
    answer = await browser.post(
        "/login", {"name": " sari dewi", "password": PASSWORD, "next": "/account?x=1"}
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/account?x=1")
    assert (await browser.get("/account")).status == 200
    kept = browser.cookie("session")
    assert (await browser.post("/logout")).status == 303
    assert not browser.cookie("session")
    assert (await house.browser(session=kept).get("/account")).status == 303


async def test_cookies_are_out_of_reach(house: House) -> None:
    """No script reads them, and no other site's request carries them."""
    await house.account("sari", Role.OPERATOR)
    answer = await house.browser().log_in("sari")
    given = answer.headers.getall("Set-Cookie")
    assert len(given) == 2
    assert all("HttpOnly" in line and "SameSite=Strict" in line for line in given)


async def test_each_log_in_is_a_new_session(house: House) -> None:
    """A word that a browser brings along never becomes that of a session; the earlier one ends."""
    await house.account("sari", Role.OPERATOR)
    browser = house.browser(session="A" * 43)
    await browser.log_in("sari")
    first = browser.cookie("session")
    assert first != "A" * 43
    await browser.log_in("sari")
    assert browser.cookie("session") != first
    assert (await house.browser(session=first).get("/account")).status == 303


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nX: y", "x"]
)
async def test_a_log_in_leads_nowhere_else(house: House, target: str) -> None:
    """Whatever the address says, one goes on here."""
    await house.account("sari", Role.OPERATOR)
    answer = await house.browser().post(
        "/login", {"name": "sari", "password": PASSWORD, "next": target}
    )
    assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_an_admin_begins(house: House) -> None:
    """The first log-in asks for a password of one's own, then a second factor; then it is one."""
    await house.desk.accounts.first("admin", HASH, house.actor)
    browser = house.browser()
    assert (await browser.log_in("admin")).headers["Location"] == "/login/password"
    assert (await browser.get("/accounts")).headers["Location"] == "/login/password"
    await browser.get("/login/password")
    own = "sembilan gajah berenang"
    for bad, said in {
        "pendek": "pendek",
        PASSWORD: "lama",
        "admin admin admin": "nama",
        "aaaaaaaaaaaaaa": "berbeda",
        "password1234": "ditebak",
    }.items():
        answer = await browser.post("/login/password", {"password": bad, "again": bad})
        assert answer.status == 400
        assert said in browser.page
    wanted = {"password": own, "again": own}
    assert (await browser.post("/login/password", wanted)).status == 303
    assert (await browser.get("/")).headers["Location"] == "/login/enrol"
    await browser.get("/login/enrol")
    assert 'src="data:image/svg+xml' in browser.page
    secret = _secret(browser.page)
    answer = await browser.post("/login/enrol", {"secret": secret, "code": "000000"})
    assert answer.status == 400
    assert _secret(browser.page) == secret
    code = house.clock.code(secret)
    assert (await browser.post("/login/enrol", {"secret": secret, "code": code})).status == 303
    assert (await browser.get("/accounts")).status == 200


def _secret(page: str) -> str:
    found = re.search(r'name="secret" value="(\w+)"', page)
    assert found is not None
    return found[1]


async def test_a_code_counts_once(house: House) -> None:
    """A code that was used lets nobody in again, nor does an earlier one; the next one does."""
    await house.account("admin", Role.ADMIN)
    first, second = house.browser(), house.browser()
    for browser in (first, second):
        assert (await browser.log_in("admin")).headers["Location"] == "/login/code"
        await browser.get("/login/code")
    earlier = house.clock.code()
    house.clock.forward(seconds=30)
    code = house.clock.code()
    assert (await first.post("/login/code", {"code": code})).status == 303
    assert (await first.get("/accounts")).status == 200
    for used in (code, earlier, "", "12345", "١٢٣٤٥٦", "1234567"):
        assert (await second.post("/login/code", {"code": used})).status == 400
        await second.get("/login/code")
    house.clock.forward(seconds=30)
    assert (await second.post("/login/code", {"code": house.clock.code()})).status == 303


async def test_a_code_counts_once_among_many_at_the_same_moment(house: House) -> None:
    """Of twenty tries with the same right code at once, one gets in."""
    await house.account("admin", Role.ADMIN)
    browsers = [house.browser() for _ in range(8)]
    for browser in browsers:
        await browser.log_in("admin")
        await browser.get("/login/code")
    code = {"code": house.clock.code()}
    answers = await asyncio.gather(*(browser.post("/login/code", code) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [303, *([400] * 7)]


async def test_who_guesses_waits(house: House) -> None:
    """After some wrong passwords a try costs time, and a right one is not looked at in it."""
    await house.account("sari", Role.OPERATOR)
    guesser = house.browser()
    answers = [await guesser.log_in("sari", f"salah {number}") for number in range(8)]
    assert [answer.status for answer in answers[:5]] == [401] * 5
    assert {answer.status for answer in answers[5:]} == {429}
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert (await guesser.log_in("sari")).status == 429
    assert "detik" in guesser.page


async def test_strangers_do_not_lock_out_who_is_known(house: House) -> None:
    """While an address guesses at every account, who has logged in here before still does.

    The same address, the same account: what is counted of the strangers is not counted of them.
    """
    await house.account("sari", Role.OPERATOR)
    known = house.browser()
    await known.log_in("sari")
    known.forget("session")
    stranger = house.browser()
    for number in range(40):
        await stranger.log_in("sari" if number % 2 else f"orang {number}", "salah")
    assert (await stranger.log_in("sari")).status == 429
    assert (await known.log_in("sari")).status == 303


async def test_a_known_browser_may_not_guess_for_ever(house: House) -> None:
    """Who has a browser that an account has logged in from waits after some failures too."""
    await house.account("sari", Role.OPERATOR)
    known = house.browser()
    await known.log_in("sari")
    statuses = [(await known.log_in("sari", "salah")).status for _ in range(13)]
    assert statuses[0] == 401
    assert statuses[-1] == 429


async def test_the_browser_is_known_only_after_the_code(house: House) -> None:
    """A right password alone makes a browser known for nobody who has a second factor."""
    account = await house.account("admin", Role.ADMIN)
    thief = house.browser()
    await thief.log_in("admin")
    assert not thief.cookie("device")
    await thief.get("/login/code")
    statuses = []
    for _ in range(13):
        statuses.append((await thief.post("/login/code", {"code": "000000"})).status)
        await thief.get("/login/code")
    assert statuses[0] == 400
    assert statuses[-1] == 429
    assert account.secret == SECRET


async def test_which_names_there_are_is_not_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an account that is not there a password is tried all the same, and the same is said."""
    tried: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, kept: str, password: str) -> bool:
        tried.append(password)
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    await house.account("sari", Role.OPERATOR)
    browser, pages = house.browser(), []
    for name in ("sari", "bukan siapa-siapa"):
        await browser.log_in(name, f"salah {name}")
        pages.append(browser.page.replace(name, ""))
    assert pages[0] == pages[1]
    assert tried == ["salah sari", "salah bukan siapa-siapa"]


async def test_a_disabled_account_is_out(house: House) -> None:
    """It does not log in, and where it was logged in it is no more."""
    sari = await house.account("sari", Role.OPERATOR)
    browser = house.browser()
    await browser.log_in("sari")
    await house.desk.accounts.disable(sari.id, house.actor)
    assert (await browser.get("/account")).status == 303
    assert (await browser.log_in("sari")).status == 401
    await house.desk.accounts.enable(sari.id, house.actor)
    assert (await browser.log_in("sari")).status == 303


async def test_devices_are_bounded(house: House) -> None:
    """Of an account the newest browsers are known, and no more than that."""
    sari = await house.account("sari", Role.OPERATOR)
    sessions = house.desk.sessions
    for number in range(DEVICES + 5):
        await sessions.know(sari.id, f"{number}", house.clock())
    assert await sessions.knows(sari.id, "4") is None
    assert await sessions.knows(sari.id, "5") is not None


async def test_the_window_in_an_open_page_logs_in(house: House) -> None:
    """A script that asks gets an object: first what else is wanted, then the session's word."""
    await house.account("admin", Role.ADMIN)
    browser = house.browser()
    wanted = {"Accept": "application/json"}
    refused = await browser.post("/login", {"name": "admin", "password": "x"}, **wanted)
    assert refused.status == 401
    assert (await refused.json())["error"] == "login.wrong"
    answer = await browser.post("/login", {"name": "admin", "password": PASSWORD}, **wanted)
    said = await answer.json()
    assert said["stage"] == "code"
    word = {"X-Siaga-Word": said["word"], **wanted}
    answer = await browser.post("/login/code", {"code": house.clock.code()}, **word)
    assert (await answer.json())["stage"] == "full"
    assert (await browser.get("/accounts")).status == 200
    assert tokens.unmasked(browser.word) == said["word"]
