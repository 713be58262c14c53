"""The report's tables as CSV."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from router.calls.gaps import Recovery, Why
from router.report import FIELDS, By, accepted, helped, row
from siaga.cells import as_csv

if TYPE_CHECKING:
    from router.report.report import Report
    from siaga.cells import Cell


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
