"""The file for the national monitoring centre, in one of several formats.

No description of what that centre takes was found in public, only that figures are to be sent: what
is here is ours, and documented. Another format is one more function in :data:`FORMATS`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from router.report import By, Counts, FinalClass, Mark, row
from router.report.report import FORMAT
from siaga.cells import as_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from router.report.report import Report

Format: TypeAlias = "Callable[[Report], str]"

FIGURES: Final = (
    "calls",
    *(each.value for each in FinalClass),
    "talked",
    "talked_10",
    "talked_15",
    "talked_20",
    "due_10",
    "due_15",
    "due_20",
    "abandoned_before_10",
    "abandoned_from_10",
    Mark.SILENT.value,
    Mark.REPEAT.value,
)
CLASSES: Final = {
    "class_normal": "class_emergency",
    "class_information": "class_information",
    "class_prank": "class_prank",
    "class_ghost": "class_ghost",
}
"""The classes as cities publish them, and what we call those."""


def rows(report: Report) -> list[dict[str, Any]]:
    """One row for all calls, one for each emergency: the same fields in each, no text of callers.

    An emergency that the plan does not have is ``(other)``: its name could be anything.
    """
    tally = report.collected.tally
    made = [_row(report, "total", "", tally.total)]
    made += [_row(report, "emergency", key, counts) for key, counts in _emergencies(report)]
    return made


def _emergencies(report: Report) -> list[tuple[str, Counts]]:
    known: dict[str, Counts] = {}
    for key, counts in report.collected.tally.groups(By.EMERGENCY):
        name = key if key in report.plan.emergencies else "(other)" if key else "(none)"
        known.setdefault(name, Counts()).merge(counts)
    return list(known.items())


def _row(report: Report, scope: str, key: str, counts: Counts) -> dict[str, Any]:
    figures = row(counts)
    return {
        "format": FORMAT,
        "centre": report.plan.centre.name.id,
        "timezone": report.period.zone.key,
        "from": f"{report.period.first}",
        "to": f"{report.period.last}",
        "over": report.is_over,
        "scope": scope,
        "key": key,
        **{name: figures[name] for name in FIGURES},
        **{name: figures[ours] for name, ours in CLASSES.items()},
    }


def _csv(report: Report) -> str:
    listed = rows(report)
    return as_csv([list(listed[0]), *(list(each.values()) for each in listed)])


def _json(report: Report) -> str:
    return json.dumps(rows(report), indent=1) + "\n"


FORMATS: Final[Mapping[str, Format]] = {"csv": _csv, "json": _json}
"""The formats by name, which is also the ending of the file."""
