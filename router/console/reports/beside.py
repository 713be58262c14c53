"""What a report has beside calls: how soon help was there, messages accepted, gaps. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.calls.gaps import Recovery, Why
from router.console.reports.numbers import written
from router.report import By, accepted, helped
from router.report.words import GAPS, RECOVERIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from router.console.reports.view import View
    from router.report.figures import Value
    from siaga.plan.words import Words

HELPED: Final = (
    "incidents",
    "dispatched",
    "on_scene",
    "dispatch_p50_s",
    "travel_p50_s",
    "response_p50_s",
    "response_p90_s",
    "response_900_share",
)
ACCEPTED: Final = accepted.FIELDS


@dataclass(frozen=True, slots=True)
class Beside:
    """A table without calls behind it.

    Attributes:
        sheet: its name as a file; its title is the word ``beside.`` and that.
        columns: their words are ``helped.`` and these.
        rows: what each is called, and its figures as people read them.
    """

    sheet: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


def tables(view: View) -> list[Beside]:
    """Those that have something in them."""
    return [one for one in _every(view) if one.rows]


def _every(view: View) -> Iterator[Beside]:
    report = view.report
    found, gaps = report.collected, report.collected.gaps

    def texts(values: Mapping[str, Value], columns: Sequence[str]) -> list[str]:
        return [written(values[name], view.language) for name in columns]

    def said(words: Words) -> str:
        return words.en if view.language == "en" else words.id

    yield Beside(
        "incidents_by_emergency",
        HELPED,
        [
            (said(report.label(By.EMERGENCY, key)), texts(helped.row(one), HELPED))
            for key, one in helped.by_emergency(found.incidents).items()
        ],
    )
    yield Beside(
        "incidents_by_district",
        HELPED,
        [
            (said(report.district(key)), texts(helped.row(one), HELPED))
            for key, one in helped.by_district(found.incidents).items()
        ],
    )
    yield Beside(
        "accepted",
        ACCEPTED,
        [
            (said(report.label(By.AGENCY, key)), texts(accepted.row(one), ACCEPTED))
            for key, one in found.accepted.items()
        ],
    )
    why = [(said(GAPS[one]), gaps.gaps.get(one, 0)) for one in Why]
    how = [(said(RECOVERIES[one]), gaps.calls.get(one, 0)) for one in Recovery]
    yield Beside(
        "gaps",
        ("many",),
        [(label, [written(many, view.language)]) for label, many in (*why, *how) if many],
    )
