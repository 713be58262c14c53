"""Schedules and dates that overlap, or end before they begin."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Final

from siaga.plan.hours import WEEKDAYS
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.checks.view import View
    from siaga.plan.hours import Hours, Span
    from siaga.plan.model import Announcement, Schedule
    from siaga.plan.problems import Problem
    from siaga.plan.source import Path

_TOUCH: Final = Words("akhiri yang satu saat yang lain mulai", "let one end where the other begins")
_EVER: Final = (datetime.min, datetime.max)  # noqa: DTZ901 (the centre's own time, without a zone)


def _common(one: Span, other: Span) -> bool:
    return one.begin < other.end and other.begin < one.end


def _day(one: Hours, other: Hours) -> Words | None:
    """The first day of the week on which two lines are open at once."""
    days = one.days & other.days if _common(one.span, other.span) else ()
    return WEEKDAYS[min(days)] if days else None


def lines(view: View) -> Iterator[Problem]:
    """Two lines of a schedule that are open at once."""
    for name, schedule in view.plan.schedules.items():
        for (_, one), (index, other) in combinations(enumerate(schedule.hours), 2):
            if day := _day(one, other):
                yield view.value(
                    _line(view, name, index),
                    Words(
                        f"'{other.text}' bertumpang tindih dengan '{one.text}' pada hari {day.id}",
                        f"'{other.text}' overlaps '{one.text}' on {day.en}",
                    ),
                    _TOUCH,
                    "lines-overlap",
                )


def _line(view: View, name: str, index: int) -> Path:
    short: Path = ("schedules", name, index)
    return short if view.source.has(short) else ("schedules", name, "hours", index)


def during(view: View) -> Iterator[Problem]:
    """Two schedules of one emergency that are open at once, so that one of them never counts."""
    schedules = view.plan.schedules

    @cache
    def meeting(one: str, other: str) -> Words | None:
        return _meeting(schedules[one], schedules[other])

    for name, emergency in view.plan.emergencies.items():
        known = [schedule for schedule in emergency.during if schedule in schedules]
        for one, other in combinations(known, 2):
            if found := meeting(one, other):
                yield view.key(
                    ("emergencies", name, "during", other),
                    Words(
                        f"'{other}' dan '{one}' sama-sama buka pada {found.id}",
                        f"'{other}' and '{one}' are both open on {found.en}",
                    ),
                    Words(
                        "hanya satu jadwal sebuah keadaan darurat boleh buka pada satu saat",
                        "let only one of an emergency's schedules be open at a time",
                    ),
                    "during-overlap",
                )


def _meeting(one: Schedule, other: Schedule) -> Words | None:
    for left in one.hours:
        for right in other.hours:
            if day := _day(left, right):
                begin = max(left.span.begin, right.span.begin)
                clock = f"{begin // 60:02}:{begin % 60:02}"
                return Words(f"{day.id} pukul {clock}", f"{day.en} at {clock}")
    return None


def exceptions(view: View) -> Iterator[Problem]:
    """Two exceptions of a schedule on one date, and hours of one that overlap."""
    seen = set()
    for index, exception in enumerate(view.plan.exceptions):
        key = (exception.on, exception.schedule)
        if key in seen:
            yield view.key(
                ("exceptions", index),
                Words(
                    f"'{exception.schedule}' sudah punya pengecualian pada {exception.on}",
                    f"'{exception.schedule}' has an exception on {exception.on} already",
                ),
                Words(
                    "tulis semua jam satu tanggal dalam satu pengecualian",
                    "write all hours of a date into one",
                ),
                "exception-twice",
            )
        seen.add(key)
        for (_, one), (place, other) in combinations(enumerate(exception.hours), 2):
            if _common(one, other):
                yield view.value(
                    ("exceptions", index, "hours", place),
                    Words(f"{other} bertumpang tindih dengan {one}", f"{other} overlaps {one}"),
                    _TOUCH,
                    "lines-overlap",
                )


def closures(view: View) -> Iterator[Problem]:
    """Closures that end before they begin."""
    for index, closure in enumerate(view.plan.closures):
        if closure.end <= closure.begin:
            yield _backwards(view, ("closures", index, "until"))


def _backwards(view: View, path: Path) -> Problem:
    end = view.source.at(path)
    what = Words(
        f"'{end}' tidak lebih lambat dari waktu mulainya", f"'{end}' is not after its beginning"
    )
    todo = Words("until harus lebih lambat dari from", "let until be later than from")
    return view.value(path, what, todo, "ends-early")


def announcements(view: View) -> Iterator[Problem]:
    """Announcements that end before they begin, and two in force at once."""
    dated = {}
    for name, announcement in view.plan.announcements.items():
        begin, end = _dates(announcement)
        if end <= begin:
            yield _backwards(view, ("announcements", name, "until"))
        elif announcement.begin is not None or announcement.end is not None:
            dated[name] = (begin, end)
    for (one, first), (other, second) in combinations(dated.items(), 2):
        if first[0] < second[1] and second[0] < first[1]:
            yield view.key(
                ("announcements", other),
                Words(
                    f"'{other}' berlaku bersamaan dengan '{one}', dan hanya '{one}' yang terdengar",
                    f"'{other}' is in force together with '{one}', which is the one that is said",
                ),
                Words("ubah from atau until salah satunya", "change from or until of one of them"),
                "announcements-overlap",
            )


def _dates(announcement: Announcement) -> tuple[datetime, datetime]:
    return announcement.begin or _EVER[0], announcement.end or _EVER[1]
