"""What a random plan is drawn from: chances, and names that are its own in a shared Asterisk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

Tree = dict[str, Any]

FIRST_DAY: Final = date(2030, 12, 2)
DAYS: Final = 60
"""All dates of a plan lie within so many days."""
EXTENSIONS: Final = 50
"""Extensions that a plan has for itself."""


@dataclass(slots=True)
class Draw:
    """One plan's luck.

    Attributes:
        slot: the plan's place in Asterisk; stands in the names of all that is shared there.
        trunk_port: where its trunks lead.
        used: agencies that are rung by somebody's turn.
        numbers: outside numbers it has so far. ``extensions``: handsets.
    """

    random: Random
    slot: int
    trunk_port: int
    used: set[str] = field(default_factory=set)
    numbers: int = 0
    extensions: int = 0

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.random.random() < share

    def some(self, items: Sequence[str], most: int) -> list[str]:
        """Some of these, in any order."""
        return self.random.sample(items, self.random.randint(0, min(most, len(items))))

    def pick(self, *items: Any) -> Any:
        """One of these."""
        return self.random.choice(items)

    def day(self) -> date:
        """A date."""
        return FIRST_DAY + timedelta(days=self.random.randrange(DAYS))

    def moment(self) -> datetime:
        """A minute of a date."""
        minutes = self.random.randrange(24 * 60)
        return datetime.combine(self.day(), time()) + timedelta(minutes=minutes)

    def seconds(self, low: int, high: int) -> str:
        """A duration."""
        return f"{self.random.randint(low, high)}s"

    def handsets(self, least: int, most: int) -> list[Any]:
        """Handsets of the plan's own."""
        found: list[Any] = []
        for _ in range(self.random.randint(least, most)):
            extension = str(2000 + self.slot * EXTENSIONS + self.extensions)
            self.extensions += 1
            named = {"extension": extension, "name": f"Meja {extension}"}
            found.append(named if self.chance(0.2) else extension)
        return found

    def outside(self, most: int) -> list[str]:
        """Outside numbers of the plan's own."""
        found = []
        for _ in range(self.random.randint(0, most)):
            found.append(f"0549{self.slot:02d}{self.numbers:02d}")
            self.numbers += 1
        return found


def given(tree: Tree) -> Tree:
    """Without what is empty."""
    return {key: value for key, value in tree.items() if value}


def moment_text(at: datetime) -> str:
    """A moment as plans write it."""
    return f"{at:%Y-%m-%d %H:%M}"
