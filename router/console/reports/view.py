"""A report as rows of figures, each with the address of the calls it counts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from router.console.reports.asked import ALL, SHOWN, CallList
from router.console.reports.numbers import NOTHING, change, written
from router.report import By, Counts, FinalClass, Mark, Period
from router.report.call import LIMITS_S
from router.report.drill import FIGURES, TESTS
from router.report.figures import figures
from router.report.spans import Kind, Part
from router.report.tally import OTHERS
from router.report.told import BREAKDOWNS, largest
from router.report.told import Line as Named
from siaga.keys import CallClass
from siaga.plan.words import Words, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from router.console.reports.asked import Asked
    from router.console.words import Language
    from router.report import Tally
    from router.report.figures import Value
    from router.report.report import Report

ROWS_MAX: Final = 60
"""Rows of a table on the page; the file has them all."""
COLUMNS: Final = (
    "calls",
    "talked",
    "share_15",
    "late_15",
    "wait_p90_s",
    "abandoned",
    "lost",
    "class_prank",
)
"""Figures of a row of a breakdown."""
SLOT_COLUMNS: Final = ("calls", "talked", "share_15", "share_20", "wait_p50_s", "wait_p90_s")
"""Figures of an hour or a day; charts are drawn of these."""
GROUPS: Final = {
    "became": ("calls", *(each.value for each in FinalClass)),
    "talk": (
        "talked",
        *(f"{what}_{limit}" for limit in LIMITS_S for what in ("due", "talked", "late", "share")),
        "wait_p50_s",
        "wait_p90_s",
        "wait_p95_s",
    ),
    "left": ("abandoned", "abandoned_before_10", "abandoned_from_10"),
    "said": (*(f"class_{each}" for each in CallClass), "class_none"),
}
"""The figures of all calls; their words are ``figure.`` and their names."""
_STANDS_FOR: Final = {
    **{f"share_{limit}": f"due_{limit}" for limit in LIMITS_S},
    **dict.fromkeys(("wait_p50_s", "wait_p90_s", "wait_p95_s"), "talked"),
}
"""Which calls a share or a percentile is of."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure.

    Attributes:
        name: of the figure. ``value``: itself. ``text``: as people read it.
        address: of its calls; empty: it counts none.
    """

    name: str
    value: Value
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A figure of the period and of the one before.

    Attributes:
        name: of the figure.
        change: the difference.
    """

    name: str
    now: Cell
    earlier: Cell
    change: str


@dataclass(frozen=True, slots=True)
class Row:
    """A group of a breakdown."""

    label: str
    cells: Sequence[Cell]
    earlier: Cell


@dataclass(frozen=True, slots=True)
class Table:
    """A breakdown; ``more`` groups are in the file alone."""

    by: By
    title: str
    note: str
    rows: Sequence[Row]
    more: int


@dataclass(frozen=True, slots=True)
class Slot:
    """An hour or a day of the period.

    Attributes:
        begin: its first moment, by the centre's clock.
        state: ``over``, ``now`` or ``later``.
        cells: :data:`SLOT_COLUMNS`; ``earlier``: calls of the same one of the period before.
    """

    begin: datetime
    state: str
    cells: Sequence[Cell]
    earlier: Cell


