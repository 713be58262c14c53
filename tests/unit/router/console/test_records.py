"""Past calls on the pages: found, shown whole, heard by whom it is for, held, taken away."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from router.accounts.model import Role
from router.accounts.trail import Deed
from router.calls.record import ERASED, Outcome
from router.incidents.model import Answer, Said, Sop
from router.store import CallWriter, ClassStore, IncidentStore
from router.store.classes import Given
from router.store.custody import What
from router.store.shifts import Shift, ShiftStore
from router.store.trail import Search
from siaga.keys import CallClass
from tests.unit.router.console.sound import put, wav
from tests.unit.router.store.records import at, closed, record

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from tests.unit.router.console.people import Browser, House

ONE = "/records/node1/node1-1.1"
SOUND = f"{ONE}/recording.wav"
HOSTILE = "<script>alert(1)</script>"


async def keep(house: House, *records: CallRecord) -> None:
    """Have calls on record."""
    writer = CallWriter(house.desk.engine)
    writer.start()
    for each in records:
        writer.put(each)
    assert await writer.close()


async def recorded(house: House, content: bytes = wav(8000, 0, 16000)) -> CallRecord:
    """A call whose recording is on disk."""
    recording = put(house.desk.settings.recordings, "2026/03/01/a.wav", content)
    call = closed(recording=recording)
    await keep(house, call)
    return call


def shown(page: str) -> list[str]:
    """Ids of the calls on a page of the list."""
    return re.findall(r'href="/records/node1/([^"]+)"', page)


async def found(browser: Browser, query: str) -> set[str]:
    answer = await browser.get(f"/records?{query}")
    assert answer.status == 200
    return set(shown(browser.page))


async def deeds(house: House, deed: Deed | What) -> list[tuple[str, str]]:
    rows = await house.desk.trail.find(Search(what=deed.value), 100)
    return [(row.actor.who, row.object) for row in rows]


class TestSearch:
    """The list."""

    async def test_each_thing_that_is_known_finds_its_call(self, house: House) -> None:
        """Number in any writing, times of the centre, outcome, agency, class, emergency."""
        await keep(
            house,
            closed("a", caller="+6281234567", began=at(0)),
            closed("b", caller="081234568", began=at(3600), emergency="medical"),
            record("c", caller="anonymous", began=at(7200)),
            closed("d", caller="0777", began=at(90000), outcome=Outcome.LOST, answered_by="polres"),
            closed("t", began=at(5), recording=replace(closed().recording, path="test/a.wav")),  # type: ignore[type-var]
        )
        classes = ClassStore(house.desk.engine)
        for kind in (CallClass.PRANK, CallClass.EMERGENCY):
            await classes.give("b", Given(kind, at(4000), "101"))
        classes.close()
        browser = await house.inside("sari", Role.OPERATOR)
        for query, wanted in {
            "": "abcd",
            "number=0812-3456": "ab",
            "number=%2B62812+345678": "",
            "number=345": "ab",
            "number=%25": "",
            "number=_": "",
            "number=anon": "c",
            "outcome=lost": "d",
            "outcome=up": "c",
            "outcome=nothing": "",
            "agency=polres": "d",
            "agency=rsud": "abd",
            "agency=rs": "",
            "agency=%25": "",
            "emergency=medical": "b",
            "kind=emergency": "b",
            "kind=prank": "",
            "incident=1": "b",
            "incident=%231": "b",
            "incident=2": "",
            "incident=x": "",
            "tests=1&number=811": "t",
            "since=2026-03-01T11:00": "bcd",
            "until=2026-03-01T10:03": "a",
            "until=2026-03-01": "abc",
            "since=2026-03-02": "d",
            "since=9999-12-31&until=9999-12-31": "",
            "since=x&until=2026-13-41": "abcd",
            "number=345&agency=damkar&since=2026-03-01T11:00&kind=emergency": "b",
            "before=x~y": "abcd",
            "before=99999999999999999~~": "abcd",
        }.items():
            assert await found(browser, query) == set(wanted), query

    async def test_pages_follow_each_other(self, house: House) -> None:
        """Each call is on one page, newest first, also those of the same moment."""
        await keep(house, *(closed(f"c{n:03}", began=at(n // 7)) for n in range(120)))
        browser = await house.inside("sari", Role.OPERATOR)
        path, seen = "/records?outcome=answered", list[str]()
        while path:
            await browser.get(path)
            seen += shown(browser.page)
            older = re.search(r'rel="next" href="([^"]+)"', browser.page)
            path = older[1].replace("&amp;", "&") if older else ""
        assert seen == sorted((f"c{n:03}" for n in range(120)), reverse=True)

    async def test_words_of_callers_are_words(self, house: House) -> None:
        """Markup in a number, in an agency of an older plan and in the search is text."""
        await keep(house, closed("x/y", caller=HOSTILE, answered_by=HOSTILE, handset=HOSTILE))
        browser = await house.inside("ani", Role.SUPERVISOR)
        for path in ("/records", f"/records?agency={HOSTILE}&number={HOSTILE}&since={HOSTILE}"):
            await browser.get(path)
            assert "<script>alert" not in browser.page
        assert (await browser.get("/records/node1/x%2Fy")).status == 200
        assert "<script>alert" not in browser.page
        assert "&lt;script&gt;alert(1)" in browser.page


class TestFile:
    """The search as CSV."""

    async def test_it_has_every_call_and_no_formula(self, house: House) -> None:
        """More than a page and a piece of them; what a spreadsheet would run is text."""
        many = [closed(f"c{n:03}", began=at(n)) for n in range(230)]
        await keep(house, *many, closed("evil", caller='=cmd|" /C calc"!A0', began=at(999)))
        browser = await house.inside("ani", Role.SUPERVISOR)
        answer = await browser.get("/records.csv?agency=kominfo")
        assert answer.content_type == "text/csv"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="panggilan-')
        rows = list(csv.DictReader(io.StringIO(browser.page)))
        assert [row["id"] for row in rows] == ["evil", *(c.id for c in reversed(many))]
        assert rows[0]["caller"].startswith("'=cmd")
        assert rows[1]["caller"] == "'+62811"
        assert (rows[1]["wait_s"], rows[1]["answered_by"]) == ("-199.0", "kominfo")
        assert await deeds(house, Deed.RECORDS_EXPORTED) == [("ani", "records")]
        await browser.ask("HEAD", "/records.csv")
        assert len(await deeds(house, Deed.RECORDS_EXPORTED)) == 1


class TestRecord:
    """One call."""

    async def test_all_of_it_is_shown(self, house: House) -> None:
        """Times, steps, legs, classes, the incident's notes and answers, in both languages."""
        call = await recorded(house)
        engine = house.desk.engine
        classes, incidents = ClassStore(engine), IncidentStore(engine)
        await classes.give(call.id, Given(CallClass.EMERGENCY, at(50), "101"))
        shifts = ShiftStore(engine, "node1")
        await shifts.log_in(Shift("101", "104", at(0), at(3600)))
        shifts.close()
        said = Said("101", at(51))
        await incidents.note(1, f"Rumah kayu {HOSTILE}", said)
        await incidents.answer(1, Answer(at(52), "101", Sop.ASK, "Ada korban?", "dua orang"))
        classes.close()
        incidents.close()
        browser = await house.inside("ani", Role.SUPERVISOR)
        await browser.get(ONE)
        for words in (
            "Rumah kayu",
            "&lt;script",
            "Ada korban?",
            "dua orang",
            "darurat",
            "#1",
            "104",
        ):
            assert words in browser.page
        for words in ("10:03:04", "0:30", "ditambahkan", "tidak dijawab", "penelepon menutup"):
            assert words in browser.page
        assert ((call.recording and call.recording.sha256) or "-") in browser.page
        ats = re.findall(r'data-at="([\d.]+)"', browser.page)
        assert ats == ["2.7", "29.7", "79.7"]
        await browser.post("/language", {"language": "en", "next": "/"})
        await browser.get(ONE)
        assert "brought in" in browser.page
        assert (await browser.get("/records/node1/other")).status == 404
        assert (await browser.get("/records/node1/%00")).status == 404

    async def test_one_that_is_up_or_of_an_older_program(self, house: House) -> None:
        """What is not there yet, or never was, is told and breaks nothing."""
        await keep(house, record(), closed("old", caller=ERASED, recording=None, legs=()))
        browser = await house.inside("ani", Role.SUPERVISOR)
        await browser.get(ONE)
        assert "Berlangsung" in browser.page
        await browser.get("/records/node1/old")
        assert "Nomor dihapus" in browser.page
        assert "tidak direkam" in browser.page


