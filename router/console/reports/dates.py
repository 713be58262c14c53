"""How days and periods are called in each language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.report.spans import Kind
from router.report.words import MONTHS
from siaga.plan.hours import WEEKDAYS

if TYPE_CHECKING:
    from datetime import date, datetime

    from router.console.reports.view import Slot
    from router.console.words import Language
    from router.report import Period

_ENGLISH: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def month(day: date, language: Language) -> str:
    """``November``."""
    return (_ENGLISH if language == "en" else MONTHS)[day.month - 1]


def weekday(day: date, language: Language) -> str:
    """``Senin`` or ``Monday``."""
    found = WEEKDAYS[day.weekday()]
    return found.en if language == "en" else found.id


def whole(day: date, language: Language) -> str:
    """``Senin, 2 November 2026``."""
    return f"{weekday(day, language)}, {plain(day, language)}"


def plain(day: date, language: Language) -> str:
    """``2 November 2026``."""
    return f"{day.day} {month(day, language)} {day.year}"


def period(kind: Kind, found: Period, language: Language) -> str:
    """What people call a period."""
    match kind:
        case Kind.DAY:
            return whole(found.first, language)
        case Kind.WEEK:
            return _between(found.first, found.last, language)
        case Kind.MONTH:
            return f"{month(found.first, language).capitalize()} {found.first.year}"


def _between(first: date, last: date, language: Language) -> str:
    begin = plain(first, language)
    if first.year == last.year:
        begin = f"{first.day} {month(first, language)}"
    if (first.year, first.month) == (last.year, last.month):
        begin = f"{first.day}"
    return f"{begin} – {plain(last, language)}"  # noqa: RUF001 (a dash is meant)


def moment(at: datetime, language: Language) -> str:
    """``2 November 2026 14:05``."""
    return f"{plain(at.date(), language)} {clock(at)}"


def clock(at: datetime) -> str:
    """``14:05``, as on all pages."""
    return f"{at:%H:%M}"


def slot(kind: Kind, one: Slot, language: Language) -> tuple[str, str]:
    """What an hour or a day is called in a table, and shortly below a chart."""
    match kind:
        case Kind.DAY:
            return clock(one.begin), f"{one.begin:%H}"
        case Kind.WEEK:
            day = one.begin.date()
            return f"{weekday(day, language)} {day.day}", weekday(day, language)[:3]
        case Kind.MONTH:
            day = one.begin.date()
            return f"{day.day} {weekday(day, language)[:3]}", f"{day.day}"
