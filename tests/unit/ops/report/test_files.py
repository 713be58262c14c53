"""The report's files: as they were looked at, and harmless whatever the records say."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.report import national, page
from router.report import FIELDS, Beside, By, Planned, Tally, sheets
from router.report.call import LIMITS_S, facts
from router.report.report import Report, as_object
from router.report.told import BREAKDOWNS
from router.report.words import CHOICES
from siaga import cells
from siaga.plan.trunks import OWN
from siaga.settings import PROJECT
from tests.unit.ops.report.november import CALLERS, GOLDEN, PLAN, ZONE, calls, files, report
from tests.unit.router.store.records import closed, unhurried

FORMULA = tuple("=+-@＝＋－＠\t\r\n\0")  # noqa: RUF001 (of full width on purpose)


@pytest.mark.parametrize("name", sorted(files()))
def test_files_are_as_they_were_looked_at(name: str) -> None:
    """Each file of a small month is byte for byte the one that was read and approved."""
    assert files()[name].encode() == (GOLDEN / name).read_bytes()


def test_nothing_is_kept_that_is_no_longer_made() -> None:
    """There is no approved file of a name that the report does not make."""
    assert {path.name for path in GOLDEN.iterdir()} == set(files())


def test_no_caller_s_number_is_anywhere() -> None:
    """None of the callers' numbers, nor the outside number that answered, is in any file."""
    made = [*files().values(), json.dumps(as_object(report()))]
    assert all(call.caller in (*CALLERS, "anonymous", "erased") for call in calls())
    for number in CALLERS:
        assert not any(number.lstrip("+") in text for text in made)


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_each_breakdown_adds_up_on_paper() -> None:
    """Whoever adds up the column of calls of any CSV file gets the total."""
    made = sheets.files(report())
    total = {row[0]: row[1] for row in table(made["total.csv"])[1:]}
    for by in By:
        head, *rows = table(made[f"by_{by.value}.csv"])
        assert tuple(head[3:]) == FIELDS
        for name in ("calls", "talked", "abandoned", "overflow"):
            column = head.index(name)
            assert sum(int(row[column]) for row in rows) == int(total[name])


def hostile(text: str) -> Report:
    """The report of a month with one call, all of whose names are a stranger's."""
    tally = Tally()
    call = closed(emergency=text, answered_by=text, choice=text, handset=text)
    tally.add(facts(call, ZONE, Beside(Planned(trunk=text), incident=text)))
    whole = report()
    return replace(whole, collected=replace(whole.collected, tally=tally))


