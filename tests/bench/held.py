"""What a call costs while it lasts: CPU and memory of our processes by the number of calls held.

Callers are held in the menu, in a queue whose one handset talks with somebody else, and in a talk
that the queue gave them (bridged and recorded), all of them with sound: without, Asterisk has
nothing to do for a call that only lasts. Of each the slope of a straight line through the steps is
taken: what one call more costs.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import linear_regression
from typing import TYPE_CHECKING, Any, Final

from ops.bench import proc
from ops.bench.entries import Entry
from ops.bench.phones import Script, phones
from ops.bench.plan import OPERATOR, OPERATOR_DIGIT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from ops.bench.phones import Phones
    from tests.bench.menus import Bench

HOLD_S: Final = 7.0
BEGIN_S: Final = 2.0
WATCH_S: Final = 2.5
LISTEN_S: Final = 0.5
BUSY: Final = 0.8
"""Of the processors, beyond which a node is full."""
KINDS: Final = {
    "menu": Script(Entry.FASTAGI, listen_s=HOLD_S),
    "queue": Script(Entry.FASTAGI, listen_s=LISTEN_S, key=OPERATOR_DIGIT, stays_s=HOLD_S),
    "talk": Script(Entry.FASTAGI, listen_s=LISTEN_S, talk_s=HOLD_S),
}

OCCUPIES: Final = Script(Entry.FASTAGI, listen_s=LISTEN_S, key=OPERATOR_DIGIT, talk_s=HOLD_S + 4)
"""Who keeps the queue's one handset for as long as others are held in the queue."""
OCCUPIES_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """So many calls at once.

    Attributes:
        cpu_ms_s: CPU of Asterisk, menu and router, in ms a second.
        rss_kib: of these three.
    """

    calls: int
    cpu_ms_s: float
    rss_kib: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call more costs while it lasts."""

    cpu_ms_s: float
    rss_kib: float

    def most(self, processors: int) -> float:
        """How many keep so many processors as busy as they may be."""
        return BUSY * processors * 1000 / self.cpu_ms_s if self.cpu_ms_s > 0 else float("inf")


def cost(steps: Sequence[Step]) -> Cost:
    """By the straight line that is nearest to the steps."""
    calls = [float(step.calls) for step in steps]
    return Cost(
        linear_regression(calls, [step.cpu_ms_s for step in steps]).slope,
        linear_regression(calls, [step.rss_kib for step in steps]).slope,
    )


async def held(
    bench: Bench, sizes: Sequence[int], processors: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Each kind at each size; the router must be up."""
    taken: dict[str, list[Step]] = {kind: [] for kind in KINDS}
    async with phones(bench.centre.instance, media=True) as sounding:
        for kind, script in KINDS.items():
            for calls in (0, *sizes):
                say(f"Panggilan tertahan / calls held: {kind}, {calls}")
                async with _occupied(bench, sounding, needed=kind == "queue"):
                    taken[kind].append(await _step(bench, sounding, script, calls))
    await bench.centre.phones.log_in()
    found: dict[str, Any] = {}
    for kind, steps in taken.items():
        one = cost(steps)
        found[kind] = {
            "cpu_ms_s": one.cpu_ms_s,
            "rss_kib": one.rss_kib,
            "most": one.most(processors),
            "steps": [[step.calls, step.cpu_ms_s, step.rss_kib] for step in steps],
        }
    return found


@asynccontextmanager
async def _occupied(bench: Bench, sounding: Phones, *, needed: bool) -> AsyncIterator[None]:
    """The queue's one handset talks with somebody, where that is ``needed``."""
    if not needed:
        yield
        return
    await sounding.bank.register(OPERATOR, sounding.known[OPERATOR])
    async with asyncio.TaskGroup() as group:
        answers = group.create_task(sounding.serve(OPERATOR))
        first = group.create_task(_placed(bench, sounding, [OCCUPIES]))
        await asyncio.sleep(OCCUPIES_S)
        yield
        await first
        answers.cancel()
    await sounding.bank.unregister(OPERATOR, sounding.known[OPERATOR])


async def _step(bench: Bench, sounding: Phones, script: Script, calls: int) -> Step:
    pids = list(bench.centre.pids.values())
    async with asyncio.TaskGroup() as group:
        if calls:
            group.create_task(_placed(bench, sounding, [script] * calls))
        await asyncio.sleep(BEGIN_S + 1)
        before = sum(proc.times(pid).own for pid in pids)
        await asyncio.sleep(WATCH_S)
        used = sum(proc.times(pid).own for pid in pids) - before
        rss = sum(proc.memory(pid).rss for pid in pids)
    return Step(calls, used * 1000 / WATCH_S, rss)


async def _placed(bench: Bench, sounding: Phones, scripts: list[Script]) -> None:
    for sample in await bench.centre.load(scripts, len(scripts) / BEGIN_S, sounding):
        bench.calls += 1
        if sample.fault:
            bench.faults[f"held: {sample.fault}"] += 1
