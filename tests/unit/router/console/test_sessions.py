"""How long a session lasts, and who ends it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from router.accounts.model import Role
from router.accounts.trail import Deed
from router.console import live
from router.console.route import STAFF, Route
from router.store.trail import Search
from tests.unit.router.console.people import PASSWORD

if TYPE_CHECKING:
    from aiohttp import web

    from tests.unit.router.console.people import House

pytestmark = pytest.mark.engines


async def test_a_quiet_session_ends(house: House) -> None:
    """Without a request for the idle time it is over; with some in between it goes on."""
    browser = await house.inside("sari", Role.OPERATOR)
    idle = house.desk.settings.console.idle_s
    for _ in range(3):
        house.clock.forward(seconds=idle - 1)
        assert (await browser.get("/account")).status == 200
    house.clock.forward(seconds=idle)
    assert (await browser.get("/account")).status == 303


async def test_no_session_lasts_for_ever(house: House) -> None:
    """However busy, it is over after the longest time."""
    browser = await house.inside("sari", Role.OPERATOR)
    rules = house.desk.settings.console
    for _ in range(rules.longest_s // (rules.idle_s // 2) - 1):
        house.clock.forward(seconds=rules.idle_s // 2)
        assert (await browser.get("/account")).status == 200
    house.clock.forward(seconds=rules.idle_s // 2)
    assert (await browser.get("/account")).status == 303


async def test_a_page_that_is_open_stays(house: House) -> None:
    """A part of a page asked for after the end is refused by 401 that says so, and is not led away.

    A whole page that a form asks for is refused the same way, so that what was typed is not lost.
    """
    browser = await house.inside("sari", Role.OPERATOR)
    house.clock.forward(days=1)
    for answer in (
        await browser.get("/account", **{"HX-Request": "true"}),
        await browser.post("/account/password", {"old": "x"}),
        await browser.get("/api/v1/me"),
    ):
        assert answer.status == 401
        assert answer.headers["X-Siaga-Login"] == "/login"


async def test_one_ends_ones_own_elsewhere(house: House) -> None:
    """The list shows both places; ending the other one, or all others, leaves this one."""
    sari = await house.account("sari", Role.OPERATOR)
    words = [await house.session(sari) for _ in range(3)]
    here, there, third = (house.browser(session=word) for word in words)
    await here.get("/account")
    assert here.page.count("<time") == 6
    pair = await house.desk.sessions.listed(sari.id)
    other = min(session.id for _, session in pair) + 1
    assert (await here.post(f"/account/sessions/{other}/end")).status == 303
    assert (await there.get("/account")).status == 303
    assert (await third.get("/account")).status == 200
    await here.get("/account")
    assert (await here.post("/account/sessions/end-others")).status == 303
    assert (await third.get("/account")).status == 303
    assert (await here.get("/account")).status == 200


async def test_nobody_ends_anothers_by_their_number(house: House) -> None:
    """An operator who asks to end somebody else's session ends nothing."""
    other = await house.inside("budi", Role.OPERATOR)
    sari = await house.inside("sari", Role.OPERATOR)
    for _, session in await house.desk.sessions.listed(None):
        await sari.post(f"/account/sessions/{session.id}/end")
    assert (await other.get("/account")).status == 200
    assert (await sari.get("/account")).status == 200


async def test_an_admin_ends_anybodys(house: House) -> None:
    """The list of all has everybody's; who is ended there is out at the next request."""
    sari = await house.inside("sari", Role.OPERATOR)
    admin = await house.inside("admin", Role.ADMIN)
    await admin.get("/sessions")
    assert "sari" in admin.page
    rows = await house.desk.sessions.listed(None)
    hers = next(session.id for account, session in rows if account.name == "sari")
    assert (await admin.post(f"/sessions/{hers}/end")).status == 303
    assert (await sari.get("/account")).status == 303
    rows_told = await house.desk.trail.find(Search(what=Deed.SESSION_ENDED.value), 10)
    assert [(row.actor.who, row.object) for row in rows_told] == [("admin", "sari")]


async def test_another_password_ends_the_others(house: House) -> None:
    """Who changes their password is out everywhere else, and stays in here."""
    sari = await house.account("sari", Role.OPERATOR)
    here, there = [house.browser(session=await house.session(sari)) for _ in range(2)]
    await here.get("/account")
    own = "sembilan gajah berenang"
    form = {"old": "salah", "password": own, "again": own}
    assert (await here.post("/account/password", form)).status == 400
    assert (await there.get("/account")).status == 200
    assert (await here.post("/account/password", {**form, "old": PASSWORD})).status == 200
    assert (await there.get("/account")).status == 303
    assert (await here.get("/account")).status == 200
    assert (await house.browser().log_in("sari")).status == 401
    assert (await house.browser().log_in("sari", own)).status == 303


async def test_another_role_counts_at_once(house: House) -> None:
    """Who loses a role has to log in anew, and gets nowhere that only it allowed."""
    sari = await house.account("sari", Role.AUDITOR)
    browser = house.browser(session=await house.session(sari))
    assert (await browser.get("/audit")).status == 200
    await house.desk.accounts.change_role(sari.id, Role.OPERATOR, house.actor)
    assert (await browser.get("/audit")).status == 303
    browser = house.browser(session=await house.session(sari))
    assert (await browser.get("/audit")).status == 403


async def test_what_goes_on_ends_with_the_session(
    unserved: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that waits for the end of its session gets it when somebody ends that."""
    monkeypatch.setattr(live, "LOOK_S", 0.02)
    waits = asyncio.Event()

    async def forever(request: web.Request) -> web.StreamResponse:
        waits.set()
        await live.until_over(request, route)
        raise ConnectionResetError

    route = Route("GET", "/forever", forever, STAFF, live=True)
    await unserved.serve([route])
    sari = await unserved.account("sari", Role.OPERATOR)
    browser = unserved.browser(session=await unserved.session(sari))
    asking = asyncio.create_task(browser.get("/forever"))
    async with asyncio.timeout(10):
        await waits.wait()
        assert not asking.done()
        await unserved.desk.accounts.disable(sari.id, unserved.actor)
        assert (await asking).status == 503
