"""Hours of a schedule: ``mon-fri 07:30-16:00`` as days of the week and minutes of the day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema

from siaga.plan.forms import HOURS_FORM
from siaga.plan.words import FormError, Words

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS: Final = (
    Words("Senin", "Monday"),
    Words("Selasa", "Tuesday"),
    Words("Rabu", "Wednesday"),
    Words("Kamis", "Thursday"),
    Words("Jumat", "Friday"),
    Words("Sabtu", "Saturday"),
    Words("Minggu", "Sunday"),
)
"""The same days as people call them."""

_LINE = re.compile(r"([a-z,-]+) (\d{2}):(\d{2})-(\d{2}):(\d{2})")
_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of a day, from ``begin`` up to but without ``end``; the whole day is 0 to 1440."""

    begin: int
    end: int

    def __contains__(self, minute: int) -> bool:
        return self.begin <= minute < self.end

    def __str__(self) -> str:
        return "-".join(f"{at // 60:02}:{at % 60:02}" for at in (self.begin, self.end))


@dataclass(frozen=True, slots=True)
class Hours:
    """One line of a schedule.

    Attributes:
        days: 0 for Monday to 6 for Sunday.
        span: minutes of each of these days.
        text: as it stands in the plan.
    """

    days: frozenset[int]
    span: Span
    text: str


def _span(hours: tuple[str, ...], text: str) -> Span:
    begin_hour, begin_minute, end_hour, end_minute = (int(part) for part in hours)
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if begin_minute > 59 or end_minute > 59 or begin > 1440 or end > 1440:
        raise FormError(
            Words(f"'{text}' memuat jam yang tidak ada", f"'{text}' is not a time of day"),
            Words("tulis dari 00:00 sampai 24:00", "write it from 00:00 to 24:00"),
        )
    if begin == end:
        raise FormError(
            Words(f"'{text}' berakhir saat dimulai", f"'{text}' ends when it begins"),
            Words("untuk sehari penuh tulis 00:00-24:00", "write 00:00-24:00 for the whole day"),
        )
    if begin > end:
        raise FormError(
            Words(f"'{text}' melewati tengah malam", f"'{text}' goes past midnight"),
            Words(
                "tulis dua baris: satu sampai 24:00, satu mulai 00:00",
                "write two lines, one up to 24:00, one from 00:00",
            ),
        )
    return Span(begin, end)


def parse_span(value: object) -> object:
    """``07:30-12:00`` as a span; a span stays one.

    Raises:
        FormError: it is anything else.
    """
    if isinstance(value, Span):
        return value
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if not isinstance(value, str) or not found:
        raise FormError(
            Words(f"'{value}' bukan rentang jam", f"'{value}' is not a time span"),
            Words("tulis seperti 07:30-12:00", "write it like 07:30-12:00"),
        )
    return _span(found.groups(), value)


def parse_hours(value: object) -> object:
    """``mon-fri 07:30-16:00`` as hours; hours stay hours.

    Raises:
        FormError: it is anything else.
    """
    if isinstance(value, Hours):
        return value
    found = _LINE.fullmatch(value) if isinstance(value, str) else None
    if not isinstance(value, str) or not found:
        raise FormError(
            Words(f"'{value}' bukan jam buka", f"'{value}' are no hours"),
            Words("tulis seperti mon-fri 07:30-16:00", "write them like mon-fri 07:30-16:00"),
        )
    days = frozenset(day for part in found[1].split(",") for day in _days(part, value))
    return Hours(days, _span(found.groups()[1:], value), value)


def _days(part: str, text: str) -> list[int]:
    if part == "daily":
        return list(range(7))
    first, _, last = part.partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        known = ", ".join(DAYS)
        raise FormError(
            Words(f"hari pada '{text}' tidak dikenal", f"'{text}' has no day of ours"),
            Words(f"pakai {known}, atau daily", f"use {known} or daily"),
        )
    begin, end = DAYS.index(first), DAYS.index(last or first)
    # "sat-mon" goes round the end of the week.
    return [day % 7 for day in range(begin, end + (7 if end < begin else 0) + 1)]


HoursLine = Annotated[
    Hours,
    BeforeValidator(parse_hours),
    WithJsonSchema({"type": "string", "pattern": HOURS_FORM, "examples": ["mon-fri 07:30-16:00"]}),
]
DaySpan = Annotated[
    Span,
    BeforeValidator(parse_span),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{2}:\d{2}-\d{2}:\d{2}$",
            "examples": ["07:30-12:00"],
        }
    ),
]
