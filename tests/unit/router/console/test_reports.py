"""The figures on a page, and from each figure to exactly its calls."""

from __future__ import annotations

import csv
import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from router.accounts.model import Role
from router.store.engine import WRITE
from router.store.rows import to_row
from router.store.tables import calls as table
from tests.unit.ops.report.november import FORMULA, MARKUP, calls

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


async def test_a_share_opens_the_calls_it_is_of(house: House) -> None:
    """A share opens those that were due, a wait those that talked, and late ones have a list."""
    await filled(house)
    browser = await house.inside("ani", Role.SUPERVISOR)
    await browser.get(NOVEMBER)
    assert "figure=due_15" in browser.page
    assert "figure=late_15" in browser.page
    time = "since=2026-11-01T00:00&until=2026-11-30T23:59"
    due, talked, late = [
        await rows_at(browser, f"/records?{time}&figure={figure}")
        for figure in ("due_15", "talked_15", "late_15")
    ]
    assert due == talked + late > 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("on=2026-02-30", "Bukan tanggal"),
        ("on=kemarin", "Bukan tanggal"),
        ("on=2026-11-03%00", "Bukan tanggal"),
        ("on=9999-99-99", "Bukan tanggal"),
        ("on=1999-12-31", "Bukan tanggal"),
        ("span=year", "Lamanya laporan"),
        ("by=caller", "Rincian itu tidak ada"),
        ("on=2027-01-01", "belum tiba"),
        ("on=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "Bukan tanggal"),
    ],
)
async def test_what_is_no_report_is_said(house: House, query: str, said: str) -> None:
    """A bad address gets a sentence and a form to mend it, and nothing of it becomes a script."""
    browser = await house.inside("ani", Role.SUPERVISOR)
    answer = await browser.get(f"/reports?{query}")
    assert answer.status == 400
    assert said in browser.page
    assert "<script>alert" not in browser.page
    assert 'action="/reports"' in browser.page


async def test_the_edges_of_the_years_are_pages(house: House) -> None:
    """Also the first day that may be asked for has a day, a week and a month before it."""
    browser = await house.inside("ani", Role.SUPERVISOR)
    for span in ("day", "week", "month"):
        answer = await browser.get(f"/reports?span={span}&on=2000-01-01")
        assert answer.status == 200
        assert "Tidak ada panggilan" in browser.page


async def test_today_is_marked_and_compared_with_as_much_of_yesterday(house: House) -> None:
    """Half a day says so, and what yesterday had later is not in its figures."""
    await filled(house)
    house.clock.time = datetime(2026, 11, 4, 1, 30, tzinfo=UTC)
    browser = await house.inside("ani", Role.SUPERVISOR)
    await browser.get("/reports")
    assert "hari ini belum selesai" in browser.page
    assert "sampai saat yang sama" in browser.page
    assert 'data-state="now"' in browser.page
    assert 'rel="next"' not in browser.page
    # One call on the 4th before now (two at 03), none on the 3rd before 09.30 (one at 23).
    assert re.search(r"tile__value\">(?:<a[^>]*>)?2<", browser.page)
    assert "sebelumnya 0" in browser.page
    await browser.get("/reports?on=2026-11-03")
    assert "belum selesai" not in browser.page
    assert 'rel="next"' in browser.page


async def test_figures_are_taken_away_as_csv(house: House) -> None:
    """Each table, with every group of it; nothing that a spreadsheet takes for a formula."""
    await filled(house)
    browser = await house.inside("ani", Role.AUDITOR)
    await browser.get(f"{NOVEMBER}&by=all")
    sheets = set(re.findall(r"/reports\.csv\?[^\"]*sheet=(\w+)", browser.page))
    assert {"figures", "course", "emergency", "officer", "trunk"} <= sheets
    for sheet in sheets:
        answer = await browser.ask("GET", f"/reports.csv?span=month&on=2026-11-02&sheet={sheet}")
        assert answer.status == 200
        assert answer.content_type == "text/csv"
        assert f"2026-11-01_2026-11-30-{sheet}.csv" in answer.headers["Content-Disposition"]
        text = await answer.text()
        assert f'"{FORMULA}' not in text
        assert "\n=" not in text
    answer = await browser.ask("GET", "/reports.csv?span=month&on=2026-11-02&sheet=figures")
    rows = list(csv.reader((await answer.text()).splitlines()))
    assert rows[1] == ["calls", f"{len(calls())}", "0"]
    assert (await browser.ask("GET", "/reports.csv?sheet=secrets")).status == 404
    assert (await browser.ask("GET", "/reports.csv?on=x")).status == 400


async def test_the_calls_of_a_figure_are_taken_away(house: House) -> None:
    """The file of the list has the same calls, and the trail says which figure's they are."""
    await filled(house)
    browser = await house.inside("ani", Role.SUPERVISOR)
    asked = "since=2026-11-01T00:00&until=2026-11-30T23:59&figure=answered"
    there = await rows_at(browser, f"/records?{asked}")
    answer = await browser.ask("GET", f"/records.csv?{asked}")
    assert len((await answer.text()).splitlines()) == there + 1
    auditor = await house.inside("tuti", Role.AUDITOR)
    await auditor.get("/audit")
    assert "figure=answered" in html.unescape(auditor.page)


async def test_a_figure_that_is_none_is_said(house: House) -> None:
    """Of no such name, without its time, or for who may not see reports: no list of other calls."""
    browser = await house.inside("ani", Role.SUPERVISOR)
    time = "since=2026-11-01T00:00&until=2026-11-30T23:59"
    for asked in (f"{time}&figure=x", "figure=calls", f"{time}&figure=calls&by=caller"):
        for path in ("/records", "/records.csv"):
            assert (await browser.get(f"{path}?{asked}")).status == 400
    long = "since=2020-01-01T00:00&until=2026-11-30T23:59&figure=calls"
    assert (await browser.get(f"/records?{long}")).status == 400
    hostile = f"{time}&figure=calls&by=weekday&key=%3Cb%3Ex"
    assert (await browser.get(f"/records?{hostile}")).status == 200
    assert "<b>x" not in browser.page
    operator = await house.inside("odi", Role.OPERATOR)
    assert (await operator.get(f"/records?{time}&figure=calls")).status == 403
    assert (await operator.get("/reports")).status == 403


async def test_a_test_whose_recording_is_gone_stays_a_test(house: House) -> None:
    """The database knows it for one: it is in no other figure, and in the list of tests."""
    await filled(house)
    async with house.desk.engine.connect() as plain:
        connection = await plain.execution_options(**{WRITE: True})
        async with connection.begin():
            gone = table.c.recording_path.is_(None)
            await connection.execute(update(table).where(gone).values(test=1))
    browser = await house.inside("ani", Role.SUPERVISOR)
    await browser.get(NOVEMBER)
    links = {html.unescape(address): text for address, text in LINK.findall(browser.page)}
    plain = {
        address: text
        for address, text in links.items()
        if text.isdigit() and ("figure" not in address or "figure=tests" in address)
    }
    for address, text in plain.items():
        assert await rows_at(browser, address) == int(text), address
    assert any("figure=tests" in address for address in links)
    assert not any("figure=refused" in address for address in links)
