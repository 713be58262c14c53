"""What the people of an evening noted: whose call was whose, what officers said of each."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.evening.model import Visit
    from siaga.keys import CallClass


@dataclass(frozen=True, slots=True)
class Said:
    """An officer's word on a call.

    Attributes:
        ring: Call-ID of the call at his handset.
        kind: what it was, as he pressed it.
        at: when it was confirmed into his ear, or at his desk; seconds since the epoch.
    """

    ring: str
    number: str
    kind: CallClass
    at: float


@dataclass(slots=True)
class Notes:
    """Everything that is noted; times in seconds since the epoch.

    Attributes:
        began: when the evening did.
        placed: visits by the Call-ID of their call.
        chosen: when the first key was up, by that Call-ID.
        said: the officers' words, in their order.
        joined: how often an officer saw that two incidents are one, by their case.
        moments: what mattered, for the timeline: when, in Indonesian, in English.
        away: when the fire brigade went off the air, and when it was back.
        faults: what went wrong with a telephone or at the incidents' desk.
    """

    began: float = field(default_factory=time.time)
    placed: dict[str, Visit] = field(default_factory=dict)
    chosen: dict[str, float] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    joined: dict[str, int] = field(default_factory=dict)
    moments: list[tuple[float, str, str]] = field(default_factory=list)
    away: tuple[float, float] | None = None
    faults: list[str] = field(default_factory=list)

    def start(self) -> None:
        """The evening begins now."""
        self.began = time.time()

    def tell(self, text: str, english: str) -> float:
        """Keep a moment for the timeline; gives the time."""
        at = time.time()
        self.moments.append((at, text, english))
        return at

    def word(self, ring: str) -> CallClass | None:
        """The last word on the call at a handset."""
        return next((said.kind for said in reversed(self.said) if said.ring == ring), None)
