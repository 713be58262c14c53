"""The plan's hours as conditions of the dialplan: by date, by day of the week, by moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from siaga.names import OPEN_PREFIX, Var
from siaga.plan import calendar
from siaga.plan.hours import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.plan import Plan
    from siaga.plan.hours import Span

WHOLE_DAY = 1440


@dataclass(frozen=True, slots=True)
class DayHours:
    """What is open on a day.

    Attributes:
        extension: ``20261225`` for a date, ``1`` for every Monday to ``7`` for every Sunday.
        comment: what day it is.
        schedules: condition by schedule.
    """

    extension: str
    comment: str
    schedules: Mapping[str, str]


def days(plan: Plan) -> Iterator[DayHours]:
    """The special dates in order, then the days of the week."""
    special = {*plan.holidays, *(exception.on for exception in plan.exceptions)}
    for day in sorted(special):
        kind = "holidays" if day in plan.holidays else "exceptions"
        yield DayHours(day.strftime("%Y%m%d"), f"{kind} {day.isoformat()}", _open(plan, day))
    for number, name in enumerate(DAYS):
        yield DayHours(str(number + 1), name, _open(plan, _plain(number, special)))


def _plain(weekday: int, special: set[date]) -> date:
    """A date of that weekday that is an ordinary one."""
    day = date(2001, 1, 1) + timedelta(days=weekday)
    while day in special:
        day += timedelta(days=7)
    return day


def _open(plan: Plan, day: date) -> dict[str, str]:
    return {name: _within(calendar.spans(plan, name, day)) for name in plan.schedules}


def _within(spans: tuple[Span, ...]) -> str:
    if any(span.begin == 0 and span.end == WHOLE_DAY for span in spans):
        return "1"
    parts = (
        f"${{{Var.TIME}}} >= {_clock(span.begin)} & ${{{Var.TIME}}} < {_clock(span.end)}"
        for span in spans
    )
    condition = " | ".join(parts)
    return f"$[{condition}]" if condition else "0"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}{minute % 60:02}"


def shut(plan: Plan) -> Iterator[tuple[str, str]]:
    """Condition under which the plan has an agency not answer, for those that it ever has."""
    for name, agency in plan.agencies.items():
        parts = [f"${{{OPEN_PREFIX}{agency.hours}}} = 0"] if agency.hours else []
        parts += [
            f"${{{Var.NOW}}} >= {calendar.epoch(plan, closure.begin)}"
            f" & ${{{Var.NOW}}} < {calendar.epoch(plan, closure.end)}"
            for closure in plan.closures
            if closure.agency == name
        ]
        if parts:
            yield name, " | ".join(parts)


def announced(plan: Plan) -> Iterator[tuple[str, str | None]]:
    """Condition under which an announcement's dates are over or not yet come; None: it has none."""
    for name, found in plan.announcements.items():
        parts = []
        if found.begin is not None:
            parts.append(f"${{{Var.NOW}}} < {calendar.epoch(plan, found.begin)}")
        if found.end is not None:
            parts.append(f"${{{Var.NOW}}} >= {calendar.epoch(plan, found.end)}")
        yield name, " | ".join(parts) or None
