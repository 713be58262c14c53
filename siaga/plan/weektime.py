"""Stretches of a week in words: ``mon-fri 16:00-07:30``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.hours import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable

DAY: Final = 24 * 60
WEEK: Final = 7 * DAY


def joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches that touch as one, also over the week's end; minutes since Monday 00:00."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(stretches):
        if found and found[-1][1] >= begin:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    if len(found) > 1 and found[0][0] == 0 and found[-1][1] == WEEK:
        first = found.pop(0)
        found[-1] = (found[-1][0], WEEK + first[1])
    return found


def words(stretches: Iterable[tuple[int, int]]) -> str:
    """Stretches of a week in words; empty: the whole week."""
    by_hours: dict[tuple[int, int], list[int]] = {}
    parts: list[str] = []
    for begin, end in joined(stretches):
        if (begin, end) == (0, WEEK):
            return ""
        if end - begin <= DAY:
            hours = begin % DAY, (end - begin) + begin % DAY
            by_hours.setdefault(hours, []).append(begin // DAY)
        else:
            parts.append(f"{_point(begin)} - {_point(end)}")
    for (begin, end), days in by_hours.items():
        until = end if end <= DAY else end - DAY
        parts.append(f"{_days(days)} {_clock(begin)}-{_clock(until)}")
    return ", ".join(parts)


def _point(minute: int) -> str:
    return f"{DAYS[minute // DAY % 7]} {_clock(minute % DAY)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(days: list[int]) -> str:
    """Days of the week, those in a row by the first and the last."""
    if len(days) == 7:
        return "daily"
    rows: list[list[int]] = []
    for day in sorted(days):
        if rows and rows[-1][-1] + 1 == day:
            rows[-1].append(day)
        else:
            rows.append([day])
    names = (DAYS[row[0]] if len(row) == 1 else f"{DAYS[row[0]]}-{DAYS[row[-1]]}" for row in rows)
    return ",".join(names)
