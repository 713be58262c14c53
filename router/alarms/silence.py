"""Whether a jump in the share of callers who press nothing is more than chance; pure.

Half of all calls to an emergency number are silent: pockets dial, children play. So a share alone
says nothing; a trunk is judged by what was usual on it. Its last :data:`WINDOW` menus are set
against those before. It is an alarm when the lowest share that the window is compatible with lies
above the highest that the time before is compatible with (Wilson's intervals, one in a thousand
each), and by :data:`MARGIN` at least, so that a long history does not make a trifle an alarm.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOW: Final = 40
"""Latest menus of a trunk that are judged."""
HISTORY: Final = 1000
"""Menus of a trunk kept before those."""
LEAST: Final = 60
"""Fewer than these before the window say nothing of what is usual; :data:`USUAL` is taken."""
USUAL: Final = 0.6
"""Share taken as usual of a trunk that is new."""
MARGIN: Final = 0.1
CAP: Final = 0.8
"""Margin ends here: all of a window silent is compatible with 0.81 at the lowest."""
Z: Final = 3.09
"""Standard deviations: one in a thousand, one-sided."""
MAX_TRUNKS: Final = 64


def wilson(silent: int, total: int, z: float) -> float:
    """Bound of the share that ``silent`` of ``total`` is compatible with; ``z`` below 0: lower.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927).
    """
    if not total:
        return 0.0 if z < 0 else 1.0
    share = silent / total
    spread = math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (share + z * z / (2 * total) + z * spread) / (1 + z * z / total)


def jumped(before: Iterable[bool], window: Iterable[bool]) -> bool:
    """Whether far more of ``window`` pressed nothing than of those before."""
    old, new = tuple(before), tuple(window)
    if len(new) < WINDOW:
        return False
    usual = wilson(sum(old), len(old), Z) if len(old) >= LEAST else USUAL
    return wilson(sum(new), len(new), -Z) > max(usual, min(usual + MARGIN, CAP))


@dataclass(slots=True)
class Silence:
    """Who pressed nothing, by trunk: True for each such menu, the newest last."""

    menus: dict[str, deque[bool]] = field(default_factory=dict)

    def menu(self, trunk: str, *, silent: bool) -> None:
        """A caller's menu is over."""
        if trunk not in self.menus and len(self.menus) >= MAX_TRUNKS:
            return
        self.menus.setdefault(trunk, deque(maxlen=HISTORY + WINDOW)).append(silent)

    def found(self) -> dict[str, str]:
        """The trunks on which it has jumped, each with the figures."""
        found = {}
        for trunk, menus in self.menus.items():
            every = tuple(menus)
            before, window = every[:-WINDOW], every[-WINDOW:]
            if jumped(before, window):
                usual = f"{sum(before)}/{len(before)}" if before else "-"
                found[trunk] = f"{sum(window)}/{len(window)}, sebelumnya / before {usual}"
        return found

    def kept(self) -> dict[str, str]:
        """As text, to be kept: ``0110…`` by trunk."""
        return {trunk: "".join("01"[menu] for menu in menus) for trunk, menus in self.menus.items()}

    def restore(self, kept: dict[str, str]) -> None:
        """Take up what was kept."""
        for trunk, text in list(kept.items())[:MAX_TRUNKS]:
            for char in text:
                self.menu(trunk, silent=char == "1")
