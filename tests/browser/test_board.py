"""The live board in a real browser, with real calls."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.person import PASSWORD, PHONE, WIDE, Person, pages
from tests.browser.weight import weigh
from tests.live.calls import answer, choose

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

    from tests.live.centre import Centre
    from tests.live.phones import Phones


pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "%3Cimg%20src=x%20onerror=document.title='owned'%3E"
"""In a SIP address it is quoted so; Asterisk has it plain."""


MOST_BYTES = 300_000
"""Of the board, on its way."""


async def long_ago(row: Locator, seconds: int) -> None:
    """Have a call have begun so long ago, for the page alone."""
    await row.locator("[data-wait] time").evaluate(
        "(time, s) => { time.dataset.since = new Date(Date.now() - s * 1000).toISOString(); }",
        seconds,
    )


async def test_a_call_comes_rings_is_answered_and_goes(person: Person, phones: Phones) -> None:
    """Each step of a call is on the board by itself, with its handset, and no script complains."""
    number = phones.centre.number()
    await phones.log_in("201")
    await expect(person.handset("201")).to_contain_text("Bebas")
    call = await phones.line.call(number)
    await expect(person.call(number)).to_contain_text("Di menu")
    await call.answered()
    await call.hears_sound()
    await call.press_many("1")
    row = person.call(number)
    await expect(row).to_contain_text("Berdering")
    await expect(row).to_contain_text("Kebakaran")
    await expect(row).to_contain_text("Damkar")
    ring = await phones.bank.ring("201")
    await ring.alert()
    await expect(person.handset("201")).to_contain_text("Berdering")
    # The wait grows in the browser, and is marked by a word when it is beyond the goal.
    await long_ago(row, 16)
    await expect(row.get_by_text("di atas 15 s")).to_be_visible()
    await long_ago(row, 21)
    await expect(row.get_by_text("di atas 20 s")).to_be_visible()
    await ring.answer()
    await expect(row).to_contain_text("Bicara")
    await expect(row).to_contain_text("Damkar 201")
    await expect(person.handset("201")).to_contain_text("Bicara")
    await call.hang_up()
    await expect(row).to_have_count(0)
    await expect(person.page.get_by_text("Tidak ada panggilan.")).to_be_visible()
    assert person.faults == []


async def test_a_hostile_number_is_text_in_english_on_a_telephone(
    browser: Browser, centre: Centre, accounts: tuple[str, str], phones: Phones
) -> None:
    """What a carrier sends is shown as it is written; the page fits a telephone, in English."""
    async with pages(browser, centre, accounts[1], PHONE) as somebody:
        await somebody.log_in()
        await somebody.page.get_by_role("button", name="English").click()
        await somebody.is_live()
        title = await somebody.page.title()
        assert title.startswith("Live board")
        call = await choose(phones, HOSTILE)
        row = somebody.call("<img src=x")
        await expect(row).to_contain_text("Fire")
        assert await row.locator("img").count() == 0
        assert await somebody.page.title() == title
        assert await somebody.overflow() == 0
        assert await somebody.axe() == []
        await call.hang_up()
        await expect(row).to_have_count(0)
        assert somebody.faults == []


async def test_everything_is_reached_by_keys(person: Person) -> None:
    """From the top, Tab reaches the skip link, every control and the map; Enter works them."""
    page = person.page
    await expect(page.locator(".map__label").first).to_be_attached()
    await page.locator("body").press("Tab")
    skip = page.locator(".skip")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    reached = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        tag = await page.evaluate(
            "() => [document.activeElement.className, document.activeElement.textContent.trim()]"
        )
        reached.append(" ".join(tag))
        if "leaflet-control-zoom-out" in reached[-1]:
            break
    words = " | ".join(reached)
    for wanted in ("112 Kutai Timur", "Papan", "EN", "Otomatis", "Keluar", "zoom-in", "zoom-out"):
        assert wanted in words
    await page.locator("[data-theme-switch]").focus()
    for theme in ("light", "dark"):
        await page.keyboard.press("Enter")
        await expect(page.locator("html")).to_have_attribute("data-theme", theme)
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_serious_fault_for_who_sees_badly(
    browser: Browser, centre: Centre, accounts: tuple[str, str], scheme: str
) -> None:
    """axe-core finds nothing serious on the log-in page and on the board, in both themes."""
    async with pages(browser, centre, accounts[0], WIDE, scheme) as somebody:
        await somebody.page.goto(somebody.address("/login"))
        assert await somebody.axe() == []
        await somebody.log_in()
        await expect(somebody.page.locator(".map__label").first).to_be_attached()
        assert await somebody.axe() == []


async def test_a_hung_or_dead_router_is_told_and_healed(person: Person, phones: Phones) -> None:
    """While the router hangs the board says that it is old; after its restart the call is there."""
    number = phones.centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    await answer(phones, "201")
    await expect(person.call(number)).to_contain_text("Bicara")
    phones.centre.kill("router", signal.SIGSTOP)
    alert = person.page.get_by_role("alert")
    await expect(alert).to_contain_text("TIDAK TERKINI")
    await expect(alert).to_contain_text("router tidak menjawab")
    await expect(person.page.locator("[data-link-state]")).to_have_text("Tidak terkini")
    phones.centre.kill("router")
    await person.is_live()
    await expect(alert).to_be_hidden()
    await expect(person.call(number)).to_contain_text("Bicara")
    await call.hang_up()
    await expect(person.call(number)).to_have_count(0)


async def test_a_hung_console_is_noticed_by_the_page_itself(person: Person) -> None:
    """A stream that stays open and silent is not believed; a new console heals the page."""
    person.centre.kill("console", signal.SIGSTOP)
    alert = person.page.get_by_role("alert")
    await expect(alert).to_contain_text("sambungan ke konsol putus")
    person.centre.kill("console")
    await person.is_live()
    await expect(alert).to_be_hidden()


async def test_a_session_that_is_over_is_told_and_goes_on(person: Person) -> None:
    """Who has logged out elsewhere is told on the board, logs in over it, and it is true again."""
    other = await person.context.new_page()
    await other.goto(person.address())
    await other.get_by_role("button", name="Keluar").click()
    await other.wait_for_url("**/login")
    await person.page.get_by_role("alert").get_by_role("button", name="Masuk lagi").click()
    window = person.page.get_by_role("dialog")
    await window.locator("input[name=password]").fill(PASSWORD)
    await window.locator("input[name=password]").press("Enter")
    await person.is_live()
    await expect(window).to_be_hidden()


async def test_the_board_is_light(person: Person) -> None:
    """With an empty cache all that a board fetches is at most 300 kB, and pages come compressed."""
    weighed = await weigh(person)
    assert weighed.bytes["Document"] < weighed.plain["Document"]
    assert 0 < weighed.total <= MOST_BYTES
