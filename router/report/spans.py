"""Days, weeks and months that follow each other, and how much of the one before to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from router.report.period import Period, PeriodError, days, month

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo


class Kind(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    """From Monday to Sunday."""
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a period's time: it need not begin or end with a day."""

    begin: datetime
    end: datetime
    zone: ZoneInfo


def around(kind: Kind, on: str, zone: ZoneInfo) -> Period:
    """The period of that kind that the day ``on`` is in.

    Raises:
        PeriodError: it is no day.
    """
    day = days(on, on, zone).first
    return _of(kind, day, zone)


def before(kind: Kind, period: Period) -> Period:
    """The one before it."""
    return _of(kind, period.first - timedelta(days=1), period.zone)


def after(kind: Kind, period: Period) -> Period:
    """The one after it."""
    return _of(kind, period.last + timedelta(days=1), period.zone)


def _of(kind: Kind, day: date, zone: ZoneInfo) -> Period:
    match kind:
        case Kind.DAY:
            return Period(day, day, zone)
        case Kind.WEEK:
            monday = day - timedelta(days=day.weekday())
            return Period(monday, monday + timedelta(days=6), zone)
        case Kind.MONTH:
            try:
                return month(f"{day:%Y-%m}", zone)
            except PeriodError:  # Beside the years that may be asked for.
                return Period(day.replace(day=1), day, zone)


def compared(period: Period, earlier: Period, now: datetime) -> Part:
    """As much of the earlier period as is over of this one, to the minute; all of it if it is over.

    Half a day is not to be compared with a whole one.
    """
    end = earlier.end
    if period.begin <= now < period.end:
        gone = (now - period.begin) // timedelta(minutes=1) * timedelta(minutes=1)
        end = min(end, earlier.begin + gone)
    return Part(earlier.begin, end, period.zone)
