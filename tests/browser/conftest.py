"""The pages as people use them: real Chromium, a running centre, real telephones.

One centre, one browser and one event loop serve all tests of this folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

from router.accounts.model import Role
from siaga.settings import PROJECT
from tests.browser import account
from tests.browser.person import Person, pages
from tests.live.centre import Centre, running_centre
from tests.live.phones import Phones, telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser

BROWSER = "409"
"""The plan's handset in a browser."""
SUPERVISOR = "102"
"""The plan's handset that may listen to the others."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is a live one, and all are run by one worker."""
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A running centre for all browser tests."""
    home = tmp_path_factory.mktemp("pages")
    known = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    theirs = f'handsets: ["401", "402", {{extension: "{BROWSER}", browser: true}}]'
    plan = home / "plan.yaml"
    known = known.replace("centre:\n", f'centre:\n  supervisors: ["{SUPERVISOR}"]\n', 1)
    plan.write_text(known.replace('handsets: ["401", "402"]', theirs), encoding="utf-8")
    with running_centre(home / "centre", plan=plan) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def accounts(centre: Centre) -> tuple[str, str]:
    """Names of two supervisors who may log in by :data:`PASSWORD`."""
    names = ("Sri Wahyuni", "Budi Santoso")
    for name in names:
        await account.make(centre, name, Role.SUPERVISOR)
    return names


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(centre: Centre) -> AsyncIterator[Browser]:
    """Chromium, as set-up has found or made it."""
    async with async_playwright() as playwright:
        program = str(centre.settings.runtime / "bin" / "chromium")
        made = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield made
        await made.close()


@pytest_asyncio.fixture(loop_scope="session")
async def person(
    browser: Browser, centre: Centre, accounts: tuple[str, str]
) -> AsyncIterator[Person]:
    """Somebody at a desk, logged in, with the board open."""
    async with pages(browser, centre, accounts[0]) as somebody:
        await somebody.log_in()
        yield somebody


@pytest_asyncio.fixture(loop_scope="session")
async def phones(centre: Centre) -> AsyncIterator[Phones]:
    """Telephones at the centre."""
    await centre.until_ready()
    async with telephones(centre) as made:
        yield made
