"""What came of a soak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.soak.machine import FILES

if TYPE_CHECKING:
    from collections import Counter

    from router.storage.coverage import Coverage
    from tests.soak.ledger import Verdict
    from tests.soak.machine import Sample
    from tests.soak.people import Does


@dataclass(slots=True)
class Report:
    """What came of it.

    Attributes:
        kills: of which part how often.
        growth: KiB by part after warm-up, see :meth:`Watch.growth`.
        curves: KiB by part every 5 s, of its longest life.
        rest: open files by part before the first call, ``after`` once all is quiet again.
        seconds: from the first call to the last one's end.
        by_sipp: how many calls were SIPp's own; ``sipp_says``: what it complained of.
        covered: seconds of talk of SIPp's callers, and those that have audio on the disk.
    """

    verdict: Verdict
    done: Counter[Does]
    kills: Counter[str]
    growth: dict[str, int | None]
    curves: dict[str, list[int]]
    rest: dict[str, Sample]
    after: dict[str, Sample]
    seconds: float
    by_sipp: int
    sipp_says: list[str]
    covered: Coverage

    @property
    def coverage(self) -> float:
        """Share of those seconds."""
        return self.covered.covered_s / max(1, self.covered.answered_s)

    def slowed(self) -> list[str]:
        """Parts that are scheduled otherwise than before: Asterisk gave up being real-time."""
        both = self.rest.keys() & self.after.keys()
        return sorted(part for part in both if self.after[part].policy != self.rest[part].policy)

    def leaks(self) -> list[str]:
        """Parts that have more files open at rest than before."""
        both = self.rest.keys() & self.after.keys()
        return sorted(
            part for part in both if self.after[part].files > self.rest[part].files + FILES
        )
