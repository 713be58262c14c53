"""Every page there is, in a real browser: fits a telephone, and is for who sees badly, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyotp
import pytest
from playwright.async_api import expect

from router.accounts.model import Role, Stage
from router.console.pages import routes
from tests.browser import account
from tests.browser.person import PASSWORD, PHONE, Person, pages

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.live.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NO_PAGES: Final = frozenset(
    {
        "/board/stream",
        "/wall/stream",
        "/board/regency.json",
        "/card/stream",
        "/supervise/talks",
        "/records.csv",
    }
)
COVERED: Final = frozenset(
    {"/", "/wall", "/handover", "/card", "/incidents", "/records", "/reports", "/plan"}
)
"""Others of this folder look at these, light and dark."""


def addresses() -> list[str]:
    """Of the pages that an admin sees, by the table of routes."""
    return [
        route.path
        for route in routes()
        if route.method == "GET"
        and not route.live
        and Stage.FULL in route.stages
        and route.contract is None
        and Role.ADMIN in (route.roles if isinstance(route.roles, frozenset) else ())
        and "{" not in route.path
        and "." not in route.path
        and route.path not in NO_PAGES | COVERED
    ]


async def admin(somebody: Person) -> None:
    """Log in with a code."""
    await somebody.page.goto(somebody.address("/login"))
    await somebody.page.locator("input[name=name]").fill(somebody.account)
    await somebody.page.locator("input[name=password]").fill(PASSWORD)
    await somebody.page.locator("input[name=password]").press("Enter")
    await somebody.page.locator("input[name=code]").fill(pyotp.TOTP(SECRET).now())
    await somebody.page.locator("input[name=code]").press("Enter")
    await expect(somebody.page.locator(".bar__nav")).to_be_attached()


async def wrong(somebody: Person, address: str) -> list[str]:
    """What is wrong with a page, in both themes."""
    page, found = somebody.page, []
    answer = await page.goto(somebody.address(address))
    if answer is None or "text/html" not in answer.headers.get("content-type", ""):
        return []
    if over := await somebody.overflow():
        found.append(f"{address}: {over} px too wide")
    # Of what axe-core looks at, the theme changes nothing but the contrast.
    for theme, rule in (("light", ""), ("dark", "color-contrast")):
        await page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        found += [f"{address}, {theme}: {fault}" for fault in await somebody.axe(rule)]
    return found


async def test_every_page_fits_and_has_no_serious_fault(browser: Browser, centre: Centre) -> None:
    """Of the table of routes, on a telephone, in both themes: no page can be forgotten."""
    name = await account.make(centre, account.own("Tini"), Role.ADMIN, SECRET)
    async with pages(browser, centre, name, PHONE) as somebody:
        await admin(somebody)
        found = [fault for each in addresses() for fault in await wrong(somebody, each)]
        assert found == []
        assert somebody.faults == []
