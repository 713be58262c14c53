"""Many random calls: plan after plan, as many at once as one machine plays in time."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ops import freeports
from siaga import settings as settings_module
from tests.fuzz import cases, plans, sounds, speed, world
from tests.fuzz.callers import Exchange
from tests.fuzz.desk import Desk
from tests.fuzz.handsets import Telephones
from tests.fuzz.play import Stage
from tests.fuzz.told import Follower

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from siaga.settings import Settings
    from tests.fuzz.cases import Case
    from tests.fuzz.play import Difference
    from tests.fuzz.world import Living

CASES_A_PLAN: Final = 3
"""They come one after the other: with more, all wait in the end for a plan that rings for long."""
PLANS_AT_ONCE: Final = 75
CALLS_AT_ONCE: Final = 40
"""With more, ``app_queue`` is seconds behind with what handsets do: it looks through all members of
all queues for each change of a handset, and does not ring one that it takes for ringing."""
TIERS: Final = (1, 3, 1, 3, 1, 3, 2)
"""Tier of the menu that works, by the plan's index: mostly with Python, or without it."""
EACH_S: Final = 1.5
START_S: Final = 90.0
"""So long at most, and so long for each case: ten times what it takes."""
RTP: Final = (40000, 59999)
"""A ringing telephone takes two ports, and hundreds ring at once."""


