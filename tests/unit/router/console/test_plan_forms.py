"""The plan as forms and as text: one and the same plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from router.accounts.model import Role
from router.console.planning.forms import added, filled_in, parts, taken
from router.console.planning.judge import Judged, judged
from siaga.files import write_atomic
from siaga.plan import parse_plan
from siaga.plan.edit import EditError
from siaga.plan.source import parse

if TYPE_CHECKING:
    from router.console.planning.forms import Filled
    from tests.unit.router.console.people import Browser, House

PLANS = sorted(Path("plans").glob("*.yaml"))
KUTIM = Path("plans/kutim.yaml").read_text(encoding="utf-8")


def read(text: str) -> Judged:
    """A text taken apart, not judged: that takes most of the time."""
    return Judged(text, None, parse(text.encode()), ())


def filled(text: str) -> list[Filled]:
    return [each for part in parts(read(text)) for each in part.fields]


def as_shown(text: str) -> dict[str, str]:
    """All forms as a browser sends them back untouched."""
    sent = {}
    for each in filled(text):
        cells = [cell for row in each.rows for cell in row.cells]
        sent |= {cell.name: cell.value for cell in cells}
        if each.field.kind != "table":
            sent[each.field.name] = each.value.replace("\n", "\r\n")
            sent[each.field.name + "#en"] = each.english
    return sent


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_forms_sent_back_untouched_change_nothing(path: Path) -> None:
    """Not a character of the text is another, whatever its spelling."""
    text = path.read_text(encoding="utf-8")
    assert filled_in(read(text), as_shown(text)) == text


TYPED = {
    "text": "7s",
    "words": "Lain",
    "notice": "Lain, begini: sabar.",
    "choice": "lain",
    "several": "en",
    "lines": "lain",
    "pairs": "7 Lain lagi",
    "handsets": "999 Meja [browser]",
    "rung": "lain 9s",
    "contacts": "sms 0811",
}


def changes(each: Filled) -> dict[str, str]:
    """A field with something else in it, or the cells of a table."""
    if each.field.kind == "table":
        return {cell.name: "lain" for row in each.rows for cell in row.cells if row.name}
    return {each.field.name: TYPED[each.field.kind], each.field.name + "#en": each.english}


def shows(text: str, sent: dict[str, str], before: dict[str, str]) -> None:
    """What was sent is shown as typed, and all else as it was."""
    after = as_shown(filled_in(read(text), sent))
    assert {name: after[name] for name in sent if "#" not in name} == {
        name: value for name, value in sent.items() if "#" not in name
    }
    keys = tuple(name.partition("#")[0] for name in sent)
    others = [name for name in before if not name.startswith(keys)]
    assert {name: after[name] for name in others} == {name: before[name] for name in others}


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_field_can_be_changed(path: Path) -> None:
    """All fields of each part of each plan are shown as typed, and nothing else is another."""
    text = path.read_text(encoding="utf-8")
    before = as_shown(text)
    for part in parts(read(text)):
        sent: dict[str, str] = {}
        for each in part.fields:
            sent |= changes(each)
        shows(text, sent, before)


def test_every_field_can_be_changed_alone() -> None:
    """Each field and cell of a plan, one after the other, changes nothing beside itself."""
    text = Path("plans/minimal.yaml").read_text(encoding="utf-8")
    before = as_shown(text)
    for each in filled(text):
        shows(text, changes(each), before)


def test_a_row_of_a_table_comes_and_goes() -> None:
    """The blank row becomes one, a row goes by its button or emptied; comments of others stay."""
    text = Path("plans/contoh-lengkap.yaml").read_text(encoding="utf-8")
    name = "f:callers/known"
    new = {f"{name}/2/number": "0811", f"{name}/2/name": "Pos: <b>"}
    with_third = filled_in(read(text), new)
    assert '    - {number: "0811", name: "Pos: <b>"}\n' in with_third
    assert filled_in(read(with_third), {"drop": f"{name}/2"}) == text
    emptied = {f"{name}/2/{key}": "" for key in ("number", "name", "emergency", "area")}
    assert filled_in(read(with_third), emptied) == text
    for wrong in (f"{name}/99", f"{name}/-1", f"{name}/x", "f:closures/1", "x"):
        assert filled_in(read(text), {"drop": wrong}) == text
    hours = {"f:exceptions/0/hours": "", "f:exceptions/1/hours": "08:00-09:00, 10:00-11:00"}
    after = filled_in(read(text), hours)
    assert "{on: 2026-12-24, schedule: kantor, hours: []}" in after
    assert parse(after.encode()).at(("exceptions", 1, "hours")) == ["08:00-09:00", "10:00-11:00"]
    assert after.count("#") == text.count("#")


def test_a_table_of_keys_in_lines_is_changed_too() -> None:
    """An item that has a line for each key loses its first one only with the item anew."""
    text = "closures:\n  - agency: poliklinik   # pindah\n    reason: x\nareas: [a]\n"
    after = filled_in(read(text), {"f:closures/0/reason": "y: z"})
    assert after == text.replace("reason: x", 'reason: "y: z"')
    with pytest.raises(EditError):
        filled_in(read(text), {"f:closures/0/agency": ""})
    plain = text.replace("   # pindah", "")
    assert parse(filled_in(read(plain), {"f:closures/0/agency": ""}).encode()).value == {
        "closures": [{"reason": "x"}],
        "areas": ["a"],
    }


def test_what_no_table_can_show_is_led_to_in_the_text() -> None:
    """Too many rows, or rows of another kind, have no form but a place in the text."""
    many = "callers:\n  known:\n" + '    - {number: "0811", name: x}\n' * 61
    odd = "callers: {}\nclosures: [x]\n"
    for text, name in ((many, "f:callers/known"), (odd, "f:closures")):
        (found,) = [each for each in filled(text) if each.field.name == name]
        assert not found.rows
        assert found.place.line == 2
        assert filled_in(read(text), {f"{name}/0/number": "1", "drop": f"{name}/0"}) == text


def test_a_part_goes_with_its_last_word() -> None:
    """Rules that may be absent are taken away whole, and come again with their first word."""
    text = Path("plans/contoh-lengkap.yaml").read_text(encoding="utf-8")
    gone = filled_in(read(text), {"f:callers/repeat/within": "", "f:menu/languages": ""})
    assert "repeat" not in str(parse(gone.encode()).at(("callers",)))
    assert not read(gone).source.has(("menu", "languages"))  # type: ignore[union-attr]
    again = filled_in(read(gone), {"f:callers/repeat/within": "10m"})
    assert parse(again.encode()).at(("callers", "repeat")) == {"within": "10m"}


def test_a_part_within_a_part_goes_too() -> None:
    """Goals that are taken away leave none of the mappings that were around them."""
    first = "f:centre/goals/amber"
    given = filled_in(read(KUTIM), {f"{first}/within": "10s", f"{first}/percent": "80"})
    assert parse_plan(given.encode()).plan.centre.goals.amber.percent == 80
    assert filled_in(read(given), {f"{first}/within": "", f"{first}/percent": ""}) == KUTIM


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_number_is_written_as_one(path: Path) -> None:
    """What the plan counts by is no text; what is no number stays as typed, to be complained of."""
    text, counted = path.read_text(encoding="utf-8"), 0
    for each in filled(text):
        if not each.field.is_number:
            continue
        counted += 1
        for typed, written in (("17", "17"), ("5x", '"5x"'), ("017", '"017"')):
            changed = filled_in(read(text), {each.field.name: typed})
            assert f"{each.field.path[-1]}: {written}" in changed
    assert counted >= 3


def test_digits_of_a_telephone_are_no_number() -> None:
    """They keep their quotes: some begin with a nought."""
    changed = filled_in(read(KUTIM), {"f:centre/supervisors": "101"})
    assert '"101"' in changed.partition("agencies:")[0]


PARTS = [
    (("menus",), "lain"),
    (("announcements",), "lain"),
    (("trunks",), "lain"),
    (("agencies", "damkar", "posts"), "lain"),
    (("agencies", "rsud", "posts"), "lain"),
    (("emergencies", "fire", "during"), "kantor"),
    (("emergencies", "medical", "during"), "malam"),
]


@pytest.mark.parametrize(("group", "name"), PARTS, ids="/".join)
def test_a_part_comes_and_goes(group: tuple[str, ...], name: str) -> None:
    """Added, it has a form; taken away again, the text is what it was."""
    text = Path("plans/contoh-lengkap.yaml").read_text(encoding="utf-8")
    source = parse(text.encode())
    new = added(text, source, group, name, "Pos: baru")
    assert (*group, name) in [part.root for part in parts(read(new))]
    assert taken(new, group, name) == text
    with pytest.raises(EditError):
        added(new, parse(new.encode()), group, name, "x")
    with pytest.raises(EditError):
        added(text, source, (group[0], "nobody", "posts"), name, "x")


def test_an_error_stands_at_its_field() -> None:
    """Whatever is wrong with a value is told at the field that it came from."""
    text = KUTIM.replace("default: operator", "default: operatr")
    wrong = [
        each.field.path for part in parts(judged(text)) for each in part.fields if each.problems
    ]
    assert text != KUTIM
    assert wrong == [("menu", "default")]


async def kept(browser: Browser, path: str, **form: str) -> tuple[int, dict[str, Any]]:
    answer = await browser.ask(
        "POST",
        path,
        data=form,
        headers={
            "Origin": browser.origin,
            "X-Siaga-Word": browser.word,
            "Accept": "application/json",
        },
    )
    return answer.status, await answer.json()


async def test_a_form_writes_into_the_text(house: House) -> None:
    """What is typed in a field is in the text, escaped on the page; parts come and go."""
    settings = house.desk.settings
    settings.plan_in_force.parent.mkdir(parents=True)
    text = settings.plan.read_text(encoding="utf-8")
    write_atomic(settings.plan_in_force, text)
    browser = await house.inside("Ani", Role.ADMIN)
    await browser.get("/plan")
    hostile = "<img src=x onerror=alert(1)>"
    status, told = await kept(browser, "/plan/form", **{"f:agencies/damkar/pstn": hostile})
    assert status == 200
    assert f'pstn: ["{hostile}"]' in told["text"]
    assert hostile not in told["parts"]["forms"]
    assert "&lt;img src=x" in told["parts"]["forms"]
    status, told = await kept(browser, "/plan/form", **{"f:agencies/damkar/pstn": ""})
    assert told["text"] == text
    assert told["lines"] == []
    status, told = await kept(
        browser, "/plan/part", group="agencies", name="pmi", title="PMI: Kutai"
    )
    assert '  pmi:\n    name: "PMI: Kutai"\n' in told["text"]
    status, told = await kept(browser, "/plan/part", group="agencies", name="pmi", take="1")
    assert told["text"] == text
    for name in ("PM I", "../x", "", "damkar"):
        status, told = await kept(browser, "/plan/part", group="agencies", name=name)
        assert status == 409, name
    assert (await kept(browser, "/plan/part", group="callers", name="x"))[0] == 409


async def test_hostile_words_in_the_rarer_forms_are_text(house: House) -> None:
    """In tables, pairs, notices and names of inner parts nothing becomes markup or another path."""
    settings = house.desk.settings
    settings.plan_in_force.parent.mkdir(parents=True)
    text = settings.plan.read_text(encoding="utf-8")
    write_atomic(settings.plan_in_force, text)
    browser = await house.inside("Ani", Role.ADMIN)
    await browser.get("/plan")
    hostile = '"><img src=x onerror=alert(1)>'
    fields = {
        "f:callers/known/0/number": hostile,
        "f:closures/0/reason": hostile,
        "f:exceptions/0/hours": hostile,
        "f:holidays": f"2026-12-25 {hostile}",
        "f:agencies/damkar/officers": f"7101 {hostile}",
        "f:emergencies/fire/ask": hostile,
        "f:areas": hostile,
    }
    status, told = await kept(browser, "/plan/form", **fields)
    assert status == 200
    assert told["text"].count("<img") == len(fields)
    assert "<img" not in str(told["parts"])
    assert told["parts"]["forms"].count("&lt;img src=x") >= len(fields)
    assert parse(told["text"].encode()).at(("holidays",)) == {"2026-12-25": hostile}
    for group in (
        "agencies/damkar/x",
        "agencies//posts",
        "agencies/x/posts",
        "menu",
        "a/b/c/d",
        "/",
    ):
        status, _ = await kept(browser, "/plan/part", group=group, name="x")
        assert status == 409, group
    group = "agencies/damkar/posts"
    status, told = await kept(browser, "/plan/part", group=group, name="x", title=hostile)
    assert status == 200
    assert "<img" not in str(told["parts"])


async def test_without_script_a_form_leads_back(house: House) -> None:
    """A plain form is followed too, and what cannot be changed by it is said on the page."""
    settings = house.desk.settings
    settings.plan_in_force.parent.mkdir(parents=True)
    text = settings.plan.read_text(encoding="utf-8").replace(
        'handsets: ["201", "202"]', 'handsets: ["201",  # depan\n      "202"]'
    )
    write_atomic(settings.plan_in_force, text)
    browser = await house.inside("Ani", Role.ADMIN)
    answer = await browser.post("/plan/form", {"f:emergencies/fire/ring": "27s"})
    assert (answer.status, answer.headers["Location"]) == (303, "/plan")
    await browser.get("/plan")
    assert "ring: 27s" in browser.page
    answer = await browser.post("/plan/form", {"f:agencies/damkar/handsets": "201"})
    assert answer.status == 409
    assert "ubahlah dalam YAML" in browser.page
    assert "# depan" in browser.page


def test_what_cannot_be_read_has_no_forms() -> None:
    """A text that is no YAML has none, and is not changed by one."""
    assert parts(judged("a: [")) == ()
    assert filled_in(judged("a: ["), {"f:centre/name": "x"}) == "a: ["
    with pytest.raises(EditError):
        filled_in(judged("centre: [x]\n"), {"f:centre/timezone": "x"})
