"""Whether what somebody wants to change was changed by others since they looked. Pure.

Who changes something may say up to which line of the log they have seen: its number is the
incident's version, as every change adds a line. Each change is overtaken by certain others only:
two notes do not contradict each other, two places do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from router.incidents.model import Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.incidents.model import Entry


class Judgement(Enum):
    """What is to be done."""

    FRESH = "fresh"
    """What is wanted is done on what was seen."""
    DONE = "done"
    """The same person has had the same done since: the form was sent twice."""
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody wants noted in an incident's log.

    Attributes:
        what: and ``text``, of the line that it will be, by ``who``.
        overtaken_by: lines of others that they should have seen first.
    """

    who: str
    what: Event
    text: str
    overtaken_by: frozenset[Event] = frozenset()


KIND: Final = frozenset({Event.KIND, Event.CLOSED})
PLACE: Final = frozenset({Event.PLACE, Event.JOINED, Event.CLOSED})
"""With another incident comes its place."""
SPLIT: Final = frozenset({Event.SPLIT, Event.CLOSED})
MERGE: Final = frozenset({Event.KIND, Event.PLACE, Event.JOINED, Event.SPLIT, Event.CLOSED})
CLOSE: Final = frozenset(Event)
"""Nobody closes what they have not read to the end."""


def judge(intent: Intent, since: Iterable[Entry]) -> tuple[Judgement, Entry | None]:
    """What is to be done, and the line that overtook it.

    Args:
        intent: what is wanted.
        since: lines of the log after those that were seen.
    """
    lines = tuple(since)
    wanted = (intent.who, intent.what, intent.text)
    if any((line.who, line.what, line.text) == wanted for line in lines):
        return Judgement.DONE, None
    for line in reversed(lines):
        if line.what in intent.overtaken_by:
            return Judgement.OVERTAKEN, line
    return Judgement.FRESH, None
