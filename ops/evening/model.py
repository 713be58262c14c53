"""What an evening is made of: the calls, each with what its caller does. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ops.evening.where import Spot

CALLS: Final = 200
MINUTES: Final = 5.0
AWAY: Final = (0.42, 0.66)
"""When the fire brigade is off the air, of the evening."""
QUIET_END_S: Final = 12.0
"""No call begins so late: with the usual length of a call the minutes are over then."""
MANY: Final = "many-"
"""Begins the name of what many call about."""


class Kind(StrEnum):
    """What a call is in truth."""

    REAL = "real"
    GHOST = "ghost"
    """Silence: nothing pressed, held."""
    POCKET = "pocket"
    """Left in the menu; nobody wanted anything."""
    PRANK = "prank"


class Leaves(StrEnum):
    """When the caller gives up before a human speaks."""

    NEVER = "never"
    MENU = "menu"
    RINGING = "ringing"


@dataclass(frozen=True, slots=True)
class Key:
    """A key and how long after 112 answered, or after the key before, it is pressed, in seconds."""

    after_s: float
    key: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One call.

    Attributes:
        at_s: when, from the evening's begin.
        emergency: what happened, as the plan names it; empty: nothing.
        case: which happening it is about; several calls may be of one. Empty: none.
        spot: where it is.
        keys: pressed in the menu.
        leaves: when the caller gives up.
        stays_s: how long he talks; of who leaves, how long after the answer or the last key.
        brings: the officer is to bring the right agency in, if it is not his own.
        again: the number has called before.
    """

    at_s: float
    number: str
    kind: Kind
    stays_s: float
    keys: tuple[Key, ...] = ()
    leaves: Leaves = Leaves.NEVER
    emergency: str = ""
    case: str = ""
    spot: Spot | None = None
    brings: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """The evening that is asked for.

    Attributes:
        calls: how many.
        minutes: within how long they come.
        seed: of everything.
    """

    calls: int = CALLS
    minutes: float = MINUTES
    seed: int = 112

    @property
    def seconds(self) -> float:
        """From the first call to when the last may come."""
        return max(10.0, self.minutes * 60 - QUIET_END_S)

    @property
    def away_s(self) -> tuple[float, float]:
        """When the fire brigade goes off the air, and when it is back."""
        return self.seconds * AWAY[0], self.seconds * AWAY[1]


@dataclass(frozen=True, slots=True)
class Script:
    """A whole evening: the calls in the order of time."""

    wanted: Wanted
    visits: tuple[Visit, ...]

    @property
    def cases(self) -> dict[str, list[Visit]]:
        """The real calls by what they are about."""
        found: dict[str, list[Visit]] = defaultdict(list)
        for visit in self.visits:
            if visit.case:
                found[visit.case].append(visit)
        return dict(found)

    @property
    def incidents(self) -> tuple[str, ...]:
        """The cases that many call about."""
        return tuple(case for case in self.cases if case.startswith(MANY))
