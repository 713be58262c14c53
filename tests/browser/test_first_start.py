"""The way in of a centre that was just installed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyotp
import pytest
from playwright.async_api import expect

from ops.up import FIRST_LOGIN
from tests.browser.person import PASSWORD

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.live.centre import Centre


@pytest.mark.asyncio(loop_scope="session")
async def test_the_first_start_tells_its_admin_the_way_in(browser: Browser, centre: Centre) -> None:
    """What `up` has left, once, opens the console; a password and a second factor are made.

    Nobody is at a terminal here, so it names a file and prints no password.
    """
    file = centre.settings.home / FIRST_LOGIN
    name, password = file.read_text("utf-8").strip().split(" / ")
    printed = centre.output.read_text("utf-8")
    assert printed.count(str(file)) == 1
    assert password not in printed
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{centre.settings.ports.http}")
    await page.locator("input[name=name]").fill(name)
    await page.locator("input[name=password]").fill(password)
    await page.keyboard.press("Enter")
    await page.locator("input[name=again]").fill(PASSWORD)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    code = page.locator("input[name=code]")
    secret = await page.locator("input[name=secret]").get_attribute("value") or ""
    await code.fill(pyotp.TOTP(secret).at(datetime.now(UTC)))
    await code.press("Enter")
    await expect(page.locator("[data-link-state]")).to_have_attribute("data-state", "live")
    await context.close()
