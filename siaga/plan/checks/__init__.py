"""What the parts of a plan must be to each other: every check of it beyond the form of a value.

A check is a generator of problems over a :class:`View`. Those of :data:`WHOLE` and :data:`UNUSED`
judge what is not there, so they are only asked about plans that have no part broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.plan.checks import chains, goals, menus, numbers, references, times, turns, unused
from siaga.plan.checks.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.problems import Problem

__all__ = ["View", "cross_check"]

PARTS = (
    goals.goals,
    references.agencies,
    references.emergencies,
    references.schedules,
    references.areas,
    menus.digits,
    menus.names,
    menus.languages,
    chains.chains,
    chains.covers,
    numbers.handsets,
    numbers.officers,
    numbers.known,
    numbers.sources,
    times.lines,
    times.during,
    times.exceptions,
    times.closures,
    times.announcements,
    turns.turns,
)
UNUSED = (unused.emergencies, unused.menus, unused.agencies, unused.schedules)
WHOLE = (
    references.supervisors,
    unused.silent,
    numbers.outside,
    numbers.trunks,
    numbers.browsers,
)


def cross_check(view: View) -> Iterator[Problem]:
    """All problems between the parts of a plan."""
    hints = set()
    for check in PARTS:
        for problem in check(view):
            hints.add(problem.todo)
            yield problem
    if view.partial:
        return
    for check in WHOLE:
        yield from check(view)
    # What a misspelled name seems to mean is not unused.
    for judge in UNUSED:
        yield from judge(view, hints)
