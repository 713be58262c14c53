"""Somebody in front of a page: what they do, and what they see."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import expect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Locator, Page

    from tests.live.centre import Centre

PASSWORD: Final = "Kuda laut makan 7 jeruk"
WIDE: Final = (1440, 900)
PHONE: Final = (390, 844)
SEEN_MS: Final = 15_000
"""Longest that something may take to be seen."""
SERIOUS: Final = frozenset({"serious", "critical"})

expect.set_options(timeout=SEEN_MS)


@dataclass
class Person:
    """A page with somebody in front of it.

    Attributes:
        faults: what the page's scripts complained of, and what its policy refused.
    """

    page: Page
    context: BrowserContext
    centre: Centre
    account: str
    faults: list[str] = field(default_factory=list)

    def address(self, path: str = "/") -> str:
        """Of a page of the centre's."""
        return f"http://127.0.0.1:{self.centre.settings.ports.http}{path}"

    async def log_in(self) -> None:
        """By the form, as anybody does; then the board is there and true."""
        await self.page.goto(self.address())
        await self.page.locator("input[name=name]").fill(self.account)
        await self.page.locator("input[name=password]").fill(PASSWORD)
        await self.page.locator("input[name=password]").press("Enter")
        await self.is_live()

    async def is_live(self) -> None:
        """The board says that it is true."""
        await expect(self.page.locator("[data-link-state]")).to_have_attribute("data-state", "live")

    def call(self, text: str) -> Locator:
        """The row of a call, by something in it."""
        return self.page.locator('[data-list="calls"] > li').filter(has_text=text)

    def handset(self, extension: str) -> Locator:
        """The tile of a handset."""
        return self.page.locator(f'[data-handset="{extension}"]')

    async def overflow(self) -> int:
        """Pixels by which the page is wider than its window."""
        found: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return found

    async def axe(self, rule: str = "") -> list[dict[str, Any]]:
        """The serious faults that axe-core finds on the page, by all its rules or by one."""
        script = self.centre.settings.runtime / "testing" / "axe-core" / "axe.min.js"
        # The page's policy lets nobody add a script, so it is run from outside.
        text = script.read_text(encoding="utf-8")
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(f"() => {{ {text} ; return null; }}")
        run = "async (only) => JSON.stringify((await axe.run(only)).violations)"
        only = {"runOnly": [rule]} if rule else {}
        found = json.loads(await self.page.evaluate(run, only))
        return [
            {"rule": each["id"], "where": [node["html"][:200] for node in each["nodes"][:5]]}
            for each in found
            if each["impact"] in SERIOUS
        ]


@asynccontextmanager
async def pages(
    browser: Browser,
    centre: Centre,
    account: str,
    size: tuple[int, int] = WIDE,
    scheme: str = "light",
) -> AsyncIterator[Person]:
    """A person with a window of their own; they are not logged in."""
    phone = size == PHONE
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=phone,
        is_mobile=phone,
    )
    page = await context.new_page()
    somebody = Person(page, context, centre, account)
    page.on("pageerror", lambda error: somebody.faults.append(str(error)))
    page.on(
        "console",
        lambda message: (
            somebody.faults.append(message.text)
            if message.type == "error"
            and "Failed to load resource" not in message.text
            and "ERR_" not in message.text
            else None
        ),
    )
    try:
        yield somebody
    finally:
        await context.close()
