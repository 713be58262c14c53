"""Where in a recording something happened, so that one can go there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from router.storage.coverage import KEY_MS
from siaga.names import MenuReason

if TYPE_CHECKING:
    from datetime import datetime

    from router.calls.record import CallRecord


class Kind(StrEnum):
    """What happened."""

    CHOSE = "chose"
    ANSWERED = "answered"
    JOINED = "joined"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a recording.

    Attributes:
        at_ms: from its begin.
        kind: what happened.
        agency: whose. ``handset``: its extension; either may be empty.
    """

    at_ms: int
    kind: Kind
    agency: str = ""
    handset: str = ""


def marks(record: CallRecord) -> list[Mark]:
    """Those of a call, in their order.

    The recording begins with the call. While a key sounds nothing is recorded, so what comes after
    the key that chose is so much earlier in it.
    """
    lost = KEY_MS if record.choice == MenuReason.DIGIT else 0

    def place(at: datetime) -> int:
        return max(0, round((at - record.began).total_seconds() * 1000) - lost)

    found = []
    if record.choice is not None and record.steps:
        found.append(Mark(place(record.steps[0].entered), Kind.CHOSE))
    if record.answered is not None:
        who = (record.answered_by or "", record.handset or "")
        found.append(Mark(place(record.answered), Kind.ANSWERED, *who))
    for leg in record.legs:
        if leg.joined is None:
            continue
        who = (leg.agency, leg.handset or "")
        # The first one that came is who answered.
        if record.answered is None or abs((leg.joined - record.answered).total_seconds()) > 1:
            found.append(Mark(place(leg.joined), Kind.JOINED, *who))
        if leg.left is not None and (record.ended is None or leg.left < record.ended):
            found.append(Mark(place(leg.left), Kind.LEFT, *who))
    return sorted(found, key=lambda mark: mark.at_ms)
