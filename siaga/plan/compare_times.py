"""When two plans differ: the stretches of time of both, and how to say some of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from siaga.plan import weektime
from siaga.plan.situations import day_view, timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date, datetime

    from siaga.plan.model import Plan
    from siaga.plan.situations import Slot

SHOWN: Final = 3
"""Special dates a sentence names; of more it tells how many."""

Said: TypeAlias = tuple[str, str]
"""Words in Indonesian and in English."""


@dataclass(slots=True)
class When:
    """When something differs: stretches of the usual week in minutes, and special dates."""

    week: list[tuple[int, int]] = field(default_factory=list)
    dates: dict[date, None] = field(default_factory=dict)


class Times:
    """The stretches of time of two plans."""

    def __init__(self, old: Plan, new: Plan) -> None:
        before, after = timeline(old, (new,)), timeline(new, (old,))
        # The last days of a timeline are the usual week and the Monday after it.
        last = before[-1].at.date()
        self.monday = last - timedelta(days=7)
        self.pairs = [
            (was, now) for was, now in zip(before, after, strict=True) if was.at.date() != last
        ]
        days = {slot.at.date() for slot in before}
        self._views = {day: (day_view(old, day), day_view(new, day)) for day in days}
        self._names = dict(self._named())

    def differing(self, differs: Callable[[Plan, Plan, datetime], Said | None]) -> dict[Said, When]:
        """When each difference is, by how it is said; ``differs`` is asked once a meaning."""
        known: dict[tuple[object, object], Said | None] = {}
        found: dict[Said, When] = {}
        for was, now in self.pairs:
            meaning = was.meaning, now.meaning
            if meaning not in known:
                known[meaning] = differs(*self._views[was.at.date()], was.at)
            said = known[meaning]
            if said is not None:
                self._add(found.setdefault(said, When()), was)
        return found

    def words(self, when: When) -> Said:
        """A time, with a blank before it; empty: always."""
        if not when.week:
            dates = [f"{day:%Y-%m-%d}" for day in when.dates]
            listed = ", ".join(dates[:SHOWN])
            if len(dates) > SHOWN:
                rest = len(dates) - SHOWN
                return f" pada {listed} dan {rest} lagi", f" on {listed} and {rest} more"
            return f" pada {listed}", f" on {listed}"
        hours = weektime.words(when.week)
        if not hours:
            return "", ""
        named = self._names.get(tuple(weektime.joined(when.week)))
        if named is not None:
            return f" {named[0]} ({hours})", f" {named[1]} ({hours})"
        return f" pada {hours}", f" at {hours}"

    def _add(self, when: When, slot: Slot) -> None:
        if slot.at.date() >= self.monday:
            when.week.append(self._minutes(slot))
        else:
            when.dates[slot.at.date()] = None

    def _minutes(self, slot: Slot) -> tuple[int, int]:
        begin = (slot.at.date() - self.monday).days * weektime.DAY
        begin += slot.at.hour * 60 + slot.at.minute
        return begin, begin + round((slot.until - slot.at).total_seconds() / 60)

    def _named(self) -> Iterator[tuple[tuple[tuple[int, int], ...], Said]]:
        """The stretches of each schedule, closed and open, and what they are called."""
        for side in (0, 1):
            week = [pair[side] for pair in self.pairs if pair[side].at.date() >= self.monday]
            names = {name for slot in week for name in slot.open}
            for name in sorted(names):
                opened = [self._minutes(slot) for slot in week if name in slot.open]
                closed = [self._minutes(slot) for slot in week if name not in slot.open]
                yield tuple(weektime.joined(closed)), (f"di luar {name}", f"outside {name}")
                yield tuple(weektime.joined(opened)), (f"selama {name}", f"during {name}")
