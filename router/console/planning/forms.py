"""The plan as forms: made of its text's values, whether they are right or not, and written back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.console.planning import tables
from router.console.planning.fields import english, put_pairs, shown, typed
from router.console.planning.groups import GROUPS, OPTIONAL, fields, is_group, names
from router.console.planning.part import Cell, Filled, Part, Row
from siaga.plan.edit import EditError, Number, put
from siaga.plan.source import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from router.console.planning.fields import Field
    from router.console.planning.judge import Judged
    from siaga.plan import Problem
    from siaga.plan.source import Path, Source, Value

__all__ = ["GROUPS", "Filled", "Part", "added", "filled_in", "parts", "taken"]
TITLE: Final = "name"
NEEDED: Final = (("agencies",), ("emergencies",))
"""Groups that no plan is without."""


def parts(judged: Judged) -> tuple[Part, ...]:
    """The forms of a text; none while it cannot be read."""
    source = judged.source
    if source is None or not isinstance(source.value, dict):
        return ()
    made = [(root, tuple(found)) for root, found in fields(source)]
    known = {root for root, _found in made}
    known |= {path for _root, found in made for field in found for path in _places(source, field)}
    at: dict[Path, list[Problem]] = {}
    for problem in judged.problems:
        if (path := _place(source, problem, known)) is not None:
            at.setdefault(path, []).append(problem)
    return tuple(_part(source, root, found, at) for root, found in made)


def _part(
    source: Source, root: Path, found: tuple[Field, ...], at: Mapping[Path, list[Problem]]
) -> Part:
    filled = tuple(_filled(source, field, at) for field in found)
    own = {field.path for field in found}
    return Part(
        root,
        _title(source, root),
        _title(source, root[:2]) if len(root) > 2 else "",
        filled,
        () if root in own else tuple(at.get(root, ())),
        source.position(root) if source.has(root) else None,
        _options(source, root),
    )


def _options(source: Source, root: Path) -> tuple[str, ...] | None:
    """Another chain is for a schedule that there is; a post may have any name."""
    if len(root) != 2 or root[0] != "emergencies":
        return None
    taken_ = names(source, (*root, "during"))
    return tuple(name for name in names(source, ("schedules",)) if name not in taken_)


def _title(source: Source, root: Path) -> str:
    if len(root) == 1:
        return ""
    value = source.at((*root, TITLE))
    return shown("words", value) or str(root[-1])


def _places(source: Source, field: Field) -> Iterator[Path]:
    """Where a field's problems may be."""
    yield field.path
    if field.kind != "table":
        return
    for index, _cells in enumerate(tables.rows(source.at(field.path), field.columns) or ()):
        yield (*field.path, index)
        yield from ((*field.path, index, column.key) for column in field.columns)


def _filled(source: Source, field: Field, at: Mapping[Path, list[Problem]]) -> Filled:
    value = source.at(field.path)
    text = shown(field.kind, value) if field.kind != "table" else ""
    options = tuple(field.options)
    is_choice = field.kind in {"choice", "several"}
    if is_choice and text not in options:
        options = (*options, text)
    if is_choice and not field.needed and "" not in options:
        options = ("", *options)
    rows = tuple(_rows(source, field, at)) if field.kind == "table" else ()
    problems = tuple(at.get(field.path, ()))
    place = source.position(field.path)
    return Filled(field, text, english(value), options, problems, rows, place)


def _rows(source: Source, field: Field, at: Mapping[Path, list[Problem]]) -> Iterator[Row]:
    found = tables.rows(source.at(field.path), field.columns) or []
    for index, cells in enumerate(found):
        path, name = (*field.path, index), f"{field.name}/{index}"
        row = tuple(
            Cell(
                f"{name}/{column.key}",
                column,
                cells[column.key],
                tuple(at.get((*path, column.key), ())),
            )
            for column in field.columns
        )
        is_blank = index == len(found) - 1
        yield Row("" if is_blank else name, row, tuple(at.get(path, ())))


def _place(source: Source, problem: Problem, known: set[Path]) -> Path | None:
    """The field or form that a problem is with."""
    at = problem.position
    paths = [
        path for where in (source.positions, source.values) for path in where if where[path] == at
    ]
    for path in sorted(paths, key=len, reverse=True):
        for length in range(len(path), 0, -1):
            if path[:length] in known:
                return path[:length]
    return None


def filled_in(judged: Judged, form: Mapping[str, str]) -> str:
    """The text with what was changed in a form; what is as it was shown stays untouched.

    Raises:
        EditError: it is written in a way that a form cannot change.
    """
    text, source = judged.text, judged.source
    if source is None:
        return text
    for part in parts(judged):
        for each in part.fields:
            text = _filled_in(text, source, each, form)
    return text


def _filled_in(text: str, source: Source, each: Filled, form: Mapping[str, str]) -> str:
    field = each.field
    if field.kind == "table":
        return tables.changed(
            text,
            field,
            source.at(field.path),
            lambda row, key: _said(form, f"{field.name}/{row}/{key}"),
            _dropped(form, field),
        )
    said, other = _said(form, field.name), _said(form, field.name + "#en")
    if said is None or (said == each.value and (other or "") == each.english):
        return text
    old = source.at(field.path)
    if field.kind == "pairs":
        return put_pairs(text, field.path, said, old)
    value = typed(field.kind, said, other or "", old)
    if field.is_number and isinstance(value, str):
        value = Number(value)
    # What must be there and was emptied is for the loader to complain of, at its place.
    return _without_rest(
        put(text, field.path, "" if value is None and field.needed else value), field
    )


def _without_rest(text: str, field: Field) -> str:
    """A part of which the last word was taken away goes with it, and so on outwards."""
    above = field.path[:-1]
    while above and above[-1] in OPTIONAL and parse(text.encode()).at(above) == {}:
        text, above = put(text, above, None), above[:-1]
    return text


def _dropped(form: Mapping[str, str], field: Field) -> int | None:
    """The row of a table that is to go."""
    name, _, row = form.get(tables.DROP, "").rpartition("/")
    is_here = name == field.name and row.isascii() and row.isdigit() and len(row) < 4
    return int(row) if is_here else None


def _said(form: Mapping[str, str], name: str) -> str | None:
    value = form.get(name)
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else None


def added(text: str, source: Source, group: Path, name: str, title: str) -> str:
    """The text with one more part of a group.

    Raises:
        EditError: there is one of that name, or there is no place for it.
    """
    if not is_group(group) or name in names(source, group):
        raise EditError
    if len(group) > 1 and not source.has(group[:2]):
        raise EditError
    first = next(iter(names(source, ("agencies",))), "")
    emergency = next(iter(names(source, ("emergencies",))), "")
    new: dict[str, Value] = {
        "agencies": {"name": title, "handsets": []},
        "emergencies": {"name": title, "agency": first},
        "menus": {"name": title, "digits": {"1": emergency}, "default": emergency},
        "announcements": {"text": title},
        "schedules": ["mon-fri 08:00-16:00"],
        "trunks": {"from": []},
        "posts": {"name": title, "handsets": [], "areas": []},
        "during": {"agency": first},
    }
    return put(text, (*group, name), new[str(group[-1])])


def taken(text: str, group: Path, name: str) -> str:
    """The text without a part of a group; a group that need not be goes with its last one.

    Raises:
        EditError: it is written in a way that a form cannot change.
    """
    if not is_group(group):
        raise EditError
    text = put(text, (*group, name), None)
    is_empty = parse(text.encode()).at(group) == {} and group not in NEEDED
    return put(text, group, None) if is_empty else text
