"""The days a report is about, in the centre's own time."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from siaga.errors import SiagaError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MAX_DAYS: Final = 366
"""A year: the longest period."""

_YEARS: Final = range(2000, 2200)
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class PeriodError(SiagaError):
    """What was asked for is no period."""

    code = "report_period"
    exit_status = 2


class Span(Protocol):
    """Some time, whose days and hours are those of a zone."""

    @property
    def begin(self) -> datetime:
        """Its first moment, aware."""

    @property
    def end(self) -> datetime:
        """The first moment after it, aware."""

    @property
    def zone(self) -> ZoneInfo:
        """In whose time days begin."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days; a call belongs to the period in which it began.

    Attributes:
        first: its first day.
        last: its last day, which is in it.
        zone: in whose time days begin.
    """

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begin(self) -> datetime:
        """Its first moment, in UTC."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it, in UTC."""
        return midnight(self.last + timedelta(days=1), self.zone)

    @property
    def is_month(self) -> bool:
        """Whether it is one whole month."""
        same = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        return same and self.first.day == 1 and self.last.day == _length(self.first)

    @property
    def name(self) -> str:
        """``2026-11`` for a month, else ``2026-11-03_2026-11-09``; fit for a file's name."""
        return f"{self.first:%Y-%m}" if self.is_month else f"{self.first}_{self.last}"


def month(text: str, zone: ZoneInfo) -> Period:
    """The month ``2026-11``.

    Raises:
        PeriodError: there is no such month.
    """
    found = _MONTH.fullmatch(text)
    year, number = (int(found[1]), int(found[2])) if found else (0, 0)
    if year not in _YEARS or number not in range(1, 13):
        raise PeriodError(
            f"Bukan bulan: {text[:40]!r}; tulis seperti 2026-11. / "
            f"Not a month: write it like 2026-11."
        )
    first = date(year, number, 1)
    return Period(first, first.replace(day=_length(first)), zone)


def days(first: str, last: str, zone: ZoneInfo) -> Period:
    """From the day ``first`` to the day ``last``, both in it.

    Raises:
        PeriodError: they are no days, in the wrong order, or more than a year apart.
    """
    period = Period(_day(first), _day(last), zone)
    if period.first > period.last:
        raise PeriodError(
            "Hari pertama sesudah hari terakhir. / The first day is after the last one."
        )
    if (period.last - period.first).days >= MAX_DAYS:
        raise PeriodError(f"Paling lama {MAX_DAYS} hari. / At most {MAX_DAYS} days.")
    return period


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise PeriodError(
            f"Bukan tanggal: {text[:40]!r}; tulis seperti 2026-11-03. / "
            f"Not a date: write it like 2026-11-03."
        )
    return day


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins, in UTC."""
    # In UTC: two moments of the same zone are compared by their clocks, not as moments.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]
