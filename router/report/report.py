"""The report as one value, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from router.calls.gaps import Recovery, Why
from router.report import By, Collected, Period, accepted, goals, helped, row
from router.report.told import Names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.report.helped import Helped
    from siaga.places import Places
    from siaga.plan import Plan
    from siaga.plan.words import Words

FORMAT: Final = 1
"""Raised when a field changes its meaning or goes; new ones may come at any time."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that is told of a period.

    Attributes:
        plan: the plan in force, for names of agencies and emergencies.
        period: the days.
        collected: what the database has of them.
        made: when it was read.
        regency: for names of districts; None: they are told by their codes.
    """

    plan: Plan
    period: Period
    collected: Collected
    made: datetime
    regency: Places | None = None

    @property
    def is_over(self) -> bool:
        """Whether the period was over when it was read."""
        return self.made >= self.period.end

    def label(self, by: By, key: str) -> Words:
        """What people call a group; text of the records is as it came, and may be hostile."""
        return Names(self.plan, self.regency).label(by, key)

    def district(self, code: str) -> Words:
        """What people call a district."""
        return Names(self.plan, self.regency).district(code)


def as_object(report: Report) -> dict[str, Any]:
    """The report as one JSON object, documented in ``docs/decisions/figures.md``."""
    period, tally, gaps = report.period, report.collected.tally, report.collected.gaps
    return {
        "format": FORMAT,
        "centre": report.plan.centre.name.id,
        "timezone": period.zone.key,
        "period": period.name,
        "from": f"{period.first}",
        "to": f"{period.last}",
        "made": report.made.astimezone(period.zone).isoformat(timespec="seconds"),
        "over": report.is_over,
        "total": row(tally.total),
        "goals": [
            {"percent": goal.percent, "seconds": goal.seconds, "met": goal.met(tally.total)}
            for goal in goals(report.plan)
        ],
        "by": {by.value: {key: row(counts) for key, counts in tally.groups(by)} for by in By},
        "accepted": {
            agency: accepted.row(one) for agency, one in report.collected.accepted.items()
        },
        "incidents": {
            "by_emergency": _helped(helped.by_emergency(report.collected.incidents)),
            "by_district": _helped(helped.by_district(report.collected.incidents)),
        },
        "tests": tally.tests,
        "gaps": {
            "gaps": sum(gaps.gaps.values()),
            "with_calls": gaps.with_calls,
            "why": {why.value: gaps.gaps.get(why, 0) for why in Why},
            "calls": {how.value: gaps.calls.get(how, 0) for how in Recovery},
        },
        "not_measured": [],
    }


def _helped(groups: Mapping[str, Helped]) -> dict[str, Any]:
    return {key: helped.row(one) for key, one in groups.items()}
