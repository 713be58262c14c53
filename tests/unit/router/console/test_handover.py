"""What one shift tells the next: added once, never changed, and who has read it."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from router.accounts.model import Role
from router.store.handover import KEPT, MAX_TEXT
from router.store.trail import Search

if TYPE_CHECKING:
    from tests.unit.router.console.people import Browser, House

HOSTILE = "<script>alert(1)</script>\nDamkar satu mobil rusak"


def once(browser: Browser) -> str:
    found = re.search(r'name="once" value="(\w+)"', browser.page)
    assert found is not None
    return found[1]


async def test_a_note_is_added_once_and_read(house: House) -> None:
    """A form sent twice is one note; who has read it says so once; hostile words are text."""
    writer = await house.inside("Sri", Role.OPERATOR)
    reader = await house.inside("Budi", Role.SUPERVISOR)
    await writer.get("/handover")
    form = {"text": HOSTILE, "once": once(writer)}
    for _ in range(2):
        assert (await writer.post("/handover", form)).status == 303
        await writer.get("/handover")
    (note,) = await house.desk.handover.newest(9)
    assert (note.who, note.text, note.read) == ("Sri", HOSTILE, ())
    await reader.get("/handover")
    assert "<script>alert" not in reader.page
    assert "Damkar satu mobil rusak" in unescape(reader.page)
    for _ in range(2):
        assert (await reader.post(f"/handover/{note.id}/read")).status == 303
        await reader.get("/handover")
    (note,) = await house.desk.handover.newest(9)
    assert note.read == ("Budi",)
    rows = await house.desk.trail.find(Search(what="handed_over"), 9)
    assert [row.actor.who for row in rows] == ["Sri"]


async def test_nothing_and_too_much_are_said(house: House) -> None:
    """What was typed stays on the page."""
    browser = await house.inside("Sri", Role.OPERATOR)
    await browser.get("/handover")
    answer = await browser.post("/handover", {"text": " ", "once": once(browser)})
    assert answer.status == 422
    long = "x" * (MAX_TEXT + 1)
    answer = await browser.post("/handover", {"text": long, "once": once(browser)})
    assert answer.status == 422
    assert long in browser.page
    assert await house.desk.handover.newest(9) == []


async def test_old_notes_go_when_a_new_one_comes(house: House) -> None:
    """With who read them; the newest come first."""
    store, actor = house.desk.handover, house.actor
    await store.add("lama", "1", actor)
    (old,) = await store.newest(9)
    await store.read(old.id, actor)
    house.clock.forward(days=KEPT.days, seconds=1)
    await store.add("baru", "2", house.actor)
    await store.add("terbaru", "3", house.actor)
    assert [note.text for note in await store.newest(9)] == ["terbaru", "baru"]


async def test_an_auditor_looks_on(house: House) -> None:
    """He reads, and has no form."""
    auditor = await house.inside("Ani", Role.AUDITOR)
    assert (await auditor.get("/handover")).status == 200
    assert 'name="once"' not in auditor.page
    assert (await auditor.post("/handover", {"text": "x", "once": "1"})).status == 403
