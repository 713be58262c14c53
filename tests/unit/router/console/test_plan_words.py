"""Every word of the plan has a form, or stands in the list of those that are edited as text."""

from __future__ import annotations

from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from router.console.planning.fields import BILINGUAL, PAIRS
from router.console.planning.groups import ANY, TEXT_ONLY, fields
from siaga.plan.model import Contact, Plan
from siaga.plan.source import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.planning.fields import Field

FULL = Path("plans/contoh-lengkap.yaml").read_bytes()


def plain(kind: Any) -> Any:
    """A type without its limits, and without the None it may be."""
    while get_origin(kind) in {Annotated, Union, UnionType}:
        kind = get_args(kind)[0]
    return kind


def words(kind: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of a part of the model that have a value, each by its path."""
    kind = plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield from words(field.annotation, (*path, field.alias or name))
        return
    arguments = get_args(kind)
    inner = plain(arguments[-1 if get_origin(kind) is dict else 0]) if arguments else None
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        yield from words(inner, (*path, ANY))
    else:
        yield path


def of(field: Field, known: frozenset[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The words that somebody changes by a field."""
    path = general(field, known)
    if field.kind in BILINGUAL:
        yield from ((*path, language) for language in ("id", "en"))
    elif field.kind == "handsets":
        yield from ((*path, ANY, key) for key in (*PAIRS["handsets"], "browser"))
    elif field.kind == "rung":
        yield from ((*path, ANY, key) for key in PAIRS["rung"])
    elif field.kind == "contacts":
        yield from ((*path, ANY, key) for key in Contact.model_fields)
    elif field.kind == "table":
        yield from ((*path, ANY, column.key) for column in field.columns)
    else:
        yield path


def general(field: Field, known: frozenset[tuple[str, ...]]) -> tuple[str, ...]:
    """A field's path, with a star for names that are the plan's own."""
    path = tuple(str(part) for part in field.path)
    starts = {word[:length] for word in known for length in range(len(word) + 1)}
    made: tuple[str, ...] = ()
    for part in path:
        if made in known:  # a key of a mapping that is one word
            return made
        made = (*made, part if (*made, part) in starts else ANY)
    return (*made, "hours") if made == ("schedules", ANY) else made


def test_each_word_has_a_form_or_is_listed() -> None:
    """A word that comes into the model is in a form, or said to be for the text."""
    known = frozenset(words(Plan))
    assert len(known) > 80
    made = {
        word for _root, found in fields(parse(FULL)) for each in found for word in of(each, known)
    }
    assert made <= known
    assert known - made == TEXT_ONLY


def test_the_full_example_has_each_word() -> None:
    """What the walk finds is what plans have: no word of the model is missed by it."""
    known = frozenset(words(Plan))
    assert ("agencies", ANY, "posts", ANY, "handsets", ANY, "browser") in known
    assert ("emergencies", ANY, "during", ANY, "overflow", ANY, "ring") in known
    assert ("callers", "pranks", "for") in known
    assert ("holidays",) in known