class TestSound:
    """Who hears a recording, and what is written down of it."""

    async def test_pieces_are_served_and_a_playback_is_one_row(self, house: House) -> None:
        """However many ranges are fetched; after a rest, and by another, it is another one."""
        await recorded(house)
        content = wav(8000, 0, 16000)
        browser = await house.inside("ani", Role.SUPERVISOR)
        for begin, end in ((0, 99), (44, 1043), (20_000, 47_999)):
            answer = await browser.ask("GET", SOUND, headers={"Range": f"bytes={begin}-{end}"})
            assert answer.status == 206
            assert answer.content_type == "audio/wav"
            assert await answer.read() == content[begin : end + 1]
        assert await (await browser.ask("GET", SOUND)).read() == content
        assert (await browser.ask("GET", SOUND, headers={"Range": "bytes=99999-"})).status == 416
        await browser.ask("HEAD", SOUND)
        assert await deeds(house, Deed.RECORDING_PLAYED) == [("ani", "node1-1.1")]
        house.clock.forward(minutes=16)
        await browser.ask("GET", SOUND)
        auditor = await house.inside("tono", Role.AUDITOR)
        await auditor.ask("GET", SOUND)
        played = await deeds(house, Deed.RECORDING_PLAYED)
        assert [who for who, _ in played] == ["tono", "ani", "ani"]

    async def test_nothing_is_heard_that_is_not_written_down(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While the trail cannot be written there is no sound."""
        await recorded(house)
        browser = await house.inside("ani", Role.SUPERVISOR)

        async def away(*_: object) -> None:
            raise OSError

        monkeypatch.setattr(type(house.desk.trail), "add", away)
        answer = await browser.ask("GET", SOUND)
        assert answer.status == 503
        assert b"RIFF" not in await answer.read()

    async def test_an_operator_sees_the_record_and_hears_nothing(self, house: House) -> None:
        """Neither the sound nor its outline is for them, nor is the file of all records."""
        await recorded(house)
        browser = await house.inside("sari", Role.OPERATOR)
        await browser.get(ONE)
        assert "recording.wav" not in browser.page
        for path in (SOUND, f"{ONE}/outline.json", "/records.csv"):
            assert (await browser.get(path)).status == 403

    @pytest.mark.parametrize("path", ["../siaga.db", "/etc/passwd", "a/../../siaga.db", "no.wav"])
    async def test_nothing_outside_is_served(self, house: House, path: str) -> None:
        """Whatever a record says that its recording's path is."""
        house.desk.settings.recordings.mkdir(parents=True, exist_ok=True)
        await keep(house, closed(recording=replace(closed().recording, path=path)))  # type: ignore[type-var]
        browser = await house.inside("ani", Role.SUPERVISOR)
        assert (await browser.get(SOUND)).status == 404
        assert (await browser.get(f"{ONE}/outline.json")).status == 404
        await browser.get(ONE)
        assert "tidak ada di disk" in browser.page
        assert await deeds(house, Deed.RECORDING_PLAYED) == []

    async def test_one_of_a_call_that_is_up_is_not_served(self, house: House) -> None:
        """It is written still."""
        call = await recorded(house)
        await keep(house, replace(call, id="up", ended=None, outcome=None, reason=None))
        browser = await house.inside("ani", Role.SUPERVISOR)
        assert (await browser.get("/records/node1/up/recording.wav")).status == 404

    async def test_the_outline_is_how_loud_it_is(self, house: House) -> None:
        """From begin to end, and anew when the file is another; what is no sound has none."""
        await recorded(house)
        browser = await house.inside("ani", Role.SUPERVISOR)
        await browser.get(f"{ONE}/outline.json")
        outline = json.loads(browser.page)
        assert outline["duration_ms"] == 3000
        assert outline["levels"] == [24] * 200 + [0] * 200 + [48] * 200
        put(house.desk.settings.recordings, "2026/03/01/a.wav", b"no sound at all")
        assert (await browser.get(f"{ONE}/outline.json")).status == 404

    async def test_a_changed_file_is_found_out(self, house: House) -> None:
        """The digest is made anew when it is asked for, and that is written down."""
        await recorded(house)
        auditor = await house.inside("tono", Role.AUDITOR)
        await auditor.get(f"{ONE}?verify=1")
        assert "Utuh" in auditor.page
        put(house.desk.settings.recordings, "2026/03/01/a.wav", wav(1, 2, 3))
        await auditor.get(f"{ONE}?verify=1")
        assert "BERUBAH" in auditor.page
        assert await deeds(house, Deed.RECORDING_VERIFIED) == [("tono", "node1-1.1")] * 2
        operator = await house.inside("sari", Role.OPERATOR)
        await operator.get(f"{ONE}?verify=1")
        assert "BERUBAH" not in operator.page


async def test_a_call_is_held_and_released_with_a_reason(house: House) -> None:
    """By who may; to do it twice is told, and what was typed stays; each stands in the log."""
    await recorded(house)
    browser = await house.inside("ani", Role.SUPERVISOR)
    assert (await browser.post(f"{ONE}/hold", {"why": "  "})).status == 400
    why = {"why": f"Perkara 12 {HOSTILE}"}
    assert (await browser.post(f"{ONE}/hold", why)).status == 303
    await browser.get(ONE)
    assert "Perkara 12 &lt;script&gt;" in browser.page
    assert (await browser.post(f"{ONE}/hold", why)).status == 409
    assert "sudah ditahan" in browser.page
    assert browser.page.count("Perkara 12") == 2
    assert [hold.who for hold in await house.desk.custody.holds()] == ["ani"]
    assert (await browser.post(f"{ONE}/release", {"why": "selesai"})).status == 303
    assert (await browser.post(f"{ONE}/release", {"why": "selesai"})).status == 409
    assert await house.desk.custody.holds() == []
    assert await deeds(house, What.HELD) == [("ani", "node1-1.1")]
    assert await deeds(house, What.RELEASED) == [("ani", "node1-1.1")]
    operator = await house.inside("sari", Role.OPERATOR)
    assert (await operator.post(f"{ONE}/hold", why)).status == 403
