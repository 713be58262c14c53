"""The moments at which a plan means different things: every stretch of time, described for people.

A week without special dates stands for all such weeks; each holiday, exception, closure and date of
an announcement is looked at by itself, with the day before and the day after.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from siaga.plan import calendar
from siaga.plan.hours import WEEKDAYS
from siaga.plan.live import NOTHING
from siaga.plan.words import Words, joined, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from siaga.plan.live import Live
    from siaga.plan.model import Plan

_Hours: TypeAlias = "list[tuple[int, frozenset[str]]]"
"""Minutes of a day at which any schedule opens or closes, and which are open from then on."""

_DAY: Final = timedelta(days=1)
_FIRST_MONDAY: Final = date(2001, 1, 1)
_LAST: Final = date.max - 20 * _DAY
"""Dates later than this are left out: there must be room for a week behind them."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in which the same is open.

    Attributes:
        at: its beginning, in the centre's time. ``until``: its end.
        label: its beginning for people, like ``Sunday 02:10`` or ``2026-12-25 00:00 (Natal)``.
        open: schedules that are open. ``closed``: agencies that the plan has not answer.
        announcement: that the plan's dates have said.
    """

    at: datetime
    until: datetime
    label: Words
    open: frozenset[str]
    closed: frozenset[str]
    announcement: str | None

    @property
    def meaning(self) -> tuple[object, ...]:
        """Two slots of equal meaning route alike, whatever the emergency."""
        return self.open, self.closed, self.announcement


def day_view(plan: Plan, day: date) -> Plan:
    """The plan with only that day's exceptions and closures: the same on that day, quicker."""
    start, end = _midnight(day), _midnight(day) + _DAY
    return plan.model_copy(
        update={
            "exceptions": tuple(e for e in plan.exceptions if e.on == day),
            "closures": tuple(c for c in plan.closures if c.begin < end and c.end > start),
        }
    )


def timeline(plan: Plan, others: Iterable[Plan] = (), live: Live = NOTHING) -> tuple[Slot, ...]:
    """All stretches of time in order; where one ends another begins, but for gaps of days.

    Args:
        plan: whose meaning the slots have.
        others: plans whose boundaries and special dates are to be boundaries here too.
        live: announcements switched on or off by hand.
    """
    return tuple(_Timeline(plan, (plan, *others), live).slots())


def between(plan: Plan, at: datetime, until: datetime, live: Live = NOTHING) -> tuple[Slot, ...]:
    """The stretches of time from one moment up to another, which may be the same."""
    days = range(max(0, (until.date() - at.date()).days) + 1)
    known = _Timeline(plan, (plan,), live)
    slots = (slot for n in days for slot in known.day(at.date() + n * _DAY, begin=at))
    return tuple(slot for slot in slots if slot.at <= max(at, until))


