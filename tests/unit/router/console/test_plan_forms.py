"""The plan as forms and as text: one and the same plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from router.accounts.model import Role
from router.console.planning.forms import filled_in, parts
from router.console.planning.judge import judged
from siaga.files import write_atomic
from siaga.plan.edit import EditError

if TYPE_CHECKING:
    from tests.unit.router.console.people import Browser, House

PLANS = sorted(Path("plans").glob("*.yaml"))
KUTIM = Path("plans/kutim.yaml").read_text(encoding="utf-8")


def as_shown(text: str) -> dict[str, str]:
    """All forms as a browser sends them back untouched."""
    sent = {}
    for part in parts(judged(text)):
        for each in part.fields:
            sent[each.field.name] = each.value.replace("\n", "\r\n")
            sent[each.field.name + "#en"] = each.english
    return sent


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_forms_sent_back_untouched_change_nothing(path: Path) -> None:
    """Not a character of the text is another, whatever its spelling."""
    text = path.read_text(encoding="utf-8")
    assert filled_in(judged(text), as_shown(text)) == text


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_field_can_be_changed(path: Path) -> None:
    """Each field of each plan, changed alone, is shown as typed, and nothing else."""
    text = path.read_text(encoding="utf-8")
    typed = {
        "text": "7s",
        "words": "Lain",
        "choice": "lain",
        "lines": "lain",
        "handsets": "999 Meja",
    }
    typed |= {"rung": "lain 9s", "contacts": "sms 0811"}
    before = as_shown(text)
    for part in parts(judged(text)):
        for each in part.fields:
            new = typed[each.field.kind]
            sent = {each.field.name: new, each.field.name + "#en": each.english}
            after = as_shown(filled_in(judged(text), sent))
            assert after[each.field.name] == new, each.field.name
            others = {name for name in before if not name.startswith(each.field.name)}
            assert {name: after[name] for name in others} == {name: before[name] for name in others}


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
