"""The routing plan in a real browser: mistyped, mended, applied, and gone by at the next call."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from router.accounts.model import Role
from siaga.plan.versions import VersionStore
from tests.browser import account
from tests.browser.person import PASSWORD, PHONE, Person, pages
from tests.live.calls import choose

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

    from tests.live.centre import Centre
    from tests.live.phones import Phones

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PAGES = (
    "/plan",
    "/plan/review",
    "/plan/versions",
    "/plan/approval",
    "/plan/what-if?press=1",
    "/plan/flow",
    "/plan/overrides",
    "/plan/handsets",
)
RIGHT = "agency: damkar\n    ring: 20s"
WRONG = "agency: damkat\n    ring: 20s"
OTHER = "agency: bpbd\n    ring: 20s"


@pytest_asyncio.fixture(loop_scope="session")
async def admin(centre: Centre) -> str:
    """Name of an admin of this test alone."""
    return await account.make(centre, account.own("Ketut"), Role.ADMIN, SECRET)


async def log_in(somebody: Person) -> None:
    """With the code of the second factor."""
    page = somebody.page
    await page.goto(somebody.address("/login?next=/plan"))
    await page.locator("input[name=name]").fill(somebody.account)
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.locator("input[name=password]").press("Enter")
    await page.locator("input[name=code]").fill(pyotp.TOTP(SECRET).now())
    await page.locator("input[name=code]").press("Enter")
    await somebody.is_live()


def shell_applies(centre: Centre, file: Path, text: str) -> None:
    """Put a plan in force as whoever has the machine does."""
    file.write_text(text, encoding="utf-8")
    done = centre.command("apply", str(file))
    assert done.returncode == 0, done.stderr


async def test_an_admin_mistypes_mends_and_applies(
    browser: Browser, centre: Centre, phones: Phones, admin: str
) -> None:
    """The error stands at its line as it is typed; the plan applied is what the next call meets."""
    store = VersionStore(centre.settings.home / "plan")
    before = store.in_force
    assert before is not None
    async with pages(browser, centre, admin) as somebody:
        page = somebody.page
        await log_in(somebody)
        await page.goto(somebody.address("/plan"))
        text = page.get_by_role("textbox", name="Rencana sebagai YAML")
        old = await text.input_value()
        await expect(page.locator(".code__numbers span").nth(9)).to_be_attached()
        await expect(page.locator(".code__numbers .is-wrong")).to_have_count(0)
        wrong = old.replace(RIGHT, WRONG, 1)
        line = wrong[: wrong.index("damkat")].count("\n") + 1
        await text.fill(wrong)
        place = page.get_by_role("button", name=f"Baris {line}, kolom")
        await expect(place).to_be_visible()
        await expect(page.locator(".code__numbers .is-wrong")).to_have_text(str(line))
        await place.focus()
        await page.keyboard.press("Enter")
        assert await text.evaluate("area => area.value.slice(area.selectionStart).startsWith('d')")
        await text.fill(old.replace(RIGHT, OTHER, 1))
        await expect(place).to_have_count(0)
        fire = page.locator('[data-part="emergencies/fire"]')
        # The form with the error was opened, and stays so.
        await fire.get_by_label("Lama berdering").fill("22s")
        await page.keyboard.press("Tab")
        await expect(text).to_have_value(old.replace(RIGHT, OTHER.replace("20s", "22s"), 1))
        await expect(fire.get_by_label("Lalu berturut-turut")).to_be_focused()
        await page.get_by_role("button", name="Tinjau dan terapkan").click()
        await expect(page.locator(".changes")).to_contain_text("bpbd")
        await page.get_by_label("Alasan").fill("Damkar latihan <b>hari ini</b>")
        await page.get_by_role("button", name="Terapkan sekarang").click()
        await expect(page.get_by_role("heading", name="Rencana diterapkan")).to_be_visible()
        await phones.log_in("201", "401")
        call = await choose(phones, centre.number())
        await (await phones.bank.ring("401")).alert()
        await call.hang_up()
        await page.goto(somebody.address(f"/plan/versions/{before.number}"))
        await page.get_by_label("Alasan").fill("Selesai")
        await page.get_by_role("button", name="Kembalikan versi").click()
        await expect(page.get_by_role("heading", name="Rencana diterapkan")).to_be_visible()
        assert somebody.faults == []
    now = store.in_force
    assert now is not None
    assert (now.version, now.change.by) == (before.version, admin)


async def test_a_second_person_puts_it_in_force(
    browser: Browser, centre: Centre, admin: str, tmp_path: Path
) -> None:
    """The plan asks for it: who wrote cannot apply, another sees what changes and does."""
    store = VersionStore(centre.settings.home / "plan")
    plain = centre.settings.plan_in_force.read_text(encoding="utf-8")
    asking, file = (
        plain.replace("centre:\n", "centre:\n  approval: second-person\n", 1),
        tmp_path / "p.yaml",
    )
    colleague = await account.make(centre, account.own("Wayan"), Role.ADMIN, SECRET)
    await asyncio.to_thread(shell_applies, centre, file, asking)
    try:
        async with (
            pages(browser, centre, admin) as writer,
            pages(browser, centre, colleague, PHONE) as reader,
        ):
            page = writer.page
            await log_in(writer)
            await page.goto(writer.address("/plan"))
            text = page.get_by_role("textbox", name="Rencana sebagai YAML")
            await text.fill(asking.replace(RIGHT, OTHER, 1))
            await page.get_by_role("button", name="Tinjau dan terapkan").click()
            await expect(page.get_by_role("button", name="Terapkan sekarang")).to_have_count(0)
            await page.get_by_label("Alasan").fill("Damkar latihan")
            await page.get_by_role("button", name="Minta persetujuan").click()
            await expect(page.get_by_role("button", name="Tarik kembali")).to_be_visible()
            await expect(page.get_by_role("button", name="Setujui dan terapkan")).to_have_count(0)
            await log_in(reader)
            await reader.page.goto(reader.address("/plan"))
            await reader.page.get_by_role("main").get_by_role("link", name="Damkar latihan").click()
            await expect(reader.page.locator(".changes")).to_contain_text("bpbd")
            assert await reader.overflow() <= 0
            await reader.page.get_by_role("button", name="Setujui dan terapkan").click()
            await expect(
                reader.page.get_by_role("heading", name="Rencana diterapkan")
            ).to_be_visible()
            now = store.in_force
            assert now is not None
            assert (now.change.by, now.change.approved) == (admin, colleague)
            assert OTHER in centre.settings.plan_in_force.read_text(encoding="utf-8")
            assert (writer.faults, reader.faults) == ([], [])
    finally:
        await asyncio.to_thread(shell_applies, centre, file, plain)


async def test_somebody_types_on_while_an_answer_comes(
    browser: Browser, centre: Centre, admin: str
) -> None:
    """A row of a table is typed in by keys alone, none of them lost, and taken away again."""
    async with pages(browser, centre, admin) as somebody:
        page = somebody.page
        await log_in(somebody)
        await page.goto(somebody.address("/plan"))
        text = page.get_by_role("textbox", name="Rencana sebagai YAML")
        callers = page.locator('[data-part="callers"]')
        await callers.locator("summary").focus()
        await page.keyboard.press("Enter")
        blank = callers.locator(".grid__row--new").get_by_label("Nomor")
        await blank.focus()
        await page.keyboard.type("0811222333")
        await page.keyboard.press("Tab")
        await page.keyboard.type("Pos pantau B", delay=40)
        await expect(text).to_have_value(re.compile(r'number: "0811222333"'))
        await expect(callers.get_by_label("Nama").nth(-2)).to_have_value("Pos pantau B")
        await page.keyboard.press("Tab")
        await expect(text).to_have_value(re.compile(r'"0811222333", name: Pos pantau B'))
        await callers.get_by_role("button", name="Hapus baris").last.focus()
        await page.keyboard.press("Enter")
        await expect(text).not_to_have_value(re.compile("0811222333"))
        await expect(blank).to_be_focused()
        assert somebody.faults == []


async def test_the_editor_on_a_telephone(browser: Browser, centre: Centre, admin: str) -> None:
    """It fits, in English and in the dark, and axe finds nothing serious."""
    async with pages(browser, centre, admin, PHONE, "dark") as somebody:
        await log_in(somebody)
        await somebody.page.get_by_role("button", name="English").click()
        for path in PAGES:
            await somebody.page.goto(somebody.address(path))
            assert await somebody.overflow() <= 0, path
            assert await somebody.axe() == [], path
