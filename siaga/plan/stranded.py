"""What must not be: ways through a route on which nobody's telephone rings for too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.plan.phones import trunk_for
from siaga.plan.places import RESORT, Place, Places, silences
from siaga.plan.route import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.live import Live
    from siaga.plan.model import Plan
    from siaga.plan.route import Step
    from siaga.plan.source import Path

STRANDED: Final = "stranded"
SILENT: Final = "silent"


@dataclass(frozen=True, slots=True)
class Alive:
    """The telephones that are there.

    Attributes:
        agencies: that have a handset logged in.
        trunk: outside numbers can be reached; else a call to one says nothing for its whole time.
    """

    agencies: frozenset[str]
    trunk: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """A silence that is too long.

    Attributes:
        at_ms: when the limit is passed, since the route's beginning.
        for_ever: nobody will ever ring.
        path: what in the plan's file to look at.
        cause: faults of equal cause are one.
        alive: what is there all the same.
    """

    at_ms: int
    for_ever: bool
    path: Path
    cause: tuple[str, ...]
    alive: Alive


class Phones:
    """The telephones of a plan, and the sets of them that have to be looked at."""

    def __init__(self, plan: Plan, live: Live, limit_ms: int) -> None:
        self.limit_ms = limit_ms
        self.agencies = tuple(
            name
            for name, agency in plan.agencies.items()
            if any(extension not in live.paused for extension in agency.extensions)
        )
        numbers = [n for agency in plan.agencies.values() for n in agency.pstn]
        self.numbers = {n for n in (*numbers, *plan.last_resort.pstn) if trunk_for(plan, n)}

    def fewest(self, places: Places) -> Iterator[Alive]:
        """The smallest sets of living telephones; those that fare alike on these places once."""
        named = {place.step.agency for place in places if place.step is not None}
        others = (agency for agency in self.agencies if agency not in named)
        alone = [agency for agency in self.agencies if agency in named]
        alone += [agency for agency in (next(others, None),) if agency is not None]
        for agency in alone:
            yield Alive(frozenset((agency,)), trunk=False)
        if self.numbers:
            yield Alive(frozenset(), trunk=True)
        elif not self.agencies:
            yield Alive(frozenset(), trunk=False)

    def rings(self, alive: Alive, step: Step) -> bool:
        """Whether some telephone of a step rings."""
        if step.kind == "pstn":
            return alive.trunk and step.number in self.numbers
        if step.agency == EVERYONE:
            return bool(alive.agencies)
        return step.agency in alive.agencies

    def fault(self, way: Places, cycle: Places, alive: Alive) -> Fault | None:
        """The first silence that is too long.

        Args:
            way: what a call goes through.
            cycle: what it goes through again and again at the end; empty: not looked at.
            alive: the telephones that are there.
        """
        for_ever = bool(cycle) and not any(
            place.step is not None and self.rings(alive, place.step) for place in cycle
        )
        if for_ever:
            round_ms = sum(place.ms for place in cycle if self._silent(alive, place))
            way = (*way, *(cycle * (self.limit_ms // max(1, round_ms) + 2)))
        found = next(
            silences(
                way,
                lambda step: self.rings(alive, step),
                lambda step: self._waits(alive, step),
                self.limit_ms,
            ),
            None,
        )
        if found is None:
            return None
        if for_ever:
            path = (
                (*RESORT, "everyone") if alive.agencies or not self.numbers else (*RESORT, "pstn")
            )
            return Fault(found.at_ms, for_ever, path, (STRANDED, *map(str, path)), alive)
        place = found.place
        what = (place.step.agency, place.step.number or "") if place.step else ("comfort",)
        return Fault(found.at_ms, for_ever, place.path, (SILENT, *what), alive)

    def least(self, way: Places, cycle: Places, fault: Fault) -> Fault:
        """The same fault with as few failures as it takes."""
        for more in (
            Alive(fault.alive.agencies, trunk=True),
            *(Alive(frozenset((name,)), trunk=False) for name in self.agencies),
        ):
            now = fault.alive
            tried = Alive(now.agencies | more.agencies, now.trunk or more.trunk)
            again = self.fault(way, cycle, tried)
            if again is not None and again.for_ever == fault.for_ever:
                fault = again
        return fault

    def _waits(self, alive: Alive, step: Step) -> bool:
        return step.kind == "pstn" and not alive.trunk and step.number in self.numbers

    def _silent(self, alive: Alive, place: Place) -> bool:
        return place.step is None or self._waits(alive, place.step)
