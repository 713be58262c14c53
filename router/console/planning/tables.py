"""A list of the plan as a table: a row each item, a cell each key, a blank row for one more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.plan.edit import EditError, put
from siaga.plan.source import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from router.console.planning.fields import Field
    from siaga.plan.source import Path, Value

MOST_ROWS: Final = 60
"""A longer list is edited in the text: a page with thousands of cells helps nobody."""
DROP: Final = "drop"
"""Field of a form by which a row is taken away; its value is the row's name."""


@dataclass(frozen=True, slots=True)
class Column:
    """A key of each item.

    Attributes:
        key: in the plan. ``word``: key of its heading.
        options: what is proposed. ``example``: of what may be typed.
        listed: it is a list, shown with commas; nothing is an empty list.
    """

    key: str
    word: str
    options: Sequence[str] = ()
    example: str = ""
    listed: bool = False


def rows(value: Value, columns: Sequence[Column]) -> list[dict[str, str]] | None:
    """What stands in the cells, the blank row last; None: it is no list that a table can show."""
    items = [] if value is None else value
    if not isinstance(items, list) or len(items) > MOST_ROWS:
        return None
    shown = [_cells(item, columns) for item in items]
    if any(row is None for row in shown):
        return None
    return [*(row for row in shown if row is not None), {column.key: "" for column in columns}]


def _cells(item: Value, columns: Sequence[Column]) -> dict[str, str] | None:
    if not isinstance(item, dict) or not set(item) <= {column.key for column in columns}:
        return None
    cells = {column.key: _cell(item.get(column.key), column) for column in columns}
    if any(cell is None for cell in cells.values()):
        return None
    return {key: cell or "" for key, cell in cells.items()}


def _cell(value: Value, column: Column) -> str | None:
    if value is None or isinstance(value, str):
        return value or ""
    if column.listed and isinstance(value, list):
        texts = [each for each in value if isinstance(each, str)]
        return ", ".join(texts) if len(texts) == len(value) else None
    return None


def changed(
    text: str,
    field: Field,
    value: Value,
    said: Callable[[int, str], str | None],
    dropped: int | None = None,
) -> str:
    """The text with what was changed in a table.

    Args:
        text: of the plan.
        field: that is a table.
        value: what is there.
        said: what was typed in a cell, by row and key; None: the form has no such cell.
        dropped: a row that is taken away whatever stands in it.

    Raises:
        EditError: it is written in a way that a table cannot change.
    """
    path, columns = field.path, field.columns
    before = rows(value, columns)
    if before is None:
        return text
    gone: list[int] = []
    added: list[Value] = []
    for index, cells in enumerate(before):
        new = {
            key: cell if (typed := said(index, key)) is None else typed
            for key, cell in cells.items()
        }
        is_blank = index == len(before) - 1
        if not is_blank and (index == dropped or not any(new.values())):
            gone.append(index)
        elif is_blank and any(new.values()):
            added.append(_item(new, columns))
        elif new != cells:
            text = _put_row(text, (*path, index), cells, new, columns)
    if not gone and not added:
        return text
    now = parse(text.encode()).at(path)
    items = [item for index, item in enumerate(now or []) if index not in gone]
    return put(text, path, [*items, *added] or None)


def _put_row(
    text: str, path: Path, old: dict[str, str], new: dict[str, str], columns: Sequence[Column]
) -> str:
    """A row with other cells; where a key cannot be changed by itself, the row is written anew."""
    try:
        made = text
        for column in columns:
            if new[column.key] != old[column.key]:
                made = put(made, (*path, column.key), _value(new[column.key], column))
    except EditError:
        return put(text, path, _item(new, columns))
    return made


def _item(cells: dict[str, str], columns: Sequence[Column]) -> Value:
    values = {column.key: _value(cells[column.key], column) for column in columns}
    return {key: value for key, value in values.items() if value is not None}


def _value(cell: str, column: Column) -> Value:
    if not column.listed:
        return cell or None
    return [part for each in cell.split(",") if (part := each.strip())]
