"""Pictures of the pages for the documents: ``./siaga112 screenshots [NAME …]``, without names all.

Starts a centre with weeks of made-up calls and some calls now, opens the pages in Chromium, and
writes ``docs/img/NAME.png``, ``NAME-dark.png`` and ``NAME-phone.png``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from playwright.async_api import async_playwright

from router.accounts.model import Role
from siaga.settings import PROJECT
from tests.browser import account
from tests.browser.conftest import FLAGS
from tests.browser.lively import RECORDED, calls_now, plan_file, write_past
from tests.browser.person import PHONE, WIDE, Person, pages
from tests.browser.picture import small
from tests.live.centre import Centre, running_centre
from tests.live.phones import telephones

if TYPE_CHECKING:
    from playwright.async_api import Browser

NAME: Final = "Sri Wahyuni"
FOLDER: Final = PROJECT / "docs" / "img"
MOST_BYTES: Final = 150_000
"""Of one picture: the repository stays small."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A page.

    Attributes:
        name: of its pictures.
        path: its address.
        ready: what is on it when it is whole.
        follow: a link on it that is followed first.
    """

    name: str
    path: str
    ready: str
    follow: str = ""


SHOTS: Final = (
    Shot("board", "/", 'body:has([data-state="live"]) [data-list="calls"] > li:nth-child(3)'),
    Shot(
        "card",
        "/",
        'body:has([data-state="live"]) .call-card',
        '[data-list="calls"] .call[data-where="talking"] a',
    ),
    Shot("incidents", "/incidents", ".list__link"),
    Shot("records", "/records", ".calls-table tbody tr"),
    Shot("record", f"/records?number={RECORDED[1:]}", ".player__wave", ".calls-table tbody th a"),
    Shot("report", "/reports?span=month", ".uplot canvas"),
    Shot("plan", "/plan", ".plan-left"),
)
"""One more page is a line more."""
LOOKS: Final = (("", WIDE, "light"), ("-dark", WIDE, "dark"), ("-phone", PHONE, "light"))


async def _take(somebody: Person, shot: Shot, file: Path) -> None:
    page = somebody.page
    await page.goto(somebody.address(shot.path))
    if shot.follow:
        await page.locator(shot.follow).first.click()
    await page.locator(shot.ready).first.wait_for()
    await page.evaluate("document.fonts.ready")
    blank = await somebody.context.new_page()
    data = await small(await page.screenshot(animations="disabled"), blank)
    await blank.close()
    if len(data) > MOST_BYTES:
        raise SystemExit(f"{file.name}: {len(data)} bytes, more than {MOST_BYTES}")
    await asyncio.to_thread(file.write_bytes, data)
    sys.stdout.write(f"{file.relative_to(PROJECT)} {len(data) // 1000} kB\n")


async def _all(browser: Browser, centre: Centre, wanted: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for ending, size, scheme in LOOKS:
        async with pages(browser, centre, NAME, size, scheme) as somebody:
            await somebody.log_in()
            for shot in SHOTS:
                if not wanted or shot.name in wanted:
                    await _take(somebody, shot, FOLDER / f"{shot.name}{ending}.png")


async def take(centre: Centre, wanted: list[str]) -> None:
    """Make the centre lively and take the pictures."""
    await centre.until_ready()
    zone = ZoneInfo(centre.plan.centre.timezone)
    await write_past(centre, datetime.now(UTC), zone)
    await account.make(centre, NAME, Role.SUPERVISOR)
    async with async_playwright() as playwright:
        program = str(centre.settings.runtime / "bin" / "chromium")
        browser = await playwright.chromium.launch(
            executable_path=program, args=[*FLAGS, "--lang=id"]
        )
        async with telephones(centre) as phones, calls_now(phones):
            await _all(browser, centre, wanted)
        await browser.close()


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="./siaga112 screenshots")
    names = [shot.name for shot in SHOTS]
    parser.add_argument("name", nargs="*", help=", ".join(names))
    wanted = parser.parse_args().name
    if not set(wanted) <= set(names):
        parser.error(f"choose of {', '.join(names)}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "c"
        with running_centre(home, plan=plan_file(Path(folder))) as centre:
            asyncio.run(take(centre, wanted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
