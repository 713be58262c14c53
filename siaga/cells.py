"""Tables as CSV, which no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Cell: TypeAlias = "str | int | float | bool | None"

FORMULA: Final = "=+-@＝＋－＠"  # noqa: RUF001 (those of full width are taken for the others)
"""What a cell that is taken for a formula begins with."""


def safe(value: Cell) -> str:
    """The text of a cell: never a formula, and without anything that breaks a line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value}"
    text = "".join(
        "\ufffd" if unicodedata.category(char)[0] == "C" or char in "\u2028\u2029" else char
        for char in value
    )
    return f"'{text}" if text.lstrip().startswith(tuple(FORMULA)) else text


def as_csv(rows: Iterable[Iterable[Cell]]) -> str:
    """Rows as RFC 4180 has them, comma and full stop whatever the language."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([safe(cell) for cell in cells] for cells in rows)
    return text.getvalue()
