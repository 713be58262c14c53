"""An incident's page in a real browser: two people at it, keys alone, a telephone, paper."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from router.accounts.model import Role
from router.calls.record import CallRecord
from router.incidents.model import Place, Said
from router.store import CallWriter, IncidentStore, open_engine
from siaga.places import Position
from tests.browser import account
from tests.browser.person import PHONE, Person, pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from tests.live.centre import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOSTILE = "<img src=x onerror=document.title='owned'>"


@pytest_asyncio.fixture(loop_scope="session")
async def other(centre: Centre) -> str:
    """Name of an operator of these tests alone: which language somebody reads stays with them."""
    return await account.make(centre, account.own("Ani"), Role.OPERATOR)


@pytest_asyncio.fixture(loop_scope="session")
async def number(centre: Centre) -> AsyncIterator[int]:
    """An incident that two calls tell of."""
    engine = open_engine(centre.settings.database)
    writer, store = CallWriter(engine), IncidentStore(engine)
    writer.start()
    now, node = datetime.now(UTC), centre.settings.node
    calls = [f"{node}-{now.timestamp():.0f}.{each}" for each in (71, 72)]
    for call in calls:
        writer.put(CallRecord(id=call, node=node, caller=HOSTILE, began=now, ended=now))
    assert await writer.close()
    made = await store.open_for(calls[0], Said("201", now), "fire")
    await store.join(made, calls[1], Said("201", now))
    place = Place("64.08.04", None, "pasar", Position(0.5003, 117.5364))
    await store.set_place(made, place, Said("201", now), "pasar")
    yield made
    await store.finish(made, "x", Said("201", now))
    store.close()
    await engine.dispose()


async def test_two_people_at_one_incident_by_keys(
    person: Person, browser: Browser, other: str, number: int
) -> None:
    """What both change is shown to the second, beside their own words; what is typed stays."""
    page = person.page
    await page.get_by_role("link", name="Kejadian", exact=True).focus()
    await page.keyboard.press("Enter")
    await page.locator(f'a[href="/incidents/{number}"]').focus()
    await page.keyboard.press("Enter")
    note = page.get_by_role("textbox", name="Catatan")
    await note.fill(f"asap {HOSTILE}")
    await page.get_by_label("Bagaimana berakhirnya").fill("belum")
    await note.press("Control+Enter")
    await expect(page.locator(".story")).to_contain_text(f"asap {HOSTILE}")
    await expect(page.get_by_label("Bagaimana berakhirnya")).to_have_value("belum")
    async with pages(browser, person.centre, other) as somebody:
        await somebody.log_in()
        await somebody.page.goto(person.address(f"/incidents/{number}"))
        street = somebody.page.get_by_label("Jalan, patokan")
        await street.fill("pasar lama")
        await page.get_by_label("Jalan, patokan").fill("pasar baru")
        await page.get_by_label("Jalan, patokan").press("Enter")
        await expect(page.locator(".where")).to_contain_text("pasar baru")
        await street.press("Enter")
        alert = somebody.page.get_by_role("alert").filter(has_text="Belum disimpan")
        await expect(alert).to_be_focused()
        await expect(alert).to_contain_text("pasar baru")
        await expect(street).to_have_value("pasar lama")
        assert await somebody.axe() == []
        await street.press("Enter")
        await expect(somebody.page.locator(".where")).to_contain_text("pasar lama")
        assert somebody.faults == []
    # What the other one did comes by itself, without what is being typed here going away.
    await expect(page.locator(".where")).to_contain_text("pasar lama")
    await expect(page.get_by_label("Bagaimana berakhirnya")).to_have_value("belum")
    await expect(page.locator(".map__incident")).to_have_count(1)
    await page.emulate_media(media="print")
    await expect(page.locator(".bar")).to_be_hidden()
    await expect(page.get_by_role("textbox", name="Catatan")).to_be_hidden()
    await expect(page.locator(".story")).to_be_visible()
    assert await page.title() != "owned"
    assert person.faults == []


async def test_on_a_telephone_in_the_dark_without_script(
    browser: Browser, centre: Centre, other: str, number: int
) -> None:
    """List and page fit, nothing serious is wrong with them, and in English plain forms do."""
    async with pages(browser, centre, other, PHONE, "dark") as somebody:
        await somebody.log_in()
        for path in ("/incidents", f"/incidents/{number}"):
            await somebody.page.goto(somebody.address(path))
            assert await somebody.overflow() == 0, path
            assert await somebody.axe() == [], path
        state = await somebody.context.storage_state()
        assert somebody.faults == []
    plain = await browser.new_context(
        java_script_enabled=False, storage_state=state, viewport={"width": 390, "height": 844}
    )
    page = await plain.new_page()
    await page.goto(f"http://127.0.0.1:{centre.settings.ports.http}/incidents/{number}")
    await page.get_by_role("button", name="English").click()
    await page.locator('form[data-form="note"] textarea').fill("two inside")
    await page.get_by_role("button", name="Keep the note").click()
    await expect(page.locator(".story")).to_contain_text("two inside")
    await plain.close()
