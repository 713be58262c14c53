"""What is open when: schedules, public holidays, exceptions and closures at one moment.

All moments are the centre's own time, without a zone; :func:`local` makes them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from siaga.plan.live import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from siaga.plan.hours import Span
    from siaga.plan.live import Live
    from siaga.plan.model import Plan


def local(plan: Plan, at: datetime) -> datetime:
    """An aware moment in the centre's time, without its zone."""
    return at.astimezone(ZoneInfo(plan.centre.timezone)).replace(tzinfo=None)


def epoch(plan: Plan, at: datetime) -> int:
    """Seconds since the epoch of a moment in the centre's time."""
    return int(at.replace(tzinfo=ZoneInfo(plan.centre.timezone)).astimezone(UTC).timestamp())


def spans(plan: Plan, schedule: str, day: date) -> tuple[Span, ...]:
    """When a schedule is open on a date, in order: exception before holiday before weekday."""
    chosen = plan.schedules[schedule]
    for exception in plan.exceptions:
        if exception.on == day and exception.schedule == schedule:
            return _sorted(exception.hours)
    if day in plan.holidays and chosen.holidays == "closed":
        return ()
    return _sorted(line.span for line in chosen.hours if day.weekday() in line.days)


def _sorted(found: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(found, key=lambda span: span.begin))


def is_open(plan: Plan, schedule: str, at: datetime) -> bool:
    """Whether a schedule is open."""
    minute = at.hour * 60 + at.minute
    return any(minute in span for span in spans(plan, schedule, at.date()))


def is_closed(plan: Plan, agency: str, at: datetime) -> bool:
    """Whether the plan has an agency not answer: by its hours, or by a closure."""
    hours = plan.agencies[agency].hours
    if hours is not None and not is_open(plan, hours, at):
        return True
    return any(c.agency == agency and c.begin <= at < c.end for c in plan.closures)


def announcement(plan: Plan, at: datetime, live: Live = NOTHING) -> str | None:
    """The announcement that is said: the first switched on, or in its dates and not silenced."""
    for name, found in plan.announcements.items():
        if name in live.announced:
            return name
        if name in live.silenced or (found.begin is None and found.end is None):
            continue
        begins, ends = found.begin or datetime.min, found.end or datetime.max  # noqa: DTZ901
        if begins <= at < ends:
            return name
    return None
