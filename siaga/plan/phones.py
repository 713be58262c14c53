"""Which telephones a step of a route rings, and which of them are there to ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siaga.plan.route import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.model import Plan
    from siaga.plan.route import Step


@dataclass(frozen=True, slots=True)
class Failures:
    """What does not work at the moment.

    Attributes:
        down: agencies none of whose handsets is logged in.
        paused: extensions of handsets that queues do not ring.
        trunk_up: outside numbers can be reached.
        mute: a trunk that is not up says nothing either, so that a call over it takes its whole
            time; else it is given up at once.
    """

    down: frozenset[str] = frozenset()
    paused: frozenset[str] = frozenset()
    trunk_up: bool = True
    mute: bool = False


def trunk_for(plan: Plan, number: str) -> str | None:
    """The trunk an outside number is dialled over; None: no trunk of the plan may send it."""
    for name, trunk in plan.trunks.items():
        if trunk.host is not None and any(number.startswith(p) for p in trunk.may_send):
            return name
    return None


def ring_ms(step: Step) -> int:
    """How long a step's telephones ring; Asterisk counts whole seconds, and takes 0 for ever."""
    return max(1, round(step.seconds)) * 1000


def handsets(plan: Plan, step: Step) -> Iterator[tuple[str, str]]:
    """Agency and extension of every handset that a step's queue has."""
    if step.agency == EVERYONE:
        for name, agency in plan.agencies.items():
            for extension in agency.extensions:
                yield name, extension
    elif step.kind == "post" and step.post is not None:
        for handset in plan.agencies[step.agency].posts[step.post].handsets:
            yield step.agency, handset.extension
    elif step.kind == "queue":
        for extension in plan.agencies[step.agency].extensions:
            yield step.agency, extension


def ringing(plan: Plan, step: Step, failures: Failures) -> Iterator[tuple[str, str]]:
    """Agency and extension or number of every telephone that really rings in a step."""
    if step.kind == "pstn":
        if step.number and failures.trunk_up and trunk_for(plan, step.number):
            yield step.agency, step.number
        return
    for agency, extension in handsets(plan, step):
        if agency not in failures.down and extension not in failures.paused:
            yield agency, extension


def waits(plan: Plan, step: Step, failures: Failures) -> bool:
    """Whether a step takes its time although nobody is rung: a mute trunk tells nothing."""
    if failures.trunk_up or not failures.mute or step.number is None:
        return False
    return trunk_for(plan, step.number) is not None
