"""What a field of a form shows of a plan's value, and what is written for what is typed there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from siaga.plan.edit import put, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from router.console.planning.tables import Column
    from siaga.plan.source import Path, Value

_IS_BROWSER: Final = ("true", "false")
Kind: TypeAlias = Literal[
    "text",
    "words",
    "notice",
    "choice",
    "several",
    "lines",
    "pairs",
    "handsets",
    "rung",
    "contacts",
    "table",
]
PAIRS: Final = {"handsets": ("extension", "name"), "rung": ("agency", "ring")}
"""Keys of an item of a list that is its first key's value alone for short."""
LISTS: Final = frozenset({"lines", "handsets", "rung", "contacts"})
BILINGUAL: Final = frozenset({"words", "notice"})
BROWSER: Final = " [browser]"
"""Behind a handset's line: it is no telephone but somebody's browser."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field.

    Attributes:
        path: of the value in the plan. ``kind``: of the field.
        word: key of its label, and of its help with ``_help`` behind it.
        options: what may be chosen.
        needed: it cannot be left empty.
        help: key of what is said below it.
        columns: of a table.
        is_number: it is written as a number.
    """

    path: Path
    kind: Kind
    word: str
    options: Sequence[str] = ()
    needed: bool = False
    help: str = ""
    columns: Sequence[Column] = ()
    is_number: bool = False

    @property
    def name(self) -> str:
        """As the form calls it."""
        return "f:" + "/".join(str(part) for part in self.path)


def shown(kind: Kind, value: Value) -> str:
    """A value as it stands in its field; of two languages the Indonesian."""
    if kind in BILINGUAL:
        return _word(value, "id")
    if kind == "pairs":
        return "\n".join(_pairs(value))
    if kind == "several" and isinstance(value, list):
        return ", ".join(_item(kind, item) for item in value)
    if kind in LISTS:
        items = value if isinstance(value, list) else [] if value is None else [value]
        return "\n".join(_item(kind, item) for item in items)
    return value if isinstance(value, str) else "" if value is None else written(value)


def _pairs(value: Value) -> list[str]:
    """The lines of a mapping of words."""
    if not isinstance(value, dict):
        return [] if value is None else [written(value)]
    return [
        f"{key} {written(each) if not isinstance(each, str) else each}"
        for key, each in value.items()
    ]


def english(value: Value) -> str:
    """The English of two languages; empty when one text is for both."""
    return _word(value, "en") if isinstance(value, dict) else ""


def _word(value: Value, language: str) -> str:
    if isinstance(value, dict):
        said = value.get(language)
        return said if isinstance(said, str) else ""
    return value if isinstance(value, str) else ""


def _item(kind: Kind, item: Value) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, dict):
        if kind == "contacts" and len(item) == 1:
            ((way, address),) = item.items()
            return f"{way} {address}" if isinstance(address, str) else written(item)
        if kind == "handsets" and item.get("browser") in _IS_BROWSER:
            rest = {key: each for key, each in item.items() if key != "browser"}
            return _item(kind, rest) + (BROWSER if item["browser"] == "true" else "")
        keys = PAIRS.get(kind)
        if keys and set(item) <= set(keys) and all(isinstance(each, str) for each in item.values()):
            return " ".join(str(item[key]) for key in keys if key in item)
    return written(item)


def typed(kind: Kind, text: str, english_: str, old: Value) -> Value:
    """The value for what was typed; None: nothing, so that its key is taken away.

    Args:
        kind: of the field.
        text: that was typed.
        english_: in the second language.
        old: what the plan has now; its form is kept where it can be.
    """
    text = text.strip()
    if kind in BILINGUAL:
        return _words(text, english_.strip(), old)
    if kind == "several":
        return [each.strip() for each in text.split(",") if each.strip()] or None
    if kind not in LISTS:
        return text or None
    items: list[Value] = [
        _parsed(kind, line.strip(), old) for line in text.splitlines() if line.strip()
    ]
    if isinstance(old, str) and len(items) == 1 and isinstance(items[0], str):
        return items[0]
    return items or None


def _words(text: str, english_: str, old: Value) -> Value:
    if not text and not english_:
        return None
    if not english_ and not isinstance(old, dict):
        return text
    return {"id": text, "en": english_ or text}


def _parsed(kind: Kind, line: str, old: Value) -> Value:
    """An item; one that is in the list now stays as it is written there."""
    for item in old if isinstance(old, list) else []:
        if _item(kind, item) == line:
            return item
    whole = line
    line = line.removesuffix(BROWSER) if kind == "handsets" else line
    first, _, rest = line.partition(" ")
    rest = rest.strip()
    if line != whole:
        name: dict[str, Value] = {"name": rest} if rest else {}
        return {"extension": first, **name, "browser": "true"}
    if kind == "contacts":
        return {first: rest}
    keys = PAIRS.get(kind)
    if keys and rest:
        return {keys[0]: first, keys[1]: rest}
    return line


def put_pairs(text: str, path: Path, said: str, old: Value) -> str:
    """The text with other lines of a mapping; keys that stay are where they were.

    Raises:
        EditError: it is written in a way that a form cannot change.
    """
    pairs = [line.split(maxsplit=1) for line in said.splitlines() if line.strip()]
    new = {key: "".join(rest) for key, *rest in pairs}
    before = old if isinstance(old, dict) else {}
    if not new:
        return put(text, path, None)
    if not before:
        return put(text, path, dict(new))
    shown_ = dict(line.split(" ", 1) for line in _pairs(before))
    for key in [key for key in new if new[key] != shown_.get(key, "")]:
        text = put(text, (*path, key), new[key])
    for key in [key for key in before if key not in new]:
        text = put(text, (*path, key), None)
    return text
