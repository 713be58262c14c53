"""The places of a plan's chains with where they stand in its file, and how long each is silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from siaga.plan.phones import ring_ms
from siaga.plan.route import (
    EVERYONE,
    Entry,
    Step,
    agency_steps,
    entries,
    resort_entries,
    resort_steps,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from siaga.plan.model import Chain, Plan
    from siaga.plan.source import Path

RESORT: Path = ("last_resort",)


@dataclass(frozen=True, slots=True)
class Place:
    """A step, or a silence of our own, and what in the plan's file has it here.

    Attributes:
        path: of the place in the chain.
        step: None: a prompt is said and nobody is rung.
        ms: how long it takes when its telephones ring, or when a mute trunk is asked.
    """

    path: Path
    step: Step | None
    ms: int


Places: TypeAlias = tuple[Place, ...]
Resolver: TypeAlias = "Callable[[str], str | None]"
"""Who is rung when it is an agency's turn."""


@dataclass(frozen=True, slots=True)
class Part:
    """Places that were made, known by a number: parts with the same number are the same."""

    number: int
    places: Places


class Maker:
    """Makes the places of a plan's chains, each once for the agencies that are really rung."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._turns: dict[tuple[str, ...], tuple[tuple[Path, Entry], ...]] = {}
        self._parts: dict[tuple[object, ...], Part] = {}

    def chain(self, emergency: str, schedule: str | None, resolver: Resolver) -> Part:
        """An emergency's own chain, or that of a schedule."""
        key = ("emergencies", emergency, *(() if schedule is None else ("during", schedule)))
        if key not in self._turns:
            own = self._plan.emergencies[emergency]
            chain = own if schedule is None else own.during[schedule]
            self._turns[key] = tuple(zip(_chain_paths(key, chain), entries(chain), strict=True))
        return self._part(key, self._turns[key], resolver)

    def resort(self, resolver: Resolver) -> Part:
        """One round of the last resort."""
        rungs = ((*RESORT, "overflow", i) for i in range(len(self._plan.last_resort.overflow)))
        paths: tuple[Path, ...] = ((*RESORT, "agency"), *rungs)
        turns = tuple(zip(paths, resort_entries(self._plan), strict=True))
        return self._part(("last_resort",), turns, resolver, resort_steps(self._plan))

    def transfer(self, agency: str, resolver: Resolver) -> Part:
        """A call sent to an agency."""
        turn = Entry(agency, self._plan.last_resort.ring)
        return self._part(("agencies", agency), ((("agencies", agency), turn),), resolver)

    def _part(
        self,
        key: tuple[str, ...],
        turns: tuple[tuple[Path, Entry], ...],
        resolver: Resolver,
        more: tuple[Step, ...] = (),
    ) -> Part:
        targets = tuple(resolver(turn.agency) for _, turn in turns)
        known = (key, targets)
        if known not in self._parts:
            named = (
                Place(path, step, ring_ms(step))
                for (path, turn), target in zip(turns, targets, strict=True)
                if target is not None
                for step in agency_steps(self._plan, target, turn.seconds)
            )
            places = (*named, *(_resort_place(step) for step in more))
            self._parts[known] = Part(len(self._parts), places)
        return self._parts[known]


def _chain_paths(path: Path, chain: Chain) -> Iterator[Path]:
    if chain.via is not None:
        yield (*path, "via")
    yield (*path, "agency")
    for index in range(len(chain.overflow)):
        yield (*path, "overflow", index)


def _resort_place(step: Step) -> Place:
    return Place((*RESORT, "everyone" if step.agency == EVERYONE else "pstn"), step, ring_ms(step))


@dataclass(frozen=True, slots=True)
class Silence:
    """A wait in which nobody's telephone rings.

    Attributes:
        at_ms: when the limit is passed, since the route's beginning.
        place: in which it is passed.
    """

    at_ms: int
    place: Place


def silences(
    places: Iterable[Place],
    rings: Callable[[Step], bool],
    waits: Callable[[Step], bool],
    limit_ms: int,
) -> Iterator[Silence]:
    """Each passing of the limit on a way through places, once a silence.

    Args:
        places: in their order.
        rings: whether a step's telephones ring.
        waits: whether a step takes its time although nobody is rung.
        limit_ms: the longest silence allowed.
    """
    now = since = 0
    told = False
    for place in places:
        if place.step is not None and rings(place.step):
            now += place.ms
            since, told = now, False
        elif place.step is None or waits(place.step):
            now += place.ms
            if now - since > limit_ms and not told:
                told = True
                yield Silence(since + limit_ms, place)
