"""Memory and open files of a centre's parts over time, each life of a process by itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from ops.bench import proc

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: Final = ("asterisk", "ivr", "router")
WARM_UP: Final = 0.34
"""Share of a life's samples that are not looked at: caches fill, arenas are made."""
GROWTH_KIB: Final = 12_288
"""What the median of a life's last third may lie above that of its middle third."""
FILES: Final = 10
"""Files that may be open beyond those at rest, once all is quiet again."""
ENOUGH: Final = 12
"""Samples of a life from which one may be judged."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a process."""

    pid: int
    kib: int
    files: int
    policy: int
    """How it is scheduled, as :mod:`os` names it."""


@dataclass(slots=True)
class Watch:
    """Looks at the parts.

    Args:
        pid: gives a part's process.
    """

    pid: Callable[[str], int]
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def look(self) -> dict[str, Sample]:
        """One look at each part that runs now."""
        found: dict[str, Sample] = {}
        for part in PARTS:
            try:
                pid = self.pid(part)
                files = len(list((Path("/proc") / str(pid) / "fd").iterdir()))
                policy = os.sched_getscheduler(pid)
                found[part] = Sample(pid, proc.memory(pid).rss, files, policy)
            except (AssertionError, OSError, proc.ProcessGoneError):
                continue  # It was killed, and is not there again.
            self.samples.setdefault(part, []).append(found[part])
        return found

    def curve(self, part: str) -> list[int]:
        """KiB of a part's longest life, look by look."""
        lives: dict[int, list[int]] = {}
        for sample in self.samples.get(part, ()):
            lives.setdefault(sample.pid, []).append(sample.kib)
        return max(lives.values(), key=len, default=[])

    def growth(self, part: str) -> int | None:
        """KiB by which a part grew after its warm-up, in its longest life; None: too short."""
        longest = self.curve(part)
        if len(longest) < ENOUGH:
            return None
        third = len(longest) // 3
        warm = longest[round(len(longest) * WARM_UP) :]
        return round(median(warm[-third:]) - median(warm[:third]))
