"""Moments at which a plan may begin to route otherwise."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from tests.fuzz.draw import DAYS, FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan import Plan

WEEK = range(7, 14)
"""Days of one week, counted from the first date."""


def moments(plan: Plan) -> list[datetime]:
    """Beginnings and ends of everything that has them, and some moments beside."""
    return [*_any(), *_hours(plan), *_dates(plan), *_spans(plan)]


def _any() -> Iterator[datetime]:
    for day in range(0, DAYS, 9):
        yield datetime.combine(FIRST_DAY + timedelta(days=day), time(day % 24, 20))


def _hours(plan: Plan) -> Iterator[datetime]:
    lines = [line for schedule in plan.schedules.values() for line in schedule.hours]
    for on in (FIRST_DAY + timedelta(days=day) for day in WEEK):
        start = datetime.combine(on, time())
        for line in lines:
            if on.weekday() in line.days:
                yield start + timedelta(minutes=line.span.begin)
                yield start + timedelta(minutes=line.span.end)


def _dates(plan: Plan) -> Iterator[datetime]:
    for on in plan.holidays:
        yield datetime.combine(on, time())
        yield datetime.combine(on, time(10))
    for exception in plan.exceptions:
        start = datetime.combine(exception.on, time())
        yield start + timedelta(hours=10)
        for span in exception.hours:
            yield start + timedelta(minutes=span.begin)
            yield start + timedelta(minutes=span.end)


def _spans(plan: Plan) -> Iterator[datetime]:
    for closure in plan.closures:
        yield from (closure.begin, closure.end)
    for announcement in plan.announcements.values():
        yield from (at for at in (announcement.begin, announcement.end) if at is not None)
