"""What a report's page shows, as CSV, with what it has no room for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.console.reports.asked import SHOWN
from router.console.reports.view import SLOT_COLUMNS
from router.report import By, Counts, sheets
from router.report.figures import figures
from siaga.cells import as_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.console.reports.view import View
    from siaga.cells import Cell

TOTAL: Final = "figures"
COURSE: Final = "course"
BESIDE: Final = frozenset({"incidents_by_emergency", "incidents_by_district", "accepted", "gaps"})
FILES: Final = BESIDE | {TOTAL, COURSE, *(by.value for by in SHOWN)}
"""Names of the tables that may be taken away."""


def file(view: View, sheet: str) -> str:
    """One of :data:`FILES`."""
    if sheet == TOTAL:
        return as_csv(_total(view))
    if sheet in BESIDE:
        return sheets.files(view.report)[f"{sheet}.csv"]
    return as_csv(_course(view) if sheet == COURSE else _groups(view, By(sheet)))


def _total(view: View) -> Iterator[list[Cell]]:
    yield ["figure", "value", "before"]
    for _, lines in view.groups():
        for line in lines:
            yield [line.name, line.now.value, line.earlier.value]


def _course(view: View) -> Iterator[list[Cell]]:
    yield ["begin", "state", *SLOT_COLUMNS, "calls_before"]
    for slot in view.slots():
        cells = [cell.value for cell in slot.cells]
        yield [slot.begin.isoformat(), slot.state, *cells, slot.earlier.value]


def _groups(view: View, by: By) -> Iterator[list[Cell]]:
    report = view.report
    before = view.earlier.by[by]
    yield [by.value, "nama", "name", *figures(Counts()), "calls_before"]
    for key, counts in report.collected.tally.groups(by):
        label, earlier = report.label(by, key), before.get(key, Counts())
        yield [key, label.id, label.en, *figures(counts).values(), earlier.calls]
