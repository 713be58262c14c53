"""The report as one page to print: no script, nothing from elsewhere, every text escaped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jinja2

from ops.printing import printable
from router.report import By, Counts, FinalClass, Mark, goals, helped, words
from router.report.figures import percent, percentile
from router.report.told import BREAKDOWNS, largest
from siaga.plan.hours import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from router.report.report import Report
    from siaga.plan.words import Words

TEMPLATE: Final = Path(__file__).with_name("page.html.j2")
ROWS_MAX: Final = 60
"""Rows of a table on paper; the CSV files have them all."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart; ``height`` and ``talked`` in per cent of the highest."""

    label: str
    calls: int
    height: float
    talked: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Calls over hours, weekdays or days."""

    title: Words
    bars: Sequence[Bar]


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"whole": words.whole, "decimal": words.decimal, "plain": printable}
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8"))


def as_html(report: Report) -> str:
    """The page."""
    tally, gaps = report.collected.tally, report.collected.gaps
    return _template().render(
        report=report,
        total=tally.total,
        tests=tally.tests,
        gaps=gaps,
        accepted=[
            (report.label(By.AGENCY, agency), one)
            for agency, one in report.collected.accepted.items()
        ],
        helped=[
            (title, [(label(key), one) for key, one in groups.items()])
            for title, groups, label in (
                (
                    BREAKDOWNS[By.EMERGENCY].title,
                    helped.by_emergency(report.collected.incidents),
                    partial(report.label, By.EMERGENCY),
                ),
                (
                    words.DISTRICT,
                    helped.by_district(report.collected.incidents),
                    report.district,
                ),
            )
            if groups
        ],
        period=words.period(report.period),
        made=words.moment(report.made.astimezone(report.period.zone)),
        goals=goals(report.plan),
        FinalClass=FinalClass,
        Mark=Mark,
        words=words,
        percent=percent,
        percentile=percentile,
        tables=[
            (told, *largest(report, by, ROWS_MAX))
            for by, told in BREAKDOWNS.items()
            if not told.drawn
        ],
        charts=_charts(report),
    )


def _charts(report: Report) -> list[Chart]:
    period = report.period
    hours = [(f"{hour:02}", f"{hour:02}") for hour in range(24)]
    weekdays = [(str(number), day.id) for number, day in enumerate(WEEKDAYS, 1)]
    made = [_chart(report, By.HOUR, hours), _chart(report, By.WEEKDAY, weekdays)]
    if period.is_month:
        days = [
            (f"{period.first:%Y-%m}-{day:02}", str(day)) for day in range(1, period.last.day + 1)
        ]
        made.append(_chart(report, By.DAY, days))
    return made


def _chart(report: Report, by: By, keys: Iterable[tuple[str, str]]) -> Chart:
    groups = report.collected.tally.by[by]
    found = [(label, groups.get(key, Counts())) for key, label in keys]
    top = max((counts.calls for _, counts in found), default=0) or 1
    bars = [
        Bar(label, counts.calls, 100 * counts.calls / top, 100 * counts.talked / top)
        for label, counts in found
    ]
    return Chart(BREAKDOWNS[by].title, bars)
