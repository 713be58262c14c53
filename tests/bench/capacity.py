"""How many whole calls a second, with recording and queue, until the handset rings too late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.bench.stats import percentile
from tests.bench.menus import load
from tests.bench.spread import Spread
from tests.bench.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.menus import Bench
    from tests.bench.ways import Way

LATE_MS = 1000.0
FAULTS = 0.01
"""Share of calls that may fail before the rate counts as too high."""
COMPARED = ("ours", "native")


@dataclass(frozen=True, slots=True)
class Steps:
    """Rates that are tried, one after the other until one is too high.

    Attributes:
        runs: of each way. ``seconds``: that a rate is held.
        last: about what the fifty handsets of the bench's plan can answer.
    """

    runs: int
    seconds: float
    first: int = 40
    step: int = 20
    last: int = 140

    def __iter__(self) -> Any:
        return iter(range(self.first, self.last + 1, self.step))


async def capacity(bench: Bench, steps: Steps, say: Callable[[str], None]) -> dict[str, Any]:
    """Both ways in turn; the highest rate that each held, and p99 by rate of all runs."""
    ways = [way for way in WAYS if way.key in COMPARED]
    held: dict[str, list[float]] = {way.key: [] for way in ways}
    p99: dict[str, dict[int, list[float]]] = {way.key: {} for way in ways}
    for number in range(steps.runs):
        for way in ways if number % 2 == 0 else reversed(ways):
            say(f"Panggilan per detik / calls a second: {way.key}, {number + 1} / {steps.runs}")
            held[way.key].append(await _climb(bench, way, steps, p99[way.key]))
    return {
        key: {
            "held": Spread(tuple(each)),
            "p99_ms": {rate: Spread(tuple(values)) for rate, values in sorted(p99[key].items())},
        }
        for key, each in held.items()
    }


async def _climb(bench: Bench, way: Way, steps: Steps, p99: dict[int, list[float]]) -> float:
    """The highest rate held, to half a step: two ways that differ by less would look alike."""
    held = 0
    for rate in steps:
        if not await _holds(bench, way, steps, rate, p99):
            between = (held + rate) // 2
            if held and await _holds(bench, way, steps, between, p99):
                held = between
            break
        held = rate
    return float(held)


async def _holds(
    bench: Bench, way: Way, steps: Steps, rate: int, p99: dict[int, list[float]]
) -> bool:
    samples = await load(bench, way, round(rate * steps.seconds), rate)
    rang = [sample.ring_ms for sample in samples if sample.ring_ms is not None]
    late = percentile(rang, 99)
    p99.setdefault(rate, []).append(late)
    failed = sum(bool(sample.fault) for sample in samples)
    return late <= LATE_MS and failed <= FAULTS * len(samples)
