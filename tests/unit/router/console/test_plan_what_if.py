"""What a call would meet, asked at the console; and the drawing."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from router.accounts.model import Role
from router.console.planning.question import Question, answered, asked
from router.console.words import LANGUAGES, WORDS
from siaga.files import write_atomic
from siaga.names import MenuReason
from siaga.plan import load_plan
from siaga.plan.simulate import Result

if TYPE_CHECKING:
    from tests.unit.router.console.people import House

AT = datetime(2026, 11, 27, 2, 0)  # noqa: DTZ001 (the centre's own)


@pytest.mark.parametrize("path", sorted(Path("plans").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_answer_has_words(path: Path) -> None:
    """Whatever a call meets in any plan is told in both languages, with nothing left unfilled."""
    loaded = load_plan(path)
    agencies = frozenset(loaded.plan.agencies)
    for press in ("", "1", "12", "9"):
        for closed in (frozenset[str](), agencies):
            for flags in ({}, {"hidden": True}, {"crowded": True}, {"flagged": True}):
                question = Question(AT, press, closed=closed, trunk_down=True, **flags)
                for row in answered(loaded, question):
                    for language in LANGUAGES:
                        assert WORDS[f"{row.group}.{row.word}"][language].format_map(
                            {"name": row.name, "other": row.other}
                        )


def test_every_reason_and_result_has_words() -> None:
    """What the menu and a step may end by is a closed list, and each of it has a word."""
    assert {f"whatif_why.{reason}" for reason in MenuReason} <= set(WORDS)
    assert {f"whatif_end.{result}" for result in Result} <= set(WORDS)


def test_with_damkar_closed_another_is_rung() -> None:
    """The way is that of the simulator: a closed agency is left out."""
    loaded = load_plan(Path("plans/kutim.yaml"))
    rung = [
        row.name
        for row in answered(loaded, Question(AT, "1", closed=frozenset({"damkar"})))
        if row.word == "queue"
    ]
    assert rung[0] == "kominfo"


def test_what_cannot_be_asked_is_left_out() -> None:
    """Strange times, keys, numbers and names do no harm."""
    query = {"at": "x", "press": "1<a>b2", "caller": "+62 811<script>", "area": "?", "answer": "??"}
    question = asked(query, {"closed": ["nobody"]}, AT)
    assert (question.at, question.press, question.caller) == (AT, "12", "62811")
    assert answered(load_plan(Path("plans/kutim.yaml")), question)


async def test_the_page_answers(house: House) -> None:
    """Asked by an address, answered with the plan in force and the draft beside it."""
    settings = house.desk.settings
    settings.plan_in_force.parent.mkdir(parents=True)
    text = settings.plan.read_text(encoding="utf-8")
    write_atomic(settings.plan_in_force, text)
    browser = await house.inside("Ani", Role.ADMIN)
    await browser.get("/plan/what-if?press=1&closed=damkar")
    assert browser.page.count('class="way"') == 1
    assert "berdering" in browser.page
    await browser.post("/plan/draft", {"text": text.replace("ring: 20s", "ring: 33s")})
    await browser.get("/plan/what-if?press=1")
    assert browser.page.count('class="way"') == 2
    assert "berdering 33 s" in browser.page
    answer = await browser.get("/plan/flow/draft.svg")
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert re.search(r"33\s?s", browser.page)
    assert (await browser.get("/plan/flow/none.svg")).status == 404
