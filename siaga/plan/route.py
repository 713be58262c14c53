"""Who is rung, in which order, for how long: the one decision every tier shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from siaga.plan import calendar
from siaga.plan.live import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from siaga.plan.live import Live
    from siaga.plan.model import Chain, Overflow, Plan

EVERYONE: Final = "everyone"
"""Stands for an agency in the step that rings all handsets of all agencies."""

MAX_HOPS: Final = 4
"""From a closed or diverted agency to the one that is rung instead; more are a loop."""

Kind: TypeAlias = Literal["post", "queue", "pstn"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of a chain as the plan has it: whose turn it is, not yet who is rung then.

    Attributes:
        agency: whose turn it is.
        seconds: how long its handsets ring.
    """

    agency: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """One ringing.

    Attributes:
        agency: who is rung.
        kind: ``post`` rings the handsets of one ``post`` of the agency, ``queue`` all handsets of
            the agency, ``pstn`` its ``number`` over a trunk.
        seconds: how long before the next step.
    """

    agency: str
    kind: Kind
    seconds: float
    number: str | None = None
    post: str | None = None


def schedule_of(plan: Plan, emergency: str, at: datetime) -> str | None:
    """The schedule whose chain an emergency has at a moment: the first open; None: its own."""
    during = plan.emergencies[emergency].during
    return next((name for name in during if calendar.is_open(plan, name, at)), None)


def chain_of(plan: Plan, emergency: str, at: datetime) -> Chain:
    """The chain of an emergency at a moment: that of the first schedule open, else its own."""
    chosen = plan.emergencies[emergency]
    schedule = schedule_of(plan, emergency, at)
    return chosen if schedule is None else chosen.during[schedule]


def entries(chain: Chain) -> tuple[Entry, ...]:
    """The places of a chain up to the last resort: via, the agency, the overflow."""
    via = () if chain.via is None else (Entry(chain.via, chain.ring),)
    return (*via, Entry(chain.agency, chain.ring), *_rungs(chain.overflow, chain.ring))


def _rungs(overflow: Overflow, ring: float) -> Iterator[Entry]:
    for rung in overflow:
        yield Entry(rung.agency, rung.ring or ring)


def resort_entries(plan: Plan) -> tuple[Entry, ...]:
    """The places of the last resort, before its numbers and everyone's handsets."""
    resort = plan.last_resort
    return (Entry(resort.agency, resort.ring), *_rungs(resort.overflow, resort.ring))


def resort_steps(plan: Plan) -> tuple[Step, ...]:
    """What follows :func:`resort_entries` in each round, whoever is closed."""
    resort = plan.last_resort
    numbers = tuple(Step(resort.agency, "pstn", resort.pstn_ring, number) for number in resort.pstn)
    everyone = (Step(EVERYONE, "queue", resort.everyone),) if resort.everyone else ()
    return (*numbers, *everyone)


def resolve(plan: Plan, agency: str, at: datetime, live: Live = NOTHING) -> str | None:
    """Who is rung when it is ``agency``'s turn; None when nobody stands in for it."""
    target: str | None = agency
    for _ in range(MAX_HOPS + 1):
        if target is None or target not in plan.agencies:
            return None
        if target in live.diverted:
            target = live.diverted[target]
        elif target in live.closed or (
            target not in live.opened and calendar.is_closed(plan, target, at)
        ):
            target = plan.agencies[target].cover
        else:
            return target
    return None


def agency_steps(
    plan: Plan, agency: str, seconds: float, area: str | None = None
) -> tuple[Step, ...]:
    """How an agency is rung: posts of the caller's area, all handsets, then numbers outside."""
    chosen = plan.agencies[agency]
    posts = tuple(
        Step(agency, "post", post.ring, post=name)
        for name, post in chosen.posts.items()
        if area in post.areas
    )
    handsets = (Step(agency, "queue", seconds),) if chosen.extensions else ()
    numbers = tuple(Step(agency, "pstn", chosen.pstn_ring, number) for number in chosen.pstn)
    return (*posts, *handsets, *numbers)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a route depends on beside the plan.

    Attributes:
        at: moment in the centre's time, without its zone.
        area: of the caller, when it is known.
        live: overrides in force.
    """

    at: datetime
    area: str | None = None
    live: Live = NOTHING


def ring(plan: Plan, turns: tuple[Entry, ...], situation: Situation) -> Iterator[Step]:
    """The steps of some places of a chain, in a situation."""
    for turn in turns:
        target = resolve(plan, turn.agency, situation.at, situation.live)
        if target is not None:
            yield from agency_steps(plan, target, turn.seconds, situation.area)


def route(plan: Plan, emergency: str, situation: Situation) -> tuple[Step, ...]:
    """Steps of an emergency up to the last resort, which every chain ends in."""
    return tuple(ring(plan, entries(chain_of(plan, emergency, situation.at)), situation))


def transfer_route(plan: Plan, agency: str, situation: Situation) -> tuple[Step, ...]:
    """Steps of a call that an officer sends to ``agency``, up to the last resort.

    Closed or not, it is the agency the officer chose; only a diversion is followed.
    """
    live = replace(situation.live, opened=frozenset(plan.agencies), closed=frozenset())
    turn = Entry(agency, plan.last_resort.ring)
    return tuple(ring(plan, (turn,), replace(situation, live=live)))


def dispatch_ring(plan: Plan, agency: str) -> float:
    """Seconds that the handsets of ``agency`` ring when it is rung into a call that somebody has.

    The longest that it rings for an emergency of its own; without one as long as for a transfer.
    """
    own = [each.ring for each in plan.emergencies.values() if each.agency == agency]
    return max(own, default=plan.last_resort.ring)


def dispatch_limit(plan: Plan, agency: str) -> float:
    """Seconds within which it is known whether anybody answers there, whoever stands in for it."""
    ring = dispatch_ring(plan, agency)
    chosen = plan.agencies.values()
    return max(
        sum(post.ring for post in each.posts.values()) + ring + len(each.pstn) * each.pstn_ring
        for each in chosen
    )


def last_resort(plan: Plan, situation: Situation) -> tuple[Step, ...]:
    """Steps of one round of the last resort, repeated until the caller gives up."""
    return (*ring(plan, resort_entries(plan), situation), *resort_steps(plan))
