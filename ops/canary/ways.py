"""Which ways through the plan test calls take: each digit and each agency is tried. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from siaga.names import STANDBY_TIERS
from siaga.plan.phones import trunk_for
from siaga.plan.route import EVERYONE, last_resort, route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan import Plan
    from siaga.plan.route import Situation, Step

DEEPEST: Final = 12
"""Telephones that decline before one answers, at most."""


@dataclass(frozen=True, slots=True)
class Way:
    """One test call.

    Attributes:
        keys: pressed, one after the other.
        emergency: that they lead to.
        language: of the caller then.
        agencies: who is rung, in order; all decline but the last, who answers.
        tier: of the menu that leads it.
    """

    keys: str
    emergency: str
    language: str
    agencies: tuple[str, ...]
    tier: int = 1

    @property
    def name(self) -> str:
        """``1/damkar``: keys, and who answers; ``1@2/damkar``: by tier 2 of the menu."""
        tier = "" if self.tier == 1 else f"@{self.tier}"
        return f"{self.keys}{tier}/{self.agencies[-1]}"


def paths(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Every key of every menu: keys, emergency, language."""
    first = plan.centre.languages[0]
    for digit, chosen in plan.menu.digits.items():
        if chosen in plan.menus:
            for next_digit, emergency in plan.menus[chosen].digits.items():
                yield f"{digit}{next_digit}", emergency, first
        else:
            yield digit, chosen, first
    for digit, language in plan.menu.languages.items():
        after = next((d for d, e in plan.menu.digits.items() if e in plan.emergencies), None)
        if after is not None:
            yield f"{digit}{after}", plan.menu.digits[after], language


def rung(plan: Plan, emergency: str, situation: Situation) -> tuple[str, ...]:
    """Who is rung for an emergency, in order: the chain and one round of the last resort."""
    steps = (*route(plan, emergency, situation), *last_resort(plan, situation))
    return tuple(step.agency for step in steps if _rings(plan, step))[:DEEPEST]


def _rings(plan: Plan, step: Step) -> bool:
    return step.kind != "pstn" or trunk_for(plan, step.number or "") is not None


def ways(plan: Plan, situation: Situation) -> tuple[Way, ...]:
    """Every way to be tried as things stand: each key once, each agency that can be rung at all.

    The first to be rung answers; an agency that is never the first is reached by declining. Each
    tier that stands by for the menu leads one call, lest it is first tried when it is needed.
    """
    found: dict[str, Way] = {}
    chains = [(path, rung(plan, path[1], situation)) for path in paths(plan)]
    for path, agencies in chains:
        if agencies:
            way = Way(*path, agencies[:1])
            found[way.name] = way
    for way in list(found.values())[:1]:
        lower = [replace(way, tier=tier) for tier in STANDBY_TIERS]
        found |= {other.name: other for other in lower}
    covered = {way.agencies[-1] for way in found.values()}
    # The shortest first: of two ways to an agency the one with fewer who decline.
    deeper = sorted(
        (index, path, agencies[: index + 1])
        for path, agencies in chains
        for index in range(1, len(agencies))
    )
    for _, path, agencies in deeper:
        if agencies[-1] not in covered and agencies[-1] != EVERYONE:
            way = Way(*path, agencies)
            found[way.name] = way
            covered.add(agencies[-1])
    return tuple(found.values())