class View:
    """What a page shows of a report.

    Args:
        asked: for what.
        report: of the period.
        earlier: what there was in as much of the period before.
        language: of the reader.
    """

    def __init__(self, asked: Asked, report: Report, earlier: Tally, language: Language) -> None:
        self.asked = asked
        self.report = report
        self.earlier = earlier
        self.language: Language = language
        self._calls = CallList.of(asked.period)
        self._calls_before = CallList.of(asked.compared)
        self._now = figures(report.collected.tally.total)
        self._before = figures(earlier.total)

    @property
    def calls(self) -> int:
        """All calls."""
        return self.report.collected.tally.total.calls

    def line(self, name: str) -> Line:
        """A figure of all calls."""
        return self._line(name, self._now[name], self._before[name])

    def groups(self) -> Iterator[tuple[str, Sequence[Line]]]:
        """All figures of all calls, in groups that have a word."""
        for group, names in GROUPS.items():
            yield group, [self.line(name) for name in names]
        marks = [self.line(each.value) for each in Mark]
        tests = self.report.collected.tally.tests
        yield "other", [*marks, self._line(TESTS, tests, self.earlier.tests)]

    def tables(self) -> list[Table]:
        """The breakdowns that are asked for."""
        return [self._table(by) for by in SHOWN if self.asked.by in (ALL, by)]

    def slots(self) -> list[Slot]:
        """The hours of a day, or the days."""
        if self.asked.kind is Kind.DAY:
            spans = _hours(self.asked.period), _hours(self.asked.earlier)
            key: Callable[[datetime], str] = "{:%H}".format
            by = By.HOUR
        else:
            spans = _days(self.asked.period), _days(self.asked.earlier)
            key, by = "{:%Y-%m-%d}".format, By.DAY
        now, before = self.report.collected.tally.by[by], self.earlier.by[by]
        made = []
        for place, span in enumerate(spans[0]):
            counts = now.get(key(span.begin), Counts())
            same_one = spans[1][place] if place < len(spans[1]) else None
            made.append(self._slot(span, counts, same_one, before, key))
        return made

    def _slot(
        self,
        span: Part,
        counts: Counts,
        same_one: Part | None,
        before: Mapping[str, Counts],
        key: Callable[[datetime], str],
    ) -> Slot:
        state = "over" if span.end <= self.asked.now else "now"
        if span.begin > self.asked.now:
            state = "later"
        found, listed = figures(counts), CallList.of(span)
        cells = [
            Cell(name, None, NOTHING) if state == "later" else self._cell(name, found[name], listed)
            for name in SLOT_COLUMNS
        ]
        limit = self.asked.compared.end
        earlier = Cell("earlier", None, NOTHING)
        if same_one is not None and same_one.begin < limit:
            part = Part(same_one.begin, min(same_one.end, limit), same_one.zone)
            calls = before.get(key(same_one.begin), Counts()).calls
            earlier = self._cell("calls", calls, CallList.of(part))
        return Slot(span.begin, state, cells, earlier)

    def _table(self, by: By) -> Table:
        told = BREAKDOWNS[by]
        before = self.earlier.by[by]
        found, more = largest(self.report, by, ROWS_MAX)
        rows = [self._row(line, by, before.get(line.key, Counts()).calls) for line in found]
        return Table(by, self._said(told.title), self._said(told.note or same("")), rows, more)

    def _row(self, line: Named, by: By, before: int) -> Row:
        listed, earlier = (
            None if line.key == OTHERS else each.grouped(by, line.key)
            for each in (self._calls, self._calls_before)
        )
        found = figures(line.counts)
        cells = [self._cell(name, found[name], listed) for name in COLUMNS]
        return Row(self._said(line.label), cells, self._cell("calls", before, earlier))

    def _line(self, name: str, now: Value, earlier: Value) -> Line:
        return Line(
            name,
            self._cell(name, now, self._calls),
            self._cell(name, earlier, self._calls_before),
            change(now, earlier, self.language),
        )

    def _cell(self, name: str, value: Value, listed: CallList | None) -> Cell:
        """A figure; ``listed``: addresses of its calls, None: they have none."""
        text = written(value, self.language)
        figure = _STANDS_FOR.get(name, name)
        nothing = value is None or (value == 0 and name == figure)
        if nothing or listed is None or (figure not in FIGURES and figure != TESTS):
            return Cell(name, value, text)
        return Cell(name, value, text, listed.address(figure))

    def _said(self, words: Words) -> str:
        return words.en if self.language == "en" else words.id


def _hours(period: Period) -> list[Part]:
    begin = period.begin.astimezone(period.zone)
    hours = (period.end - period.begin) // timedelta(hours=1)
    return [
        Part(begin + timedelta(hours=each), begin + timedelta(hours=each + 1), period.zone)
        for each in range(hours)
    ]


def _days(period: Period) -> list[Part]:
    days = (period.last - period.first).days + 1
    every = (period.first + timedelta(days=each) for each in range(days))
    found = (Period(day, day, period.zone) for day in every)
    return [Part(each.begin.astimezone(period.zone), each.end, each.zone) for each in found]
