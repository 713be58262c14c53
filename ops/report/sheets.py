"""Tables as CSV, which no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from router.calls.gaps import Recovery, Why
from router.report import FIELDS, By, accepted, helped, row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ops.report.report import Report

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


def files(report: Report) -> dict[str, str]:
    """The CSV files by name: in all, by each breakdown, accepted, incidents, gaps."""
    tally, gaps = report.collected.tally, report.collected.gaps
    made = {"total.csv": as_csv(_total(report))}
    for by in By:
        head = [by.value, "nama", "name", *FIELDS]
        groups = [
            [key, label.id, label.en, *row(counts).values()]
            for key, counts in tally.groups(by)
            for label in (report.label(by, key),)
        ]
        made[f"by_{by.value}.csv"] = as_csv([head, *groups])
    head = ["agency", "nama", "name", *accepted.FIELDS]
    agencies = [
        [agency, label.id, label.en, *accepted.row(one).values()]
        for agency, one in report.collected.accepted.items()
        for label in (report.label(By.AGENCY, agency),)
    ]
    made["accepted.csv"] = as_csv([head, *agencies])
    made |= _incidents(report)
    made["gaps.csv"] = as_csv(
        [
            ["what", "name", "count"],
            *(["gaps", why.value, gaps.gaps.get(why, 0)] for why in Why),
            ["gaps_with_calls", "", gaps.with_calls],
            *(["calls", how.value, gaps.calls.get(how, 0)] for how in Recovery),
        ]
    )
    return made


def _incidents(report: Report) -> dict[str, str]:
    """How soon help was there, by emergency and by district."""
    found = report.collected.incidents
    made = {}
    for name, groups, label in (
        ("emergency", helped.by_emergency(found), partial(report.label, By.EMERGENCY)),
        ("district", helped.by_district(found), report.district),
    ):
        rows = [
            [key, label(key).id, label(key).en, *helped.row(one).values()]
            for key, one in groups.items()
        ]
        head = [name, "nama", "name", *helped.FIELDS]
        made[f"incidents_by_{name}.csv"] = as_csv([head, *rows])
    return made


def _total(report: Report) -> list[list[Cell]]:
    tally = report.collected.tally
    figures: dict[str, Cell] = {**row(tally.total), "tests": tally.tests}
    return [["figure", "value"], *([name, value] for name, value in figures.items())]