class _Shape(HTMLParser):
    """The tags of a page with their attributes, and none of its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))

    def handle_decl(self, decl: str) -> None:
        self.tags.append((decl, ()))

    def handle_comment(self, data: str) -> None:
        self.tags.append((data, ()))


def shape(text: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
    parser = _Shape()
    parser.feed(text)
    parser.close()
    return parser.tags


PLAIN = shape(page.as_html(hostile("sesuatu")))
KNOWN = {*PLAN.plan.emergencies, *PLAN.plan.agencies, *CHOICES, OWN}
"""Names that are told in two languages; nothing else is."""


@unhurried
@given(
    st.text(min_size=1, max_size=30).filter(lambda text: text not in KNOWN)
    | st.text("<>\"'&/=+-@!{}%#\\\t\r\n\0\u202e", min_size=1)
)
def test_hostile_text_makes_no_tag_and_no_formula(text: str) -> None:
    """Whatever a name in a record is: the page has the same tags, and no cell is a formula."""
    made = hostile(text)
    assert shape(page.as_html(made)) == PLAIN
    for name, content in (*sheets.files(made).items(), ("", national.FORMATS["csv"](made))):
        rows = table(content)
        assert len({len(row) for row in rows}) == 1, name
        for cell in (cell for row in rows for cell in row):
            assert not cell.lstrip().startswith(FORMULA)
            assert not any(char in cell for char in "\t\r\n\0\x1b\u202e")
    told = json.loads(national.FORMATS["json"](made))
    assert [row["key"] for row in told] == ["", "(other)"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("  -1", "'  -1"),
        ("\u00a0@x", "'\u00a0@x"),
        ("\t=1", "\ufffd=1"),
        ("\u200b+1", "\ufffd+1"),
        ("\uff1d1", "'\uff1d1"),
        ("a=1", "a=1"),
        (-1.5, "-1.5"),
        (True, "true"),
        (None, ""),
    ],
)
def test_a_cell_that_looks_like_a_formula_is_text(value: cells.Cell, cell: str) -> None:
    """Text that a spreadsheet would run is quoted, also behind spaces; numbers stay numbers."""
    assert cells.safe(value) == cell


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """No script, link, picture or address: it reads the same on any machine, without a network."""
    tags = shape(page.as_html(report()))
    assert not {"script", "link", "img", "iframe", "object", "base", "form", "a"} & {
        tag for tag, _ in tags
    }
    assert not {"src", "href", "onload", "onclick"} & {name for _, at in tags for name, _ in at}
    text = page.as_html(report())
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


def test_both_languages_are_on_the_page() -> None:
    """Indonesian first, English second, numbers as Indonesia writes them."""
    text = page.as_html(report())
    for words in ("November 2026", "Dijawab", "Answered", "1.234", "36,3 %", "sasaran 90 %"):
        assert words in text
    assert "belum berakhir" not in text


def test_a_month_that_is_not_over_says_so() -> None:
    """Until its last moment the report says that its figures will change."""
    whole = report()
    early = replace(whole, made=whole.period.end.replace(microsecond=0) - timedelta(seconds=1))
    assert "belum berakhir" in page.as_html(early)
    assert as_object(early)["over"] is False


def test_every_breakdown_is_told() -> None:
    """Each has a title and a name for what is not known, and is a table or a chart on the page."""
    assert set(BREAKDOWNS) == set(By)
    text = page.as_html(report())
    for by, told in BREAKDOWNS.items():
        assert told.title.id in text
        assert told.title.en in text
        assert report().label(by, "") == told.none


def test_kecamatan_have_their_names() -> None:
    """Codes are in the CSV file for programs, names beside them for people."""
    _, first, *_ = table(sheets.files(report())["by_district.csv"])
    assert first[:3] == ["64.08.04", "Sangatta Utara", "Sangatta Utara"]
    nameless = replace(report(), regency=None)
    assert table(sheets.files(nameless)["by_district.csv"])[1][1] == "64.08.04"


def test_an_empty_month_has_a_page() -> None:
    """Without a call there is no share, no goal met or missed, and every file is there."""
    whole = report()
    empty = replace(whole, collected=replace(whole.collected, tally=Tally()))
    assert "tidak ada data" in page.as_html(empty)
    assert set(sheets.files(empty)) == set(sheets.files(whole))
    assert [goal["met"] for goal in as_object(empty)["goals"]] == [None, None]
    assert len(national.rows(empty)) == 1


def test_the_national_file_adds_up() -> None:
    """Its rows by emergency are its row of all calls, the classes of officers too."""
    total, *rows = national.rows(report())
    for name in (*national.FIGURES, *national.CLASSES):
        assert sum(row[name] for row in rows) == total[name]
    assert (total["class_prank"], total["class_ghost"], total["class_normal"]) == (1, 1, 1)


def test_every_field_is_documented() -> None:
    """The page on the figures has each field of the files in its tables, and the national ones."""
    text = (PROJECT / "docs" / "decisions" / "figures.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9_]+)`", text))
    for name in ("talked", "due", "share"):
        assert f"`{name}_N`" in text
    limits = {f"{name}_{limit}" for name in ("talked", "due", "share") for limit in LIMITS_S}
    assert set(FIELDS) - limits <= named
    assert set(national.rows(report())[0]) - limits <= named
    assert {by.value for by in By} <= named
