"""The call card in a real browser, with a real call at a real handset."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import update

from router.accounts.model import Role
from router.incidents.model import Said
from router.store import IncidentStore, open_engine
from router.store.account_tables import sessions
from router.store.incident_search import IncidentSearch
from router.store.notes import NoteStore
from router.store.rows import to_us
from tests.browser import account
from tests.browser.person import PASSWORD, PHONE, Person, pages
from tests.live.calls import answer, choose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page
    from sqlalchemy.ext.asyncio import AsyncEngine

    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.asyncio(loop_scope="session")
HOSTILE = "<img src=x onerror=document.title='owned'>"

COUNTED = """
window.heard = 0;
window.EventSource = class extends EventSource {
  constructor(url) {
    super(url);
    this.addEventListener("fragments", () => { window.heard += 1; });
  }
};
"""
"""How often a page was told something is counted."""


@pytest_asyncio.fixture(loop_scope="session")
async def engine(centre: Centre) -> AsyncIterator[AsyncEngine]:
    """The centre's database."""
    made = open_engine(centre.settings.database)
    yield made
    await made.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def operator(browser: Browser, centre: Centre) -> AsyncIterator[Person]:
    """An operator of this test alone, logged in, who sits at handset 201 and looks at the board."""
    name = await account.make(centre, account.own("Dewi"), Role.OPERATOR)
    async with pages(browser, centre, name) as somebody:
        await somebody.log_in()
        await somebody.page.get_by_role("link", name="Kartu", exact=True).click()
        await somebody.page.get_by_label("Saya duduk di pesawat").select_option("201")
        await somebody.page.get_by_role("button", name="Simpan").click()
        await expect(somebody.page.get_by_text("Di pesawat 201")).to_be_visible()
        await somebody.page.get_by_role("link", name="Papan", exact=True).click()
        await somebody.is_live()
        yield somebody


async def keys(page: Page, pressed: str) -> None:
    """A command by the keys of the handset, from wherever the focus is."""
    await page.keyboard.press("F8")
    for key in pressed:
        await page.keyboard.press(key)


async def test_the_card_of_a_call_that_rings_opens_and_all_is_done_by_it(
    operator: Person, phones: Phones, engine: AsyncEngine
) -> None:
    """A real call rings a handset: note, question, place, class, agency and leaving, by keys."""
    page, number = operator.page, phones.centre.number()
    await phones.log_in("201", "301")
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    title = page.get_by_role("heading", level=1)
    await expect(title).to_contain_text(number)
    await expect(page.locator('[data-piece="head"]')).to_contain_text("Berdering")
    await expect(page.locator('[data-piece="head"]')).to_contain_text("dipilih dengan tombol")
    await ring.answer()
    await expect(page.locator('[data-piece="dispatch"]')).to_contain_text("Anda bicara")
    # What is typed is saved by itself; keys of the handset work while it is being typed.
    await page.keyboard.press("F2")
    await page.keyboard.type(f"asap {HOSTILE}")
    await expect(page.locator("[data-note-state]")).to_have_text("Tersimpan")
    await keys(page, "41")
    await expect(page.locator('[data-piece="class"] .badge')).to_have_text("darurat")
    await expect(page.locator("#note")).to_have_value(f"asap {HOSTILE}")
    # That it is an emergency has opened an incident, to which the answer and the place belong.
    await expect(page.locator("[data-incident-first] b")).to_have_count(1)
    await page.keyboard.press("F4")
    await expect(page.locator("#ask-1")).to_be_focused()
    await page.keyboard.type("api besar")
    await page.keyboard.press("Enter")
    await expect(page.locator('[data-piece="sop"] .sop__line--done')).to_have_count(1)
    await page.get_by_label("Jalan, patokan").fill("pasar lama")
    await page.get_by_label("Jalan, patokan").press("Enter")
    await expect(page.locator('[data-piece="incident"]')).to_contain_text("pasar lama")
    # A double click brings an agency in once.
    place = list(phones.centre.plan.agencies).index("rsud") + 1
    await keys(page, f"1{place}")
    await keys(page, f"1{place}")
    await answer(phones, "301")
    await expect(page.locator('[data-piece="dispatch"] .people')).to_contain_text("301")
    record = await phones.centre.record(number, lambda one: len(one.legs) > 1, filed=False)
    assert [leg.agency for leg in record.legs] == ["damkar", "rsud"]
    assert await operator.axe() == []
    notes = await NoteStore(engine).of(record.node, record.id)
    assert [note.text for note in notes] == [f"asap {HOSTILE}"]
    await keys(page, "3")
    await expect(page.locator('[data-piece="dispatch"] .people')).not_to_contain_text("201")
    await call.hang_up()
    await expect(page.locator('[data-piece="head"]')).to_contain_text("Berakhir")
    # The next call's card opens by itself, though the focus is still in the note about this one.
    await page.keyboard.press("F2")
    following = phones.centre.number()
    call = await choose(phones, following)
    await (await phones.bank.ring("201")).alert()
    await expect(title).to_contain_text(following)
    await call.hang_up()
    assert not (await page.title()).startswith("owned")
    assert operator.faults == []
    await _close_all(engine)


async def test_the_link_to_a_card_is_not_taken_from_under_the_finger(
    operator: Person, phones: Phones
) -> None:
    """A ring is told beside what is typed; news of the call leave its link in its place."""
    page, number = operator.page, phones.centre.number()
    await phones.log_in("201")
    await page.add_init_script(COUNTED)
    await page.goto(operator.address("/records"))
    await page.get_by_label("Nomor atau bagiannya").fill("0812")
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    link = await page.locator("[data-ring] a").element_handle()
    await link.focus()
    before = await page.evaluate("window.heard")
    await ring.answer()
    await page.wait_for_function("(before) => window.heard > before", arg=before)
    assert await link.evaluate("(link) => link === document.activeElement")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    await call.hang_up()


