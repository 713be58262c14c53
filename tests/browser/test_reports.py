"""Reports in a real browser: charts beside their table, by keys, on a telephone, on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import insert

from router.accounts import passwords
from router.accounts.model import Role
from router.accounts.trail import Actor
from router.calls.record import CallRecord, Outcome
from router.store import open_engine
from router.store.accounts import AccountStore
from router.store.engine import WRITE
from router.store.rows import to_row
from router.store.tables import calls, change_counters
from tests.browser.person import PASSWORD, PHONE, pages

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.live.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOSTILE = "<img src=x onerror=document.title='owned'>"
BEGAN = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)
"""A day that no other test has calls of."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chief(centre: Centre) -> str:
    """Name of a supervisor of these tests alone; six calls of a day long ago, three answered."""
    name = f"Tuti {datetime.now(UTC):%H%M%S%f}"
    engine = open_engine(centre.settings.database)
    store, hashed = AccountStore(engine), passwords.hashed(PASSWORD)
    actor = Actor("test", "127.0.0.1", datetime.now(UTC))
    rows = []
    for number in range(6):
        began = BEGAN + timedelta(hours=number)
        answered = began + timedelta(seconds=5 * number + 5) if number < 3 else None
        record = CallRecord(
            id=f"lama-{number}",
            node="lama",
            caller=HOSTILE,
            began=began,
            emergency=HOSTILE,
            answered=answered,
            answered_by=HOSTILE if answered else None,
            ended=began + timedelta(seconds=60),
            outcome=Outcome.ANSWERED if answered else Outcome.ABANDONED_RINGING,
        )
        rows.append({**to_row(record), "change": number + 1})
    try:
        made = await store.add(name, Role.SUPERVISOR, hashed, actor)
        await store.change_password(made.id, hashed, actor)
        async with engine.connect() as plain:
            connection = await plain.execution_options(**{WRITE: True})
            async with connection.begin():
                await connection.execute(insert(calls), rows)
                counter = {"node": "lama", "value": len(rows)}
                await connection.execute(insert(change_counters), counter)
    finally:
        store.close()
        await engine.dispose()
    return name


async def test_from_a_chart_to_its_calls(browser: Browser, centre: Centre, chief: str) -> None:
    """Charts are drawn of the table, a figure opens its calls; no script complains, all by keys."""
    async with pages(browser, centre, chief) as person:
        await person.log_in()
        page = person.page
        await page.get_by_text("Lainnya", exact=True).press("Enter")
        await page.get_by_role("link", name="Laporan", exact=True).press("Enter")
        await expect(page.get_by_text("hari ini belum selesai")).to_be_visible()
        await page.locator("input[name=on]").fill("2025-03-03")
        await page.locator("input[name=on]").press("Enter")
        await expect(page.get_by_role("heading", name="Senin, 3 Maret 2025")).to_be_visible()
        await expect(page.locator(".chart canvas")).to_have_count(3)
        await expect(page.get_by_role("rowheader", name=HOSTILE)).to_be_visible()
        assert await person.axe() == []
        await page.get_by_role("link", name="Instansi", exact=True).press("Enter")
        row = page.get_by_role("row", name=HOSTILE)
        await row.get_by_role("link", name="3", exact=True).first.press("Enter")
        await expect(page.locator(".calls-table tbody tr")).to_have_count(3)
        await expect(page.get_by_text("Tepat 3 panggilan")).to_be_visible()
        assert await person.axe() == []
        assert person.faults == []


async def test_on_a_telephone_and_on_paper(browser: Browser, centre: Centre, chief: str) -> None:
    """In English and the dark nothing is wider than the screen; on paper the controls are gone."""
    async with pages(browser, centre, chief, PHONE, "dark") as person:
        await person.log_in()
        page = person.page
        for span in ("day", "week", "month"):
            await page.goto(person.address(f"/reports?span={span}&on=2025-03-03&by=all"))
            await expect(page.locator(".chart canvas")).to_have_count(3)
            assert await person.overflow() == 0
        await page.get_by_role("button", name="English").click()
        await page.goto(person.address("/reports?span=month&on=2025-03-03"))
        await expect(page.get_by_role("heading", name="March 2025")).to_be_visible()
        assert await person.axe() == []
        await page.emulate_media(media="print")
        await expect(page.locator(".reports__top")).to_be_hidden()
        await expect(page.locator("#course")).to_be_visible()
        assert person.faults == []
