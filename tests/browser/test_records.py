"""Past calls in a real browser: a real call is found, looked at and heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.person import PHONE, pages
from tests.live.calls import answer, choose

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.browser.person import Person
    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT = "() => document.querySelector('audio').currentTime"


async def open_record(person: Person, number: str) -> None:
    """From the menu by the search to the call, as a person does."""
    await person.page.get_by_role("link", name="Catatan", exact=True).click()
    await person.page.get_by_label("Nomor atau bagiannya").fill(number)
    await person.page.keyboard.press("Enter")
    rows = person.page.locator(".calls-table tbody tr")
    await expect(rows).to_have_count(1)
    await rows.get_by_role("link").first.click()


async def test_a_call_is_found_heard_and_held(
    person: Person, phones: Phones, browser: Browser, centre: Centre, accounts: tuple[str, str]
) -> None:
    """Its outline is drawn, keys and marks go to places in it, it plays, is intact, is held."""
    page, number = person.page, phones.centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    await answer(phones, "201")
    await expect(person.call(number)).to_contain_text("Bicara")
    await call.hang_up()
    await expect(person.call(number)).to_have_count(0)
    await open_record(person, number)
    address = page.url
    digest = page.get_by_text("SHA-256")
    for _ in range(20):  # The recorder closes its file a moment after the call.
        if await digest.count():
            break
        await page.reload()
    await expect(digest).to_be_visible()
    wave = page.get_by_role("slider", name="Tempat dalam rekaman")
    await expect(wave).to_be_visible()
    await wave.focus()
    await page.keyboard.press("Home")
    await page.keyboard.press("Space")
    await page.wait_for_function("() => document.querySelector('audio').currentTime > 0.2")
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="Dijawab").click()
    answered = float(await page.locator("[data-at]").nth(1).get_attribute("data-at") or 0)
    await page.wait_for_function(f"() => document.querySelector('audio').currentTime > {answered}")
    assert await person.axe() == []
    await page.get_by_role("button", name="Periksa sekarang").click()
    await expect(page.get_by_text("Utuh")).to_be_visible()
    await page.get_by_label("Alasan").fill("Perkara 12/2026")
    await page.get_by_role("button", name="Tahan").click()
    await expect(page.get_by_text("Perkara 12/2026")).to_be_visible()
    await page.get_by_label("Alasan").fill("Selesai")
    await page.get_by_role("button", name="Lepaskan").click()
    await expect(page.get_by_role("button", name="Tahan")).to_be_visible()
    assert person.faults == []
    async with pages(browser, centre, accounts[1], PHONE, "dark") as other:
        await other.log_in()
        for place in (f"/records?number={number}", address.removeprefix(other.address(""))):
            await other.page.goto(other.address(place))
            await expect(other.page.locator("h1")).to_be_visible()
            assert await other.overflow() == 0
            assert await other.axe() == []
        assert other.faults == []
