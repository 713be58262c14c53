import pathlib

import pytest

from siaga.plan import PlanError, parse_plan

BAD = pathlib.Path(__file__).parent / "bad"


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_mistake_is_told_exactly(path: pathlib.Path) -> None:
    """A plan with a mistake is refused with the lines kept beside it, no more and no fewer."""
    with pytest.raises(PlanError) as caught:
        parse_plan(path.read_bytes(), "FILE")
    assert str(caught.value) + "\n" == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_mistake_is_told_in_both_languages(path: pathlib.Path) -> None:
    """What is wrong and what to do are Indonesian and English, neither of them for the other."""
    with pytest.raises(PlanError) as caught:
        parse_plan(path.read_bytes(), "FILE")
    for problem in caught.value.problems:
        for words in (problem.what, problem.todo):
            assert words.id.strip()
            assert words.en.strip()
            assert words.id != words.en


def test_there_are_many_bad_plans() -> None:
    """The mistakes kept are at least as many as were promised, each with its messages."""
    assert len(list(BAD.glob("*.yaml"))) >= 60
    assert {path.stem for path in BAD.glob("*.yaml")} == {path.stem for path in BAD.glob("*.txt")}