def distinct(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """The first slot of each meaning."""
    found: dict[tuple[object, ...], Slot] = {}
    for slot in slots:
        found.setdefault(slot.meaning, slot)
    return tuple(found.values())


def changes(slots: tuple[Slot, ...], within: timedelta) -> Iterator[tuple[Slot, Slot]]:
    """Each slot with each of those that begin within a time after its end, one of each meaning."""
    seen: set[tuple[tuple[object, ...], tuple[object, ...]]] = set()
    for index, slot in enumerate(slots):
        for later in slots[index + 1 :]:
            if later.at > slot.until + within:
                break
            pair = slot.meaning, later.meaning
            if slot.meaning != later.meaning and pair not in seen:
                seen.add(pair)
                yield slot, later


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _dates(plan: Plan) -> Iterator[date]:
    """Dates on which the hours are not as usual."""
    yield from plan.holidays
    yield from (exception.on for exception in plan.exceptions)


def _periods(plan: Plan) -> Iterator[tuple[datetime | None, datetime | None]]:
    """When something is in force that has a beginning or an end."""
    yield from ((closure.begin, closure.end) for closure in plan.closures)
    yield from ((said.begin, said.end) for said in plan.announcements.values())


class _Timeline:
    """What is known of each day, for :func:`timeline`."""

    def __init__(self, plan: Plan, plans: tuple[Plan, ...], live: Live) -> None:
        self.plan, self.plans, self.live = plan, plans, live
        self.hours = {n: a.hours for n, a in plan.agencies.items() if a.hours is not None}
        self.periods = [period for p in plans for period in _periods(p)]
        dates = {day for p in plans for day in _dates(p)}
        dates |= {moment.date() for period in self.periods for moment in period if moment}
        self.special = {day for day in dates if _FIRST_MONDAY < day < _LAST}
        self._closed: dict[frozenset[str], frozenset[str]] = {}
        self._usual: dict[int, _Hours] = {}

    def slots(self) -> Iterator[Slot]:
        for day in sorted({*self._days()}):
            yield from self.day(day)

    def _days(self) -> Iterator[date]:
        # A usual week: the first that is clear of special dates and of what reaches into it.
        monday = _FIRST_MONDAY
        if self.special:
            monday = max(self.special) + 2 * _DAY
            monday += (7 - monday.weekday()) % 7 * _DAY
        yield from (monday + n * _DAY for n in range(8))
        for day in self.special:
            yield from (day - _DAY, day, day + _DAY)
        # What lasts longer than a week meets a whole week, also what has always been or stays.
        for begin, end in self.periods:
            moment = begin or end
            if moment is None or moment.date() not in self.special:
                continue
            known = moment.date()
            if begin is None or end is None:
                yield from (known - n * _DAY for n in range(9))
            if begin is not None:
                days = (known + n * _DAY for n in range(9))
                yield from (day for day in days if end is None or day <= end.date())

    def day(self, day: date, begin: datetime = datetime.min) -> Iterator[Slot]:  # noqa: DTZ901
        """The stretches of a day, from a moment on if it is that day's."""
        hours = self._hours(day)
        minutes = [minute for minute, _ in hours]
        view = day_view(self.plan, day)
        midnight = _midnight(day)
        moments = {midnight + timedelta(minutes=minute) for minute in minutes}
        moments |= {m for period in self.periods for m in period if m and m.date() == day}
        if midnight <= begin:
            moments = {begin} | {moment for moment in moments if moment > begin}
            self.special.add(day)  # a date that is asked for is told as one
        for at, until in itertools.pairwise((*sorted(moments), midnight + _DAY)):
            opened = hours[bisect.bisect_right(minutes, at.hour * 60 + at.minute) - 1][1]
            closures = [c for c in view.closures if c.begin <= at < c.end]
            closed = self._by_hours(opened) | {c.agency for c in closures}
            announced = calendar.announcement(self.plan, at, self.live)
            label = self._label(view, at, [same(c.reason) for c in closures], announced)
            yield Slot(at, until, label, opened, closed, announced)

    def _label(
        self, view: Plan, at: datetime, reasons: list[Words], announced: str | None
    ) -> Words:
        day = at.date()
        if holiday := view.holidays.get(day):
            reasons = [same(holiday), *reasons]
        elif any(exception.on == day for exception in view.exceptions):
            reasons = [Words("jam lain", "other hours"), *reasons]
        dated = announced is not None and view.announcements[announced].end is not None
        if not reasons and day not in self.special and not dated:
            return WEEKDAYS[at.weekday()] + same(f" {at:%H:%M}")
        day_time = same(f"{at:%Y-%m-%d %H:%M}")
        if not reasons:
            return day_time
        return day_time + same(" (") + joined(", ", dict.fromkeys(reasons)) + same(")")

    def _hours(self, day: date) -> _Hours:
        if day not in self.special and day.weekday() in self._usual:
            return self._usual[day.weekday()]
        minutes = {0}
        for plan in self.plans:
            view = day_view(plan, day)
            for name in plan.schedules:
                for span in calendar.spans(view, name, day):
                    minutes |= {span.begin, span.end}
        view = day_view(self.plan, day)
        spans = {name: calendar.spans(view, name, day) for name in self.plan.schedules}
        found = [
            (minute, frozenset(n for n, each in spans.items() if any(minute in s for s in each)))
            for minute in sorted(minutes - {24 * 60})
        ]
        if day not in self.special:
            self._usual[day.weekday()] = found
        return found

    def _by_hours(self, opened: frozenset[str]) -> frozenset[str]:
        if opened not in self._closed:
            shut = (name for name, hours in self.hours.items() if hours not in opened)
            self._closed[opened] = frozenset(shut)
        return self._closed[opened]
