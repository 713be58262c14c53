"""Shares, percentiles and goals, made of counts."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

from router.report.call import LIMITS_S, FinalClass, Mark
from router.report.tally import Counts
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from siaga.plan import Plan

Value: TypeAlias = "int | float | None"

PERCENTILES: Final = (50, 90, 95)
_WAITS: Final = tuple(f"wait_p{each}_s" for each in PERCENTILES)


@dataclass(frozen=True, slots=True)
class Goal:
    """So many per cent of the calls within so many seconds."""

    percent: int
    seconds: int

    def met(self, counts: Counts) -> bool | None:
        """Whether it is met; None when there is no call to judge by."""
        due = counts.due(self.seconds)
        return None if due == 0 else counts.within[self.seconds] * 100 >= self.percent * due


def goals(plan: Plan) -> tuple[Goal, ...]:
    """The plan's goals, the sooner first. Their clock begins with the menu."""
    wanted = plan.centre.goals
    return tuple(Goal(each.percent, int(each.within)) for each in (wanted.amber, wanted.red))


def percent(part: int, whole: int) -> float | None:
    """A share in per cent with one decimal, cut and not rounded up: 89.96 is not yet 90."""
    return None if whole == 0 else part * 1000 // whole / 10


def percentile(waits: Mapping[int, int], percent_: int) -> float | None:
    """The wait in seconds that so many per cent of those who talked did not exceed.

    Nearest rank, exact to a tenth of a second, rounded up; None when nobody talked.
    """
    return _percentiles(waits, (percent_,))[0]


def _percentiles(waits: Mapping[int, int], percents: Sequence[int]) -> list[float | None]:
    """Several of them: the waits are put into order once."""
    order = sorted(waits)
    seen = list(accumulate(map(waits.__getitem__, order)))
    many = seen[-1] if seen else 0
    if not many:
        return [None for _ in percents]
    return [order[bisect_left(seen, -(-many * each // 100))] / 10 for each in percents]


def row(counts: Counts) -> dict[str, Value]:
    """All figures of a group, by the names that are documented in ``docs/decisions/figures.md``."""
    abandoned, early = counts.abandoned, counts.left_before[10]
    return {
        "calls": counts.calls,
        **{each.value: counts.classes[each] for each in FinalClass},
        "talked": counts.talked,
        **{f"talked_{limit}": counts.within[limit] for limit in LIMITS_S},
        **{f"due_{limit}": counts.due(limit) for limit in LIMITS_S},
        **{
            f"share_{limit}": percent(counts.within[limit], counts.due(limit)) for limit in LIMITS_S
        },
        **dict(zip(_WAITS, _percentiles(counts.waits, PERCENTILES), strict=True)),
        "abandoned": abandoned,
        "abandoned_before_10": early,
        "abandoned_from_10": abandoned - early,
        **{mark.value: counts.marks[mark] for mark in Mark},
        **{f"class_{each}": counts.given[each] for each in CallClass},
        "class_none": counts.calls - counts.given.total(),
    }


def figures(counts: Counts) -> Mapping[str, Value]:
    """All that is told of a group: what the report has, and who was due and not in time."""
    late = {f"late_{each}": counts.due(each) - counts.within[each] for each in LIMITS_S}
    return {**row(counts), **late}


def counted_by(name: str, counts: Counts) -> int:
    """One of them that counts calls."""
    return int(figures(counts)[name] or 0)


FIELDS: Final = tuple(row(Counts()))
"""Names of the figures of a group, in their order."""
