"""The handset in the browser: real Chromium, real audio both ways, a connection that is cut."""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from ops.phone.leg import SIGNAL_S
from router.accounts import passwords
from router.accounts.model import Role
from router.accounts.trail import Actor
from router.store import open_engine
from router.store.accounts import AccountStore
from tests.browser.conftest import FLAGS
from tests.browser.person import PASSWORD, Person, pages
from tests.live.calls import CALLER_HZ, answer, choose, converse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

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


@pytest_asyncio.fixture(loop_scope="session")
async def officer(centre: Centre, tmp_path: Path) -> AsyncIterator[Person]:
    """An operator of the test's own, with a microphone that sounds."""
    name = "Rina Operator"
    actor = Actor("test", "127.0.0.1", datetime.now(UTC))
    engine = open_engine(centre.settings.database)
    store = AccountStore(engine)
    hashed = passwords.hashed(PASSWORD)
    made = await store.add(name, Role.OPERATOR, hashed, actor)
    await store.change_password(made.id, hashed, actor)
    store.close()
    await engine.dispose()
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
        pages(browser, centre, name) as somebody,
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


async def test_a_browser_answers_talks_is_cut_and_hangs_up(officer: Person, phones: Phones) -> None:
    """Both hear each other; mute and hold silence the one side; a cut connection ends no call."""
    page = officer.page
    state = page.locator("[data-handset-page]")

    async def is_now(what: str) -> None:
        await expect(state).to_have_attribute("data-state", what)

    await page.get_by_role("link", name="Pesawat", exact=True).click()
    await page.get_by_label("Saring gema").uncheck()
    await page.get_by_role("button", name="Mulai menerima").click()
    await is_now("ready")
    assert await officer.axe() == []
    call = await choose(phones, HOSTILE, "3")
    await is_now("ringing")
    await expect(page.get_by_role("button", name="Jawab")).to_be_focused()
    assert await officer.axe() == []
    await page.keyboard.press("j")
    await is_now("talking")
    await expect(page.locator("[data-party]")).to_contain_text("<img src=x")
    call.play_tone(CALLER_HZ)
    await call.hears(MICROPHONE_HZ)
    await page.wait_for_function(HEARD)
    await page.keyboard.press("b")
    await expect(page.get_by_text("Mikrofon dibisukan")).to_be_visible()
    await silent(call)
    await page.keyboard.press("b")
    await call.hears(MICROPHONE_HZ)
    await page.keyboard.press("t")
    await is_now("held")
    await page.wait_for_function(UNHEARD)
    await page.keyboard.press("t")
    await is_now("talking")
    await asyncio.gather(call.hears(MICROPHONE_HZ), page.wait_for_function(HEARD))
    assert await officer.axe() == []
    # The way through the console is cut in the midst of it, and comes back by itself.
    officer.centre.kill("console")
    why = page.locator("[data-why]")
    await expect(why).to_contain_text("suara tetap berjalan")
    await call.hears(MICROPHONE_HZ)
    await expect(why).to_be_hidden()
    await call.hears(MICROPHONE_HZ)
    await page.wait_for_function(HEARD)
    await call.hang_up()
    await is_now("ready")
    # It rings again, and the officer sends the caller on to a telephone.
    await phones.log_in("101")
    call = await choose(phones, phones.centre.number(), "3")
    await is_now("ringing")
    await page.keyboard.press("Enter")
    await is_now("talking")
    await page.get_by_label("Alihkan ke pesawat").select_option("101")
    await page.get_by_role("button", name="Alihkan").click()
    ring = await answer(phones, "101")
    await is_now("ready")
    await converse(call, ring)
    await call.hang_up()
    # And once more, until the officer ends it.
    call = await choose(phones, phones.centre.number(), "3")
    await is_now("ringing")
    await page.keyboard.press("Enter")
    await is_now("talking")
    await call.hears(MICROPHONE_HZ)
    await page.keyboard.press("x")
    await call.ended()
    await is_now("ready")
    assert officer.faults == []
