"""The figures on a page, and from each figure to exactly its calls."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import insert

from router.accounts.model import Role
from router.store.engine import WRITE
from router.store.rows import to_row
from router.store.tables import calls as table
from tests.unit.ops.report.november import MARKUP, calls

if TYPE_CHECKING:
    from tests.unit.router.console.people import Browser, House

NOVEMBER = "/reports?span=month&on=2026-11-02"
LINK = re.compile(r'href="(/records\?[^"]*)">([^<]*)<')


async def filled(house: House) -> None:
    """The month with one call of each kind."""
    house.clock.time = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
    async with house.desk.engine.connect() as plain:
        connection = await plain.execution_options(**{WRITE: True})
        async with connection.begin():
            rows = [{**to_row(call), "change": n} for n, call in enumerate(calls(), 1)]
            await connection.execute(insert(table), rows)


async def rows_at(browser: Browser, address: str) -> int:
    """How many rows a list of calls has, on all its pages."""
    found = 0
    while address:
        answer = await browser.get(address)
        assert answer.status == 200, (address, browser.page[:2000])
        body = browser.page.partition("<tbody>")[2].partition("</tbody>")[0]
        found += body.count("<tr>")
        older = re.search(r'rel="next" href="([^"]*)"', browser.page)
        address = html.unescape(older[1]) if older else ""
    return found


async def test_the_month_is_shown(house: House) -> None:
    """Figures, goals and breakdowns stand on the page; hostile names are words."""
    await filled(house)
    browser = await house.inside("ani", Role.SUPERVISOR)
    answer = await browser.get(f"{NOVEMBER}&by=all")
    assert answer.status == 200
    assert "November 2026" in browser.page
    assert MARKUP not in browser.page
    assert html.escape(MARKUP, quote=False) in browser.page


async def test_each_figure_opens_exactly_its_calls(house: House) -> None:
    """Of every link of figures on the page, the list has as many rows as the figure says."""
    await filled(house)
    browser = await house.inside("ani", Role.SUPERVISOR)
    await browser.get(f"{NOVEMBER}&by=all")
    links = {html.unescape(address): text for address, text in LINK.findall(browser.page)}
    assert len(links) > 100
    for address, text in links.items():
        if text.isdigit():
            assert await rows_at(browser, address) == int(text), address
