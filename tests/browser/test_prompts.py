"""Prompts in a real browser: recorded with a microphone, put in use, and heard by a caller."""

from __future__ import annotations

import re
import subprocess
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from router.accounts.model import Role
from siaga.takes import Takes
from tests.browser import account
from tests.browser.conftest import FLAGS
from tests.browser.person import PASSWORD, PHONE, Person, pages
from tests.live.menu.ear import hears_prompt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MENU = "/prompts/id/menu"
LONG_ENOUGH = re.compile(r"^[4-9],")
"""Seconds that are said to be recorded by now."""
TEXT = "Darurat, kebakaran tekan satu, ambulans tekan dua, atau tunggu petugas."


@pytest.fixture(scope="module")
def voice(centre: Centre, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the microphone hears: somebody who reads a menu, again and again."""
    folder = tmp_path_factory.mktemp("voice")
    programs = centre.settings.runtime / "bin"
    spoken = folder / "spoken.wav"
    subprocess.run([programs / "espeak-ng", "-v", "id", "-w", spoken, TEXT], check=True)
    file = folder / "microphone.wav"
    subprocess.run([programs / "sox", spoken, "-r", "48000", file, "gain", "-n", "-6"], check=True)
    return file


@asynccontextmanager
async def at_work(centre: Centre, name: str, voice: Path) -> AsyncIterator[Person]:
    """An admin with a microphone, logged in."""
    flags = [
        *FLAGS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
    ]
    program = str(centre.settings.runtime / "bin" / "chromium")
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=program, args=flags) as browser,
        pages(browser, centre, name) as somebody,
    ):
        page = somebody.page
        await page.goto(somebody.address("/login?next=/prompts"))
        await page.locator("input[name=name]").fill(name)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.locator("input[name=password]").press("Enter")
        await page.locator("input[name=code]").fill(pyotp.TOTP(SECRET).now())
        await page.locator("input[name=code]").press("Enter")
        await somebody.is_live()
        yield somebody


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def admin(centre: Centre, voice: Path) -> AsyncIterator[Person]:
    """Somebody at the page of prompts."""
    name = await account.make(centre, account.own("Wayan"), Role.ADMIN, SECRET)
    async with at_work(centre, name, voice) as somebody:
        yield somebody


async def test_recorded_heard_used_and_heard_by_a_caller(
    admin: Person, centre: Centre, phones: Phones
) -> None:
    """By keys alone: recorded, listened to, put in use, heard by a caller, and taken back."""
    page, takes = admin.page, Takes(centre.settings.takes)
    await page.goto(admin.address(MENU))
    await page.get_by_role("button", name="Rekam", exact=True).press("Enter")
    await expect(page.get_by_text("Merekam.")).to_be_visible()
    await expect(page.get_by_role("timer")).to_have_text(LONG_ENOUGH)
    await page.get_by_role("button", name="Selesai", exact=True).press("Enter")
    await expect(page.get_by_text("Rekaman disimpan, belum dipakai.")).to_be_visible()
    (take,) = takes.all("id", "menu")
    use = page.get_by_role("button", name=f"Pakai rekaman ini {take.id}")
    await expect(use).to_be_disabled()
    sound = page.locator(f"#take-{take.id} audio")
    await sound.evaluate("audio => { audio.playbackRate = 4; return audio.play(); }")
    await expect(use).to_be_enabled()
    await use.press("Enter")
    await expect(page.get_by_text("Rekaman dipakai;")).to_be_visible()
    call = await phones.line.call(centre.number())
    try:
        await hears_prompt(call, centre, "id", "menu")
    finally:
        await page.get_by_role("button", name="Kembali ke suara bawaan").press("Enter")
    await expect(page.get_by_text("Suara bawaan terdengar lagi")).to_be_visible()
    assert await admin.axe() == []
    await call.hang_up()
    assert admin.faults == []


async def test_the_pages_fit_a_telephone_and_serve_everybody(admin: Person) -> None:
    """List and prompt at 390 px, in both languages and themes, without serious faults."""
    page = admin.page
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for scheme, name, language in (("light", "English", "en"), ("dark", "Indonesia", "id")):
        await page.emulate_media(color_scheme=scheme)
        await page.get_by_role("button", name=name).click()
        await expect(page.locator("html")).to_have_attribute("lang", language)
        for path in ("/prompts", MENU, "/prompts/en/ring"):
            await page.goto(admin.address(path))
            assert await admin.overflow() == 0, path
            assert await admin.axe() == [], path
    listen = page.locator("a[data-play]").first
    await page.goto(admin.address("/prompts"))
    await listen.focus()
    await page.keyboard.press("Space")
    await expect(listen).to_contain_text("Berhenti")
    await page.keyboard.press("Space")
    await expect(listen).to_contain_text("Dengarkan")
    assert admin.faults == []
