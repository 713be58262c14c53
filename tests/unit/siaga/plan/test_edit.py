"""One value changed in a plan's text: nothing else is another, in values or in comments."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siaga.plan.edit import EditError, put
from siaga.plan.source import parse

PLANS = sorted(Path("plans").glob("*.yaml"))
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in PLANS}

PLAN = """\
# on top
centre:
  name: 112 Kutai   # its name
  languages: [id, en]

agencies:
  damkar:   # red
    name: {id: Damkar, en: the fire brigade}
    handsets: ["201", '202']
    ring_each: 8s
    # numbers outside
    pstn:
      - "0811"  # the chief
      # the deputy
      - 0812

  bpbd:
    name: BPBD
    hours:
menu:
  digits: {1: fire, 2: medical}
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("centre/name", "Pusat: 112", "name: 112 Kutai ", 'name: "Pusat: 112" '),
        ("agencies/damkar/ring_each", "12s", "ring_each: 8s", "ring_each: 12s"),
        ("agencies/damkar/name/en", "fire", "en: the fire brigade", "en: fire"),
        ("agencies/bpbd/name", {"id": "BPBD", "en": "x"}, "name: BPBD", "name: {id: BPBD, en: x}"),
        ("agencies/damkar/handsets", ["202", "203"], "[\"201\", '202']", "['202', \"203\"]"),
        ("agencies/damkar/pstn", ["0812"], '      - "0811"  # the chief\n', ""),
        ("agencies/damkar/pstn", ["0811", "0812", "0813"], "- 0812\n", '- 0812\n      - "0813"\n'),
        ("agencies/bpbd/hours", "siang", "hours:", "hours: siang"),
        ("agencies/bpbd/cover", "damkar", "    hours:\n", "    hours:\n    cover: damkar\n"),
        ("agencies/damkar/ring_each", None, "    ring_each: 8s\n", ""),
        ("menu/digits/1", None, "{1: fire, 2", "{2"),
        ("menu/digits/2", None, ", 2: medical", ""),
        ("menu/digits/9", "order", "medical}", "medical, 9: order}"),
        ("menu/languages/9", "en", "medical}\n", "medical}\n  languages: {9: en}\n"),
        ("centre/limits/reach", "30s", "en]\n", "en]\n  limits: {reach: 30s}\n"),
        ("agencies/bpbd", None, "\n  bpbd:\n    name: BPBD\n    hours:\n", "\n"),
    ],
)
def test_only_that_is_another(path: str, value: object, old: str, new: str) -> None:
    """The line is changed by hand, as a person would; comments and spacing stay."""
    assert put(PLAN, tuple(path.split("/")), value) == PLAN.replace(old, new, 1)  # type: ignore[arg-type]


def test_what_is_there_already_is_left() -> None:
    """The same value again changes not a character, whatever its quotes."""
    assert put(PLAN, ("agencies", "damkar", "handsets"), ["201", "202"]) == PLAN
    assert put(PLAN, ("agencies", "polres"), None) == PLAN


def test_a_comment_is_never_lost() -> None:
    """Where a list in brackets has comments, it is left to the hand."""
    text = "a:\n  b: [x,  # one\n      y]\n"
    with pytest.raises(EditError):
        put(text, ("a", "b"), ["y"])


@pytest.mark.parametrize("text", ["a: [", "a: &x b\n", "- a\n", "", "a: b: c\n"])
def test_what_is_no_plan_is_not_changed(text: str) -> None:
    """Nothing can be said of a text that cannot be read."""
    with pytest.raises(EditError):
        put(text, ("a", "b"), "c")


def scalars(text: str) -> list[tuple[str | int, ...]]:
    source = parse(text.encode())
    return [path for path in source.positions if isinstance(source.at(path), str)]


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=25)
@given(data=st.data())
def test_any_text_at_any_place_of_any_plan(name: str, data: st.DataObject) -> None:
    """Whatever is typed comes out as the value, and all else stays as it was."""
    text = TEXTS[name]
    path = data.draw(st.sampled_from(scalars(text)))
    value = data.draw(st.text(max_size=30))
    try:
        new = put(text, path, value)
    except EditError:
        assert not value.isprintable()
        return
    before, after = parse(text.encode()), parse(new.encode())
    assert after.at(path) == value
    assert {p: before.at(p) for p in scalars(text) if p != path} == {
        p: after.at(p) for p in scalars(new) if p != path
    }
    assert comments(new) >= comments(text)


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=25)
@given(data=st.data())
def test_anything_taken_away_from_any_plan(name: str, data: st.DataObject) -> None:
    """What is taken away is gone, with nothing else but what was in it."""
    text = TEXTS[name]
    source = parse(text.encode())
    names = [
        path
        for path in source.positions
        if path and isinstance(path[-1], str) and all(isinstance(part, str) for part in path)
    ]
    path = data.draw(st.sampled_from(names))
    new = put(text, path, None)
    after = parse(new.encode())
    assert not after.has(path)
    rest = [p for p in scalars(text) if p[: len(path)] != path]
    assert [after.at(p) for p in rest] == [source.at(p) for p in rest]


def comments(text: str) -> set[str]:
    return set(re.findall(r"(?:^|\s)(#.*)$", text, re.MULTILINE))
