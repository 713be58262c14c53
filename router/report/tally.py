"""Adding calls up. Sums of parts of a period are the sums of the period."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from router.report.breakdowns import By
from router.report.call import CallFacts, FinalClass, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siaga.keys import CallClass

KEYS_MAX: Final = 500
"""Keys of one breakdown; more are counted together under :data:`OTHERS`."""
OTHERS: Final = "…"


@dataclass(slots=True)
class Counts:
    """A group of calls.

    Attributes:
        classes: how many of each final class.
        marks: how many with each mark.
        given: how many officers gave each class.
        waits: how many talked after so many tenths of a second, rounded up.
        within: how many talked within so many seconds.
        left_before: how many left before so many seconds were over.
        waiting: how many are up and talk with nobody yet.
    """

    classes: Counter[FinalClass] = field(default_factory=Counter)
    marks: Counter[Mark] = field(default_factory=Counter)
    given: Counter[CallClass] = field(default_factory=Counter)
    waits: Counter[int] = field(default_factory=Counter)
    within: Counter[int] = field(default_factory=Counter)
    left_before: Counter[int] = field(default_factory=Counter)
    waiting: int = 0

    @property
    def calls(self) -> int:
        """All of them."""
        return self.classes.total()

    @property
    def talked(self) -> int:
        """How many callers talked with a human."""
        return self.waits.total()

    @property
    def abandoned(self) -> int:
        """How many callers left before that."""
        return self.classes[FinalClass.ABANDONED_MENU] + self.classes[FinalClass.ABANDONED_RINGING]

    def due(self, limit_s: int) -> int:
        """How many could have been answered within ``limit_s`` seconds.

        All but those who left before, and those who are up and wait still.
        """
        return self.calls - self.left_before[limit_s] - self.waiting

    def add(self, call: CallFacts) -> None:
        """Count one call."""
        self.classes[call.final] += 1
        for mark in call.marks:
            self.marks[mark] += 1
        if call.given is not None:
            self.given[call.given] += 1
        if call.wait is not None:
            self.waits[call.wait] += 1
        elif call.final is FinalClass.OPEN:
            self.waiting += 1
        for limit in call.within:
            self.within[limit] += 1
        for limit in call.left_before:
            self.left_before[limit] += 1

    def merge(self, other: Counts) -> None:
        """Add those of another group, which has none of these calls."""
        self.classes.update(other.classes)
        self.marks.update(other.marks)
        self.given.update(other.given)
        self.waits.update(other.waits)
        self.within.update(other.within)
        self.left_before.update(other.left_before)
        self.waiting += other.waiting


@dataclass(slots=True)
class Tally:
    """The calls of a period, in all and broken down.

    Attributes:
        total: all calls to 112.
        by: the same calls by each key of each breakdown.
        tests: test calls of our own, which are in nothing else.
    """

    total: Counts = field(default_factory=Counts)
    by: dict[By, dict[str, Counts]] = field(default_factory=lambda: {each: {} for each in By})
    tests: int = 0

    def add(self, call: CallFacts) -> None:
        """Count one call, once in all and once in each breakdown."""
        self.total.add(call)
        for by, key in call.keys.items():
            self._group(by, key).add(call)

    def merge(self, other: Tally) -> None:
        """Add the calls of another period."""
        self.total.merge(other.total)
        for by, groups in other.by.items():
            for key, counts in groups.items():
                self.merge_group(by, key, counts)
        self.tests += other.tests

    def merge_group(self, by: By, key: str, counts: Counts) -> None:
        """Add the calls of one group."""
        self._group(by, key).merge(counts)

    def groups(self, by: By) -> Iterable[tuple[str, Counts]]:
        """The groups of a breakdown by key, the one without key last."""
        return sorted(self.by[by].items(), key=lambda item: (item[0] == "", item[0]))

    def _group(self, by: By, key: str) -> Counts:
        groups = self.by[by]
        if key not in groups:
            key = key if len(groups) < KEYS_MAX else OTHERS
            groups.setdefault(key, Counts())
        return groups[key]
