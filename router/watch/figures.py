"""What is counted of calls since the start; nothing of any caller's, and boundedly many kinds."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from router.calls.record import Source
from siaga.names import MenuReason

if TYPE_CHECKING:
    from collections.abc import Collection

    from router.calls.record import CallRecord

BUCKETS: Final = (2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 120.0, 300.0)
"""Bounds of the histogram of waiting, seconds."""
REMEMBERED: Final = 20_000
"""Calls remembered as counted, so that none is counted twice."""
OTHER: Final = "other"


@dataclass(slots=True)
class Figures:
    """Counters since the start.

    Attributes:
        calls: calls that are over, by outcome, emergency and tier.
        backfilled: of these, those of which something was missed live.
        waits: by bucket, calls whose wait ended in it; the last is beyond all bounds.
        waited_s: the sum of those waits.
        menus: menus that ended, by trunk and why.
        tests: test calls that are over, by outcome.
    """

    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    backfilled: int = 0
    waits: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    waited_s: float = 0.0
    menus: Counter[tuple[str, str]] = field(default_factory=Counter)
    tests: Counter[str] = field(default_factory=Counter)
    _known: dict[str, None] = field(default_factory=dict)

    def over(self, record: CallRecord, emergencies: Collection[str], trunk: str) -> bool:
        """Count a call that is over, once; False: it was counted before.

        Args:
            record: in its last form.
            emergencies: those of the plan; others are :data:`OTHER`.
            trunk: name of the one it came by.
        """
        if record.outcome is None or record.id in self._known:
            return False
        self._known[record.id] = None
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        if record.is_test:
            self.tests[record.outcome.value] += 1
            return True
        emergency = record.emergency or ""
        named = emergency if emergency in emergencies or not emergency else OTHER
        self.calls[record.outcome.value, named, str(record.tier or "")] += 1
        self.backfilled += record.source is Source.BACKFILL
        if record.wait_ms is not None:
            seconds = record.wait_ms / 1000
            self.waits[bisect_left(BUCKETS, seconds)] += 1
            self.waited_s += seconds
        if record.choice:
            known = record.choice in set(MenuReason)
            self.menus[trunk, record.choice if known else OTHER] += 1
        return True
