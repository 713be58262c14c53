"""How many whole calls a second, with recording and queue, until the handset rings too late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.bench.stats import percentile, ratio
from tests.bench.menus import load
from tests.bench.spread import Spread
from tests.bench.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
        back: how far below the lowest rate that was held before the next run's second rate is.
    """

    runs: int
    seconds: float
    first: int = 40
    step: int = 10
    last: int = 140
    back: int = 10

    def after(self, held: Iterable[float]) -> tuple[int, ...]:
        """The rates of a run: the first, and those from a little below what was held before."""
        near = max(self.first + self.step, int(min(held, default=0.0)) - self.back)
        return (self.first, *range(near, self.last + 1, self.step))


async def capacity(bench: Bench, steps: Steps, say: Callable[[str], None]) -> dict[str, Any]:
    """Each way's highest rate that it held, and p99 by rate of all runs.

    Both ways take turns at each rate, so that whatever else the machine does meets both.
    """
    ways = [way for way in WAYS if way.key in COMPARED]
    held: dict[str, list[float]] = {way.key: [] for way in ways}
    p99: dict[str, dict[int, list[float]]] = {way.key: {} for way in ways}
    for number in range(steps.runs):
        say(f"Panggilan per detik / calls a second: {number + 1} / {steps.runs}")
        order = ways if number % 2 == 0 else ways[::-1]
        for key, rate in (await _climbed(bench, order, steps, held, p99)).items():
            held[key].append(rate)
    found: dict[str, Any] = {
        key: {
            "held": Spread(tuple(each)),
            "p99_ms": {rate: Spread(tuple(values)) for rate, values in sorted(p99[key].items())},
        }
        for key, each in held.items()
    }
    pairs = zip(*(held[key] for key in COMPARED), strict=True)
    return found | {"ratio": Spread(tuple(ratio(ours, native) for ours, native in pairs))}


async def _climbed(
    bench: Bench,
    ways: Sequence[Way],
    steps: Steps,
    before: Mapping[str, list[float]],
    p99: Mapping[str, dict[int, list[float]]],
) -> dict[str, float]:
    """The highest rate that each way held in this run."""
    held = dict.fromkeys((way.key for way in ways), 0.0)
    climbing = list(ways)
    for rate in steps.after(rate for rates in before.values() for rate in rates):
        for way in tuple(climbing):
            samples = await load(bench, way, round(rate * steps.seconds), rate)
            late = percentile([each.ring_ms for each in samples if each.ring_ms is not None], 99)
            p99[way.key].setdefault(rate, []).append(late)
            failed = sum(bool(sample.fault) for sample in samples)
            if late <= LATE_MS and failed <= FAULTS * len(samples):
                held[way.key] = float(rate)
            else:
                climbing.remove(way)
    return held
