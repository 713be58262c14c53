import os

import pytest

from tests.browser.person import PHONE, WIDE, pages
from tests.browser.test_plan import admin, log_in, WRONG, RIGHT  # noqa

pytestmark = pytest.mark.asyncio(loop_scope="session")
PATHS = os.environ.get("SHOTS", "/plan /plan/review /plan/versions /plan/versions/1").split()


async def test_shots(browser, centre, admin):
    async with pages(browser, centre, admin, WIDE, "light") as s:
        await log_in(s)
        await s.page.goto(s.address("/plan"))
        t = s.page.locator("[data-text]")
        await t.fill((await t.input_value()).replace(RIGHT, WRONG, 1))
        await s.page.wait_for_selector(".problem")
        await s.page.screenshot(path="/tmp/shots-ed/wrong-light.png")
        await t.fill((await t.input_value()).replace(WRONG, "agency: bpbd\n    ring: 20s", 1))
        await s.page.wait_for_selector(".problem", state="detached")
        for size, scheme in ((WIDE, "light"), (PHONE, "dark")):
            await s.page.set_viewport_size({"width": size[0], "height": size[1]})
            await s.page.emulate_media(color_scheme=scheme)
            for path in PATHS:
                await s.page.goto(s.address(path))
                name = path.strip("/").replace("/", "-").replace("?", "-")[:40]
                await s.page.screenshot(
                    path=f"/tmp/shots-ed/{name}-{scheme}.png",
                    full_page=scheme == "dark" or path != "/plan",
                )
