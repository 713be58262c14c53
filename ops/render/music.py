"""Music classes: what a caller hears while handsets ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.names import Part, scoped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan import LoadedPlan, Plan
    from siaga.plan.model import Chain

RINGS_BETWEEN_HOLDS: Final = 2

WAIT: Final = "wait"
"""Class of the last resort."""
CROWDED: Final = f"-{Part.OVERLOAD}"
"""Added to it in the first round of whoever was led past the menu."""
WATCHED: Final = "watched"
"""Class of a silent caller who is watched."""
CALLING: Final = "calling"
"""``calling-<agency>``: of an agency that the caller's choice does not lead to by itself."""

_WAITING: Final = (*("ring",) * RINGS_BETWEEN_HOLDS, "hold")


@dataclass(frozen=True, slots=True)
class MusicClass:
    """What a caller hears while one step rings."""

    name: str
    language: str
    entries: tuple[str, ...]


def reached(plan: Plan, emergency: str) -> tuple[str, ...]:
    """Agencies that an emergency's chains and their covers lead to."""
    chosen = plan.emergencies[emergency]
    found: dict[str, None] = {}
    for chain in (chosen, *chosen.during.values()):
        for agency in _places(chain):
            _follow(plan, agency, found)
    return tuple(found)


def _places(chain: Chain) -> Iterator[str]:
    if chain.via is not None:
        yield chain.via
    yield chain.agency
    for rung in chain.overflow:
        yield rung.agency


def _follow(plan: Plan, agency: str | None, found: dict[str, None]) -> None:
    while agency is not None and agency not in found:
        found[agency] = None
        agency = plan.agencies[agency].cover


def music(loaded: LoadedPlan) -> Iterator[MusicClass]:
    """Every music class of a version."""
    plan = loaded.plan
    for language in plan.centre.languages:

        def made(name: str, *said: str, language: str = language) -> MusicClass:
            name = scoped(loaded.version, f"{name}-{language}")
            return MusicClass(name, language, (*said, *_WAITING, *_WAITING))

        if plan.callers.silent is not None:
            name = scoped(loaded.version, f"{WATCHED}-{language}")
            yield MusicClass(name, language, ("silent", "ring"))
        yield made(WAIT, "hold")
        yield made(WAIT + CROWDED, "overload")
        for agency in plan.agencies:
            yield made(f"{CALLING}-{agency}", f"calling-{agency}")
        for emergency in plan.emergencies:
            for agency in reached(plan, emergency):
                yield made(f"{emergency}-{agency}", f"chosen-{emergency}", f"calling-{agency}")
