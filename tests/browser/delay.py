"""How soon a change is on the screen: from the AMI event's stamp to the browser's next frame.

``python -m tests.browser.delay [--calls N]`` starts a centre, opens the board in Chromium, places
calls that ring, are answered and end, and prints percentiles in milliseconds. All clocks are this
machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import async_playwright

from router.accounts.model import Role
from tests.browser import account
from tests.browser.conftest import FLAGS
from tests.browser.person import Person, pages
from tests.live.calls import answer, choose
from tests.live.centre import Centre, running_centre
from tests.live.phones import telephones

NAME: Final = "Meter"
WATCH: Final = """() => {
  window.delays = {};
  const list = document.querySelector('[data-list="calls"]');
  const seen = new Set();
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const row of change.addedNodes) {
        const times = row.querySelectorAll?.("[data-since]") ?? [];
        const where = row.dataset?.where;
        const key = `${row.dataset?.key} ${where}`;
        if (!times.length || seen.has(key)) {
          continue;
        }
        seen.add(key);
        const stamps = [...times].map((time) => Date.parse(time.dataset.since));
        const at = Math.max(...stamps);
        requestAnimationFrame(() => setTimeout(() => {
          (window.delays[where] ??= []).push(Date.now() - at);
        }));
      }
    }
  }).observe(list, { childList: true });
}"""
"""The newest stamp of a row that has just come is that of the event that changed it."""


async def _calls(somebody: Person, calls: int) -> dict[str, list[int]]:
    async with telephones(somebody.centre) as phones:
        await phones.log_in("201")
        for _ in range(calls):
            number = somebody.centre.number()
            call = await choose(phones, number)
            await answer(phones, "201")
            await somebody.call(number).get_by_text("Bicara", exact=True).wait_for()
            await call.hang_up()
            await somebody.call(number).wait_for(state="detached")
    found: dict[str, list[int]] = await somebody.page.evaluate("window.delays")
    return found


async def measure(centre: Centre, calls: int) -> dict[str, list[int]]:
    """Delays in ms by what a row says."""
    await account.make(centre, NAME, Role.SUPERVISOR)
    async with async_playwright() as playwright:
        program = str(centre.settings.runtime / "bin" / "chromium")
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        async with pages(browser, centre, NAME) as somebody:
            await somebody.log_in()
            await somebody.page.evaluate(WATCH)
            return await _calls(somebody, calls)


def percentile(values: list[int], share: float) -> int:
    """The value that a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.delay")
    parser.add_argument("--calls", type=int, default=20)
    calls = parser.parse_args().calls
    with tempfile.TemporaryDirectory() as home, running_centre(Path(home) / "c") as centre:
        found = asyncio.run(measure(centre, calls))
    every = [delay for delays in found.values() for delay in delays]
    for name, delays in (*sorted(found.items()), ("all", every)):
        figures = ", ".join(f"p{p} {percentile(delays, p / 100)} ms" for p in (50, 95, 99))
        sys.stdout.write(f"{name}: {len(delays)} changes, {figures}, max {max(delays)} ms\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
