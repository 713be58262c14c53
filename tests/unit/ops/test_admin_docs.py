from __future__ import annotations

import difflib
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.core import TyperGroup

from ops.cli import app
from siaga.plan import PlanError, parse_plan
from siaga.plan.source import parse

PROJECT = Path(__file__).resolve().parents[3]
ADMIN = PROJECT / "docs" / "admin"
PAGES = sorted(ADMIN.glob("??/*.md"))
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, kind: str) -> list[tuple[str, str]]:
    """The examples of a page whose mark begins with ``kind``: mark and text."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(mark, text) for mark, text in found if mark.split()[0] == kind]


def merged(base: Any, over: Any) -> Any:
    """``over`` written into ``base``, key by key; what is no mapping replaces."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{key: merged(base.get(key), value) for key, value in over.items()}}
    return over


def examples() -> list[Any]:
    return [
        pytest.param(mark, text, id=f"{page.parent.name}-{page.stem}-{index}")
        for page in PAGES
        for index, (mark, text) in enumerate(blocks(page, "yaml"))
    ]


def commands() -> list[str]:
    found = {
        line
        for page in PAGES
        for _, text in blocks(page, "sh")
        for line in text.splitlines()
        if line
    }
    return sorted(found)


@pytest.mark.parametrize(("mark", "text"), examples())
def test_examples_are_valid(mark: str, text: str) -> None:
    """Each example is a plan, a part that fits into the plan it names, or marked as bad."""
    match mark.split()[1:]:
        case ["plan"]:
            parse_plan(text.encode())
        case ["merge", name]:
            base = parse((PROJECT / "plans" / f"{name}.yaml").read_bytes()).value
            whole = merged(base, parse(text.encode()).value)
            parse_plan(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True).encode())
        case ["bad"]:
            with pytest.raises(PlanError):
                parse_plan(text.encode())
        case _:
            pytest.fail(f"an example without a mark: {mark!r}")


@pytest.mark.parametrize("line", commands())
def test_commands_exist(line: str) -> None:
    """Each command shown is one of ours, with options that it has."""
    program, *arguments = shlex.split(line)
    assert program == "./siaga112"
    command = typer.main.get_command(app)
    while isinstance(command, TyperGroup) and arguments and not arguments[0].startswith("-"):
        name = arguments.pop(0)
        found = command.get_command(typer.Context(command), name)
        assert found is not None, f"no command {name}"
        command = found
    command.make_context(command.name, arguments)


def test_both_languages_have_the_same_pages() -> None:
    """For each Indonesian page there is an English one with the same examples, and the reverse."""
    by_language = [sorted((ADMIN / language).glob("*.md")) for language in ("id", "en")]
    pairs = list(zip(*by_language, strict=True))
    assert len(pairs) == 21
    for pair in pairs:
        assert len({page.name[:2] for page in pair}) == 1
        values = [
            [(mark, parse(text.encode()).value) for mark, text in blocks(page, "yaml")]
            for page in pair
        ]
        assert values[0] == values[1]


@pytest.mark.parametrize("page", [ADMIN / "README.md", *PAGES], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Each link of a page is to a file that is there."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_page_is_in_the_index() -> None:
    """The index leads to every page."""
    index = (ADMIN / "README.md").read_text(encoding="utf-8")
    assert all(f"({page.parent.name}/{page.name})" in index for page in PAGES)


@pytest.mark.parametrize("page", [p for p in PAGES if p.name[:2] == "01"], ids=str)
def test_polres_joins_by_the_lines_that_are_shown(page: Path) -> None:
    """The difference on the page is that of the two plans, their heads left out."""
    (shown,) = [text for _, text in blocks(page, "diff")]
    assert shown == polres_diff()


def polres_diff() -> str:
    old, new = (
        (PROJECT / "plans" / f"{name}.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
        for name in ("kutim", "kutim-polres")
    )
    lines = list(difflib.unified_diff(_body(old), _body(new), n=2))
    return "".join(line for line in lines[2:] if not line.startswith("@@"))


def _body(lines: list[str]) -> list[str]:
    """A plan without the comment it begins with."""
    return lines[next(i for i, line in enumerate(lines) if line.startswith("centre:")) :]


@pytest.mark.parametrize("page", [p for p in PAGES if p.name[:2] == "11"], ids=str)
def test_the_errors_that_are_shown(page: Path) -> None:
    """The errors on the page are those of the bad plan above them, word for word."""
    (bad,) = [text for mark, text in blocks(page, "yaml") if mark == "yaml bad"]
    (shown,) = [text for _, text in blocks(page, "text")]
    with pytest.raises(PlanError) as caught:
        parse_plan(bad.encode(), "rencana.yaml")
    assert shown == f"{caught.value}\n"