async def test_a_session_that_ends_and_a_server_that_is_down_lose_nothing_typed(
    operator: Person, phones: Phones, engine: AsyncEngine
) -> None:
    """The note stays and is saved after logging in over the page; away, the keys are told."""
    page, number = operator.page, phones.centre.number()
    await phones.log_in("201")
    # Over somebody who types nothing opens: it is told, and a key leads there.
    await page.goto(operator.address("/records"))
    await page.get_by_label("Nomor atau bagiannya").fill("0812")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await expect(page.locator("[data-ring]")).to_contain_text("Pesawat 201")
    await expect(page.get_by_label("Nomor atau bagiannya")).to_have_value("0812")
    await page.get_by_role("link", name="Buka kartu").press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    async with engine.begin() as connection:
        ended = update(sessions).where(sessions.c.ended.is_(None))
        await connection.execute(ended.values(ended=to_us(datetime.now(UTC)), why="test"))
    await page.keyboard.press("F2")
    await page.keyboard.type("dua orang di dalam")
    state = page.locator("[data-note-state]")
    await expect(state).to_contain_text("waktu masuk habis")
    await page.keyboard.type(", satu luka")
    await page.get_by_role("button", name="Masuk lagi").first.click()
    window = page.get_by_role("dialog", name="Masuk")
    await window.get_by_label("Sandi").fill(PASSWORD)
    await window.get_by_label("Sandi").press("Enter")
    await expect(window).to_be_hidden()
    await expect(page.locator("#note")).to_have_value("dua orang di dalam, satu luka")
    await expect(state).to_have_text("Tersimpan")
    await _in_two_windows(operator)
    # The server is away: what was pressed is said not to be done, and what to press instead.
    phones.centre.kill("console")
    await keys(page, "43")
    await expect(page.locator('[data-notice="done"]')).to_contain_text("Di pesawat tekan *43.")
    await page.keyboard.press("F2")
    await page.keyboard.press("Control+End")
    await page.keyboard.type(", pingsan")
    # It is started again: what was typed meanwhile is saved by itself, in the same call.
    await expect(state).to_have_text("Tersimpan")
    await operator.is_live()
    await expect(page.locator('[data-piece="dispatch"]')).to_contain_text("Anda bicara")
    # The call ends, and a page that has not heard of it yet acts on it.
    form = page.locator('form[data-do="transfer-rsud"]')
    await form.evaluate("(form) => { window.left = form.cloneNode(true); }")
    await call.hang_up()
    await ring.ended()
    await expect(page.locator('[data-piece="dispatch"]')).to_contain_text("sudah berakhir")
    await page.evaluate("document.querySelector('[data-card]').append(window.left)")
    await page.locator('form[data-do="transfer-rsud"] button').click()
    await expect(page.locator('[data-notice="done"]')).to_contain_text("Panggilan sudah berakhir")
    assert operator.faults == []


async def test_on_a_telephone_in_the_dark_and_without_script(
    operator: Person, browser: Browser, phones: Phones
) -> None:
    """It fits, nothing serious is wrong with it, and in English plain forms do the same."""
    await phones.log_in("201")
    call = await choose(phones, "%3Cimg%20src=x%3E")
    await answer(phones, "201")
    await expect(operator.page.get_by_role("heading", level=1)).to_contain_text("<img src=x>")
    path = operator.page.url
    kept = await operator.context.storage_state()
    context = await browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, color_scheme="dark", storage_state=kept
    )
    small = Person(await context.new_page(), context, operator.centre, operator.account)
    await small.page.goto(path)
    await expect(small.page.locator("[data-link-state]")).to_have_attribute("data-state", "live")
    assert await small.overflow() == 0
    assert await small.axe() == []
    # Who wants to sit elsewhere meanwhile is not led away from where that is said.
    await small.page.goto(small.address("/card?change=1"))
    await expect(small.page.get_by_role("link", name="Buka kartu")).to_be_visible()
    assert await small.overflow() == 0
    assert await small.axe() == []
    await context.close()
    plain = await browser.new_context(java_script_enabled=False, storage_state=kept)
    page = await plain.new_page()
    await page.goto(path)
    await page.get_by_role("button", name="English").click()
    await page.locator("#note").fill("a fire")
    await page.get_by_role("button", name="Keep the note").click()
    await expect(page.locator("#note")).to_have_value("a fire")
    await page.get_by_role("button", name="prank").click()
    await expect(page.locator('[data-piece="class"] .badge')).to_have_text("prank")
    await plain.close()
    await call.hang_up()


async def _in_two_windows(operator: Person) -> None:
    """The same text in another window: neither is lost, and who types chooses."""
    page = operator.page
    state = page.locator("[data-note-state]")
    twin = await operator.context.new_page()
    await twin.goto(page.url)
    await twin.locator("#note").fill("di lantai dua")
    await expect(twin.locator("[data-note-state]")).to_have_text("Tersimpan")
    await twin.close()
    await page.keyboard.press("F2")
    await page.keyboard.type(", sadar")
    both = page.get_by_role("button", name="Gabung keduanya")
    await both.press("Enter")
    whole = "di lantai dua\ndua orang di dalam, satu luka, sadar"
    await expect(page.locator("#note")).to_have_value(whole)
    await expect(state).to_have_text("Tersimpan")


async def _close_all(engine: AsyncEngine) -> None:
    """Leave no incident behind."""
    store = IncidentStore(engine)
    for one in await IncidentSearch(engine).open():
        await store.finish(one.id, "x", Said("201", datetime.now(UTC)))
    store.close()
