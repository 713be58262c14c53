"""What a shift's chief has beside the board: talks, the big screen, the note to the next shift."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from router.accounts.model import Role
from tests.browser import account
from tests.browser.conftest import SUPERVISOR
from tests.browser.person import PHONE, WIDE, pages
from tests.live.calls import CALLER_HZ, OFFICER_HZ, answer, choose, converse
from tests.live.dispatch import hears_among

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.browser.person import Person
    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> {{ 7*7 }}\nBaris kedua."


async def test_a_talk_is_listened_to_and_taken_over(person: Person, phones: Phones) -> None:
    """By keys alone: it is there by itself, the handset rings, both are heard, and it goes away."""
    page, number = person.page, phones.centre.number()
    await phones.log_in("201", SUPERVISOR)
    await page.get_by_role("link", name="Pengawasan").click()
    await expect(page.locator("[data-link-state]")).to_have_text("Langsung")
    await expect(page.get_by_text("Tidak ada yang sedang bicara.")).to_be_visible()
    call = await choose(phones, number)
    officer = await answer(phones, "201")
    talk = page.locator(".talk").filter(has_text=number)
    await expect(talk).to_contain_text("Damkar")
    assert await person.axe() == []
    await talk.get_by_role("button", name="Simak 201").press("Enter")
    mine = await phones.bank.ring(SUPERVISOR)
    await mine.answer()
    await expect(page.get_by_role("status").last).to_have_text(
        "Pesawat Anda berdering untuk menyimak."
    )
    call.play_tone(CALLER_HZ)
    officer.play_tone(OFFICER_HZ)
    await asyncio.gather(hears_among(mine, CALLER_HZ), hears_among(mine, OFFICER_HZ))
    await mine.hang_up()
    # The page is answered when the handset is: until then the button keeps the focus.
    await talk.get_by_role("button", name="Ambil alih").focus()
    await page.keyboard.press("Enter")
    taken = await answer(phones, SUPERVISOR)
    await expect(page.get_by_role("status").last).to_have_text("Penelepon sekarang bersama Anda.")
    await officer.ended()
    await converse(call, taken)
    await expect(talk).to_contain_text(SUPERVISOR)
    await expect(talk.get_by_role("button")).to_have_count(0)
    await call.hang_up()
    await expect(talk).to_have_count(0)
    assert person.faults == []


async def test_the_big_screen_shows_no_numbers(
    browser: Browser, centre: Centre, accounts: tuple[str, str], phones: Phones
) -> None:
    """It is opened by keys from behind "more", which Escape closes; a call is on it by itself."""
    async with pages(browser, centre, accounts[0], WIDE, "dark") as somebody:
        await somebody.log_in()
        page, more = somebody.page, somebody.page.locator(".bar__more")
        await more.locator("summary").press("Enter")
        await more.get_by_role("link").first.focus()
        await page.keyboard.press("Escape")
        await expect(more.get_by_role("link", name="Layar besar")).to_be_hidden()
        await expect(more.locator("summary")).to_be_focused()
        await page.keyboard.press("Enter")
        await more.get_by_role("link", name="Layar besar").press("Enter")
        await page.wait_for_url("**/wall")
        await somebody.is_live()
        number = centre.number()
        call = await choose(phones, number)
        row = page.locator('[data-list="calls"] > li')
        await expect(row.get_by_text("Kebakaran")).to_be_visible()
        assert number not in await page.content()
        assert await somebody.axe() == []
        assert await somebody.overflow() == 0
        await call.hang_up()
        await expect(row).to_have_count(0)
        assert somebody.faults == []


async def test_a_note_goes_from_one_shift_to_the_next(
    person: Person, browser: Browser, centre: Centre
) -> None:
    """Written with markup in it, read on a telephone, and its writer sees who has read it."""
    page, reader = person.page, await account.make(centre, account.own("Nyoman"), Role.SUPERVISOR)
    await page.get_by_role("link", name="Serah terima").click()
    await page.get_by_label("Pesan untuk giliran berikutnya").fill(HOSTILE)
    await page.get_by_role("button", name="Serahkan").press("Enter")
    note = page.locator(".handover-note").first
    await expect(note).to_contain_text("<img src=x")
    await expect(note).to_contain_text("Belum dibaca siapa pun")
    async with pages(browser, centre, reader, PHONE, "dark") as next_one:
        await next_one.log_in()
        await next_one.page.goto(next_one.address("/handover"))
        read = next_one.page.get_by_role("button", name=f"Sudah saya baca {person.account}")
        assert await next_one.axe() == []
        assert await next_one.overflow() == 0
        await read.first.click()
        await expect(read).to_have_count(0)
        assert (await next_one.page.title()).startswith("Serah terima giliran")
        assert next_one.faults == []
    await page.reload()
    await expect(note).to_contain_text(f"Dibaca oleh {reader}")
    assert await page.locator(".handover-note img").count() == 0
    assert person.faults == []
