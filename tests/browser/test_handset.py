"""The handset in the browser: real Chromium, real audio both ways, a connection that is cut."""

from __future__ import annotations

import asyncio
import math
import re
import struct
import wave
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from ops.phone.leg import SIGNAL_S
from router.accounts.model import Role
from tests.browser import account
from tests.browser.conftest import FLAGS
from tests.browser.person import PHONE, Person, pages
from tests.live.calls import CALLER_HZ, answer, choose, converse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page, Route

    from ops.phone import Call
    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.asyncio(loop_scope="session")

MICROPHONE_HZ = 700
HEARD = "() => document.querySelector('[data-level-theirs]').value > 0.4"
UNHEARD = "() => document.querySelector('[data-level-theirs]').value < 0.2"
"""What the page's own meter shows of the caller."""
HOSTILE = "%3Cimg%20src=x%20onerror=document.title='owned'%3E"
SILENT_MS = 300.0
SOFT = 60.0
"""Of samples, as a root of mean squares; the tone has some thousands."""


def microphone(file: Path) -> None:
    """A tone, as what the browser's microphone hears."""
    rate = 48_000
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        turns = (math.sin(2 * math.pi * MICROPHONE_HZ * n / rate) for n in range(rate))
        out.writeframes(b"".join(struct.pack("<h", round(12_000 * turn)) for turn in turns))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def operator(centre: Centre) -> str:
    """An account of these tests' own."""
    return await account.make(centre, "Rina Operator", Role.OPERATOR)


@pytest_asyncio.fixture(loop_scope="session")
async def officer(centre: Centre, operator: str, tmp_path: Path) -> AsyncIterator[Person]:
    """The operator, in a browser with a microphone that sounds."""
    tone = tmp_path / "microphone.wav"
    microphone(tone)
    flags = [
        *FLAGS,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tone}",
    ]
    program = str(centre.settings.runtime / "bin" / "chromium")
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=program, args=flags) as browser,
        pages(browser, centre, operator) as somebody,
    ):
        await somebody.log_in()
        yield somebody


async def silent(call: Call) -> None:
    """Wait until nothing is heard for a while."""
    mark = call.heard.mark()

    def check() -> bool | None:
        heard = call.heard.since(mark, SILENT_MS)
        return True if heard.ms >= SILENT_MS and heard.rms < SOFT else None

    await call.changes.until(check, SIGNAL_S, "silence")


async def is_now(page: Page, what: str) -> None:
    """What the page says of itself."""
    await expect(page.locator("[data-handset-page]")).to_have_attribute("data-state", what)


async def start(page: Page) -> None:
    """From the link at the top to a handset that is ready; nothing is chosen before its script."""
    loaded = asyncio.Event()

    async def hold(route: Route) -> None:
        await loaded.wait()
        await route.continue_()

    await page.route(re.compile(r"/js/handset\.js"), hold)
    await page.get_by_role("link", name="Pesawat", exact=True).click()
    clean = page.get_by_label("Saring gema")
    await expect(clean).to_be_disabled()
    await expect(page.get_by_role("button", name="Mulai menerima")).to_be_disabled()
    loaded.set()
    await clean.uncheck()
    await page.get_by_role("button", name="Mulai menerima").click()
    await is_now(page, "ready")


async def rung(page: Page, phones: Phones, number: str) -> Call:
    """A caller for whom it rings."""
    call = await choose(phones, number, "3")
    await is_now(page, "ringing")
    return call


async def talked(page: Page, call: Call) -> None:
    """Both sides hear each other, but for mute and hold."""
    await expect(page.locator("[data-party]")).to_contain_text("<img src=x")
    call.play_tone(CALLER_HZ)
    await asyncio.gather(call.hears(MICROPHONE_HZ), page.wait_for_function(HEARD))
    await page.keyboard.press("b")
    await expect(page.get_by_text("Mikrofon dibisukan")).to_be_visible()
    await silent(call)
    await page.keyboard.press("b")
    await call.hears(MICROPHONE_HZ)
    await page.keyboard.press("t")
    await is_now(page, "held")
    await page.wait_for_function(UNHEARD)
    await page.keyboard.press("t")
    await is_now(page, "talking")
    await asyncio.gather(call.hears(MICROPHONE_HZ), page.wait_for_function(HEARD))


async def test_a_browser_answers_talks_and_is_cut(officer: Person, phones: Phones) -> None:
    """Both hear each other; mute and hold silence the one side; a cut connection ends no call."""
    page = officer.page
    await start(page)
    assert await officer.axe() == []
    call = await rung(page, phones, HOSTILE)
    await expect(page.get_by_role("button", name="Jawab")).to_be_focused()
    assert await officer.axe() == []
    await page.keyboard.press("j")
    await is_now(page, "talking")
    await talked(page, call)
    assert await officer.axe() == []
    # The way through the console is cut in the midst of it, and comes back by itself.
    officer.centre.kill("console")
    why = page.locator("[data-why]")
    await expect(why).to_contain_text("suara tetap berjalan")
    await call.hears(MICROPHONE_HZ)
    await expect(why).to_be_hidden()
    await asyncio.gather(call.hears(MICROPHONE_HZ), page.wait_for_function(HEARD))
    await call.hang_up()
    await is_now(page, "ready")
    assert officer.faults == []


async def test_a_browser_sends_on_hangs_up_and_is_lost(officer: Person, phones: Phones) -> None:
    """A caller is sent on to a telephone, hung up on, and led on when the page is loaded anew."""
    page = officer.page
    await phones.log_in("101")
    await start(page)
    call = await rung(page, phones, phones.centre.number())
    await page.keyboard.press("Enter")
    await is_now(page, "talking")
    await page.get_by_label("Alihkan ke pesawat").select_option("101")
    await page.get_by_role("button", name="Alihkan").click()
    ring = await answer(phones, "101")
    await is_now(page, "ready")
    await converse(call, ring)
    await call.hang_up()
    call = await rung(page, phones, phones.centre.number())
    await page.keyboard.press("j")
    await is_now(page, "talking")
    await call.hears(MICROPHONE_HZ)
    await page.keyboard.press("x")
    await call.ended()
    await is_now(page, "ready")
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    call = await rung(page, phones, phones.centre.number())
    await page.keyboard.press("j")
    await is_now(page, "talking")
    assert await officer.overflow() == 0
    assert await officer.axe() == []
    await phones.log_in("401")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    await page.get_by_role("button", name="Mulai menerima").click()
    ring = await answer(phones, "401")
    await converse(call, ring)
    await call.hang_up()
    assert officer.faults == []