@dataclass(slots=True)
class Report:
    """What came of it.

    Attributes:
        played: calls. ``unsteady``: how often one was placed again, see ``Stage.play``.
        races: calls not made, as their way would have been a race.
        differences: calls that went another way than foretold.
    """

    played: int = 0
    unsteady: int = 0
    races: int = 0
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be played.

    Attributes:
        seed: of everything.
        cases: how many calls.
        only: one call, ``<plan>.<case>``, or those of one plan, ``<plan>``, in place of all.
    """

    seed: int
    cases: int
    only: str | None = None

    def places(self) -> Iterator[tuple[int, list[int]]]:
        """Plan by plan, the numbers of its cases."""
        if self.only is not None:
            plan, _, case = self.only.partition(".")
            yield int(plan), [int(case)] if case else list(range(CASES_A_PLAN))
            return
        for first in range(0, self.cases, CASES_A_PLAN):
            yield first // CASES_A_PLAN, list(range(min(CASES_A_PLAN, self.cases - first)))


@dataclass(slots=True)
class _Batch:
    """Plans that live in Asterisk at the same time, with their calls."""

    calls: list[tuple[Living, list[Case]]]
    races: int

    @property
    def plans(self) -> list[Living]:
        return [living for living, _ in self.calls]


def _batches(wanted: Wanted, ports: plans.Ports) -> Iterator[_Batch]:
    places = wanted.places()
    while some := list(itertools.islice(places, PLANS_AT_ONCE)):
        made = [calls_of(wanted.seed, index, numbers, ports) for index, numbers in some]
        asked = sum(len(numbers) for _, numbers in some)
        yield _Batch(made, asked - sum(len(found) for _, found in made))


def calls_of(
    seed: int, index: int, numbers: Sequence[int], ports: plans.Ports
) -> tuple[Living, list[Case]]:
    """The plan of this seed and index, and its calls that are no races."""
    made = plans.make(seed, index, ports)
    spec = sounds.spec_of(seed, made)
    living = world.Living(made, spec, TIERS[index % len(TIERS)])
    plan = speed.fast(made.loaded.plan, world.SPEED)
    found = [cases.make(seed, made, plan, spec, (number, living.tier)) for number in numbers]
    return living, [case for case in found if case is not None]


async def fuzz(home: Path, wanted: Wanted, say: Callable[[str], None]) -> Report:
    """Play what is wanted in a home of its own; ``say`` is told how it goes.

    Raises:
        TimeoutError: it does not come to an end in a generous time.
        WorldError, NoPlanError, DeskError, LoginError: it could not be played.
    """
    report = Report()
    limit = START_S + EACH_S * wanted.cases
    with freeports.reserved(_settings(home)) as reserved:
        settings = replace(
            reserved, ports=replace(reserved.ports, rtp_start=RTP[0], rtp_end=RTP[1])
        )
        # The two ports behind the fifth of a block are nobody's.
        ports = plans.Ports(settings.ports.http + 1, settings.ports.http + 2)
        async with asyncio.timeout(limit):
            batches = _batches(wanted, ports)
            first = next(batches)
            async with _stage(settings, ports, first.plans) as stage:
                for batch in itertools.chain([first], batches):
                    if batch is not first:
                        await stage.clear()
                        await stage.world.load(batch.plans)
                    await _play(stage, batch, report, say)
    return report


def _settings(home: Path) -> Settings:
    asked = {"SIAGA_HOME": str(home), "SIAGA_TRUNKS": "127.0.0.0/8", "SIAGA_TEST_CLOCK": "1"}
    return settings_module.load({**asked, "SIAGA_TEST_SPEED": str(world.SPEED)})


@asynccontextmanager
async def _stage(
    settings: Settings, ports: plans.Ports, first: Sequence[Living]
) -> AsyncIterator[Stage]:
    target = (settings.bind, settings.ports.sip)
    exchange, handsets, trunk = Exchange(target), Telephones(target), Telephones(target)
    # Before Asterisk asks whether it lives.
    await trunk.open(ports.up)
    await handsets.open(0)
    async with world.running(settings, first) as running:
        desk = await Desk.opened(settings.ports.ami)
        follower = Follower(settings.cel_file)
        following = asyncio.create_task(follower.follow())
        try:
            yield Stage(running, desk, follower, exchange, handsets, trunk)
        finally:
            following.cancel()
            await desk.close()
            for socket in (exchange, handsets, trunk):
                socket.close()


async def _play(stage: Stage, batch: _Batch, report: Report, say: Callable[[str], None]) -> None:
    room = asyncio.Semaphore(CALLS_AT_ONCE)

    async def plan(living: Living, calls: Sequence[Case]) -> None:
        async with room:
            for case in calls:
                found = await stage.play(living, case)
                report.played += 1
                if found is not None:
                    report.differences.append(found)
                    say(story(found))

    async with asyncio.TaskGroup() as tasks:
        # The longest first, so that all end at about the same time.
        for living, calls in sorted(batch.calls, key=_lasts, reverse=True):
            tasks.create_task(plan(living, calls))
    report.races += batch.races
    for found in stage.unsteady:
        say(f"  {found.case.name} diulang / again: {found.why}")
    report.unsteady += len(stage.unsteady)
    stage.unsteady.clear()
    say(
        f"{report.played} panggilan / calls, {len(report.differences)} beda / differences, "
        f"{report.races} balapan dilewati / races left out, {report.unsteady} diulang / again"
    )


def _lasts(calls: tuple[Living, Sequence[Case]]) -> int:
    """How long the calls of a plan are foretold to last, in milliseconds."""
    return sum(case.foretold[-1].at_ms for case in calls[1])


def story(found: Difference) -> str:
    """A difference as people read it."""
    case, scenario = found.case, found.case.scenario
    lines = [
        f"BEDA / DIFFERENCE {case.name}: {found.why}",
        f"  tier {case.tier}, at {scenario.at}, from {case.number!r} at {case.source}",
        f"  keys {case.keys}, recent {scenario.recent}, area {scenario.area}",
        f"  down {sorted(scenario.down)}, answers {sorted(scenario.answers)}",
        f"  declines {sorted(case.declines)}, trunk up {scenario.trunk_up}",
        f"  live {scenario.live}",
        *(f"  foretold {item}" for item in case.way),
        *(f"  taken    {item}" for item in found.told),
        f"  moments in ms: {found.moments}",
        *(f"  | {line}" for line in case.made.text.splitlines()),
    ]
    return "\n".join(lines)
