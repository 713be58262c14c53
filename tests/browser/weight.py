"""What the board weighs on its way to a browser, and how soon it is of use.

``python -m tests.browser.weight [--runs N]`` starts a centre with weeks of calls and some calls
now, opens the board in Chromium so many times with an empty cache, and prints the bytes that were
transferred by what they are, and in milliseconds from the request: the first paint, DOM
interactive, the first row of a call, and when the board says that it is true; each as the median
with the least and the most.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from playwright.async_api import async_playwright

from router.accounts.model import Role
from tests.browser import account
from tests.browser.conftest import FLAGS
from tests.browser.lively import calls_now, plan_file, write_past
from tests.browser.person import Person, pages
from tests.live.centre import Centre, running_centre
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import CDPSession

NAME: Final = "Timbangan"
READY: Final = 'body:has([data-state="live"]) [data-list="calls"] > li:nth-child(3)'
TIMES: Final = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const page = performance.getEntriesByType("navigation")[0];
  const live = performance.getEntriesByName("board-live")[0];
  return {
    "first paint": paint.startTime,
    "DOM interactive": page.domInteractive,
    "first row": window.firstRow,
    "live": live.startTime,
  };
}"""
ROW: Final = """new MutationObserver((changes, watcher) => {
  if (document.querySelector('[data-list="calls"] > li')) {
    window.firstRow = performance.now();
    watcher.disconnect();
  }
}).observe(document, { childList: true, subtree: true });"""
"""A row that the server has written into the page counts from when the browser has read it."""


@dataclass
class Weighed:
    """What one visit took.

    Attributes:
        bytes: transferred, with headers, by what they are. The stream, which does not end, is not
            among them. ``plain``: the same not compressed.
        times: in ms, by what was there.
    """

    bytes: Counter[str] = field(default_factory=Counter)
    plain: Counter[str] = field(default_factory=Counter)
    times: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Bytes of all."""
        return sum(self.bytes.values())


@asynccontextmanager
async def scales(session: CDPSession) -> AsyncIterator[Weighed]:
    """Weighs what a page fetches meanwhile."""
    weighed, kinds = Weighed(), dict[str, str]()

    def came(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def grew(event: dict[str, Any]) -> None:
        weighed.plain[kinds.get(event["requestId"], "Other")] += event["dataLength"]

    def ended(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "Other")
        weighed.bytes[kind] += int(event["encodedDataLength"])

    session.on("Network.responseReceived", came)
    session.on("Network.dataReceived", grew)
    session.on("Network.loadingFinished", ended)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    yield weighed
    await session.detach()


async def weigh(somebody: Person, ready: str = '[data-state="live"]') -> Weighed:
    """Open the board with an empty cache, until it is live and its map is drawn."""
    page = somebody.page
    await page.add_init_script(ROW)
    async with scales(await somebody.context.new_cdp_session(page)) as weighed:
        await page.goto(somebody.address())
        await page.locator(ready).first.wait_for()
        await page.locator(".map__label").first.wait_for(state="attached")
        weighed.times = await page.evaluate(TIMES)
    return weighed


async def measure(centre: Centre, runs: int) -> list[Weighed]:
    """So many visits, each by a window of its own."""
    await centre.until_ready()
    await write_past(centre, datetime.now(UTC), ZoneInfo(centre.plan.centre.timezone))
    await account.make(centre, NAME, Role.SUPERVISOR)
    found = []
    async with async_playwright() as playwright, telephones(centre) as phones, calls_now(phones):
        program = str(centre.settings.runtime / "bin" / "chromium")
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        for _ in range(runs):
            async with pages(browser, centre, NAME) as somebody:
                await somebody.log_in()
                found.append(await weigh(somebody, READY))
        await browser.close()
    return found


def said(found: list[Weighed]) -> list[str]:
    """The figures, a line each."""
    middle = sorted(found, key=lambda one: one.total)[len(found) // 2]
    lines = [
        f"{kind}: {size / 1000:.1f} kB, uncompressed {middle.plain[kind] / 1000:.1f} kB"
        for kind, size in middle.bytes.most_common()
    ]
    lines.append(f"in all: {middle.total / 1000:.1f} kB ({len(found)} visits)")
    for name in found[0].times:
        times = sorted(one.times[name] for one in found)
        lines.append(f"{name}: {median(times):.0f} ms ({times[0]:.0f} to {times[-1]:.0f})")
    return lines


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.weight")
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    with (
        tempfile.TemporaryDirectory() as folder,
        running_centre(Path(folder) / "c", plan=plan_file(Path(folder))) as centre,
    ):
        found = asyncio.run(measure(centre, runs))
    for line in said(found):
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
