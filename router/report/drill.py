"""From a figure to its calls: which of them it counts.

A figure that counts calls adds one for each call of which its test here holds, so that a list of
these calls has as many rows as the figure says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from router.report.breakdowns import NONE
from router.report.call import ABANDONED, LIMITS_S, FinalClass, Mark
from router.report.collect import kept
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.calls.record import CallRecord
    from router.report.breakdowns import By, Planned
    from router.report.call import CallFacts
    from router.report.collect import Readers
    from router.report.kept import Kept
    from router.report.period import Span
    from router.store.reader import Cursor

    Counted: TypeAlias = Callable[[CallFacts], bool]

TESTS: Final = "tests"
"""Test calls of our own, which are in no other figure."""


def _final(final: FinalClass) -> Counted:
    return lambda call: call.final is final


def _mark(mark: Mark) -> Counted:
    return lambda call: mark in call.marks


def _given(kind: CallClass) -> Counted:
    return lambda call: call.given is kind


def _within(limit_s: int) -> Counted:
    return lambda call: limit_s in call.within


def _waits(call: CallFacts) -> bool:
    """Up, and talks with nobody yet."""
    return call.final is FinalClass.OPEN and call.wait is None


def _due(limit_s: int) -> Counted:
    return lambda call: limit_s not in call.left_before and not _waits(call)


def _late(limit_s: int) -> Counted:
    due, within = _due(limit_s), _within(limit_s)
    return lambda call: due(call) and not within(call)


FIGURES: Final[dict[str, Counted]] = {
    "calls": lambda _call: True,
    **{each.value: _final(each) for each in FinalClass},
    "talked": lambda call: call.wait is not None,
    **{f"talked_{limit}": _within(limit) for limit in LIMITS_S},
    **{f"due_{limit}": _due(limit) for limit in LIMITS_S},
    **{f"late_{limit}": _late(limit) for limit in LIMITS_S},
    "abandoned": lambda call: call.final in ABANDONED,
    "abandoned_before_10": lambda call: 10 in call.left_before,
    "abandoned_from_10": lambda call: call.final in ABANDONED and 10 not in call.left_before,
    **{mark.value: _mark(mark) for mark in Mark},
    **{f"class_{each}": _given(each) for each in CallClass},
    "class_none": lambda call: call.given is None,
}
"""Whether each figure that counts calls counts a call. ``late_N`` are those due and not in time."""
NAMES: Final = frozenset({*FIGURES, TESTS})


@dataclass(frozen=True, slots=True)
class Drill:
    """The calls of one figure, in all or in one group of a breakdown.

    Attributes:
        figure: one of :data:`NAMES`.
        by: the breakdown; None: all calls.
        key: of the group.
    """

    figure: str
    by: By | None = None
    key: str = NONE

    @property
    def is_tests(self) -> bool:
        """Whether it is that of all tests of our own."""
        return self.figure == TESTS and self.by is None

    def figure_counts(self, call: CallFacts) -> bool:
        """Whether the figure counts a call that is in its group."""
        return self.figure != TESTS and FIGURES[self.figure](call)

    def counts(self, call: CallFacts | None) -> bool:
        """Whether the figure counts a call; None is a test of our own."""
        if call is None:
            return self.is_tests
        return (self.by is None or call.keys[self.by] == self.key) and self.figure_counts(call)


async def drilled(
    readers: Readers,
    span: Span,
    drill: Drill,
    planned: Callable[[CallRecord], Planned],
    basis: str | None = None,
) -> Drilled:
    """The calls that a figure of that time counts.

    Args:
        readers: of the database.
        span: the time.
        drill: the figure.
        planned: what the plan that a call began with says of it.
        basis: as :func:`router.report.collect.kept` has it.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    return Drilled(await kept(readers, span, planned, basis), drill)


class Drilled:
    """The calls that a figure counts.

    Args:
        known: what there is of the time.
        drill: the figure.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, known: Kept, drill: Drill) -> None:
        self._known = known
        self._drill = drill

    async def count(self) -> int:
        """How many."""
        return await self._known.count(self._drill)

    async def places(self, limit: int, before: Cursor | None = None) -> list[Cursor]:
        """Where they are, newest first; ``before`` is the last one of the page before."""
        return await self._known.places(self._drill, limit, before)
