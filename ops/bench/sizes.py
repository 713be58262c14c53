"""How much is measured: in full, and quickly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sizes:
    """Calls and calls a second of each part.

    Attributes:
        warm_up: calls before anything is measured.
        spoken: whole calls with sound, over which the processes' CPU is compared.
        spoken_rate: calls a second then.
        share: the same with short calls that send no sound.
        share_rate: calls a second then, and of the calls that only fill up ``memory_last``.
        latency: calls each way, FastAGI and native, one after the other.
        latency_rate: calls a second, both ways together.
        commits: whole calls over which events are followed to the database.
        commits_rate: calls a second then.
        processes: whole calls with the menu as AGI process; 0: none are placed.
        rounds: times that the ways of running the menu take turns.
        round_calls: calls of each way in a round.
        round_rate: calls a second then.
        memory_first: whole calls through FastAGI before memory is looked at for the first time.
        memory_last: and for the second time.
    """

    warm_up: int
    spoken: int
    spoken_rate: float
    share: int
    share_rate: float
    latency: int
    latency_rate: float
    commits: int
    commits_rate: float
    processes: int
    rounds: int
    round_calls: int
    round_rate: float
    memory_first: int
    memory_last: int


FULL: Final = Sizes(
    warm_up=20,
    spoken=90,
    spoken_rate=3,
    share=480,
    share_rate=20,
    latency=300,
    latency_rate=12,
    commits=320,
    commits_rate=20,
    processes=60,
    rounds=12,
    round_calls=30,
    round_rate=5,
    memory_first=500,
    memory_last=2000,
)

QUICK: Final = Sizes(
    warm_up=10,
    spoken=24,
    spoken_rate=3,
    share=90,
    share_rate=20,
    latency=80,
    latency_rate=16,
    commits=100,
    commits_rate=20,
    processes=0,
    rounds=1,
    round_calls=15,
    round_rate=6,
    memory_first=100,
    memory_last=400,
)
