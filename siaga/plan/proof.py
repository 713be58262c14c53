"""Proof that nobody is stranded: a human's telephone rings in time, and goes on ringing.

Why it suffices to look at one surviving agency at a time is argued in docs/decisions/proof.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from siaga.plan.live import NOTHING
from siaga.plan.places import RESORT, Maker, Part, Place, Places
from siaga.plan.proof_menu import menu_faults
from siaga.plan.route import resolve, schedule_of
from siaga.plan.simulate import ALL_BUSY, PAUSE_MS, RING, RING_MS
from siaga.plan.situations import between, changes, day_view, distinct, timeline
from siaga.plan.story import Teller, as_it_turns, no_emergency
from siaga.plan.stranded import Phones
from siaga.plan.words import same

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from siaga.menuspec import MenuSpec
    from siaga.plan.live import Live
    from siaga.plan.model import Plan
    from siaga.plan.situations import Slot
    from siaga.plan.source import Path
    from siaga.plan.words import Words

MOST: Final = 20
"""Counter-examples shown; a plan with more is not nearly right."""


@dataclass(frozen=True, slots=True)
class CounterExample:
    """A caller who is stranded.

    Attributes:
        story: when, what, which failures, and what then happens, for people.
        path: what in the plan's file to look at; ``Source.position`` knows where it is.
        others: further ways of calls with the same cause.
    """

    story: Words
    path: Path
    others: int = 0


def prove(
    plan: Plan,
    spec: MenuSpec,
    live: Live = NOTHING,
    at: datetime | None = None,
    until: datetime | None = None,
) -> tuple[CounterExample, ...]:
    """Every way in which a caller is stranded, one a cause; none: the plan is proven.

    Args:
        plan: a plan without problems.
        spec: its menu, with the lengths of the prompts.
        live: overrides in force all the time.
        at: only calls from this moment on, in the centre's time; None: at any time.
        until: with ``at``: and up to this one.
    """
    found: dict[tuple[str, ...], CounterExample] = {}
    for late in menu_faults(spec, tuple(plan.announcements)):
        found[late.cause] = CounterExample(late.story, late.path)
    for name in sorted(_leads_to(spec) - plan.emergencies.keys()):
        found["menu", name] = CounterExample(no_emergency(name), ("menu", "digits"))
    slots = timeline(plan, live=live) if at is None else between(plan, at, until or at, live)
    for cause, example in _Proof(plan, spec, live).examples(slots):
        known = found.get(cause)
        found[cause] = example if known is None else replace(known, others=known.others + 1)
    return tuple(found.values())[:MOST]


def _leads_to(spec: MenuSpec) -> set[str]:
    """Emergencies that the menu leads to."""
    subs = [name for menu in spec.menus.values() for name in (*menu.digits.values(), menu.default)]
    return ({*spec.digits.values(), spec.default} - spec.menus.keys()) | {*subs}


@dataclass(frozen=True, slots=True)
class _Way:
    """What a call may go through.

    Attributes:
        when: for people. ``what``: the emergency, or a transfer.
        places: in their order. ``cycle``: what is gone through again and again at the end.
    """

    when: Words
    what: Words
    places: Places
    cycle: Places


class _Proof:
    """Looks at every way of a plan that differs from those looked at."""

    def __init__(self, plan: Plan, spec: MenuSpec, live: Live) -> None:
        self.plan, self.live = plan, live
        self.phones = Phones(plan, live, round(plan.centre.limits.reach * 1000))
        self.comfort = (Place(RESORT, None, _comfort_ms(spec)),)
        self._teller = Teller(plan, self.phones)
        self._maker = Maker(plan)
        self._seen: set[tuple[int, ...]] = set()
        self._slots: dict[tuple[object, ...], _SlotParts] = {}

    def examples(self, slots: tuple[Slot, ...]) -> Iterator[tuple[tuple[str, ...], CounterExample]]:
        """Each counter-example with its cause; those of a cause that is known are not told."""
        told: dict[tuple[str, ...], tuple[tuple[str, ...], CounterExample]] = {}
        for way in self._ways(slots):
            for alive in self.phones.fewest(way.places):
                fault = self.phones.fault(way.places, way.cycle, alive)
                if fault is None:
                    continue
                if fault.cause not in told:
                    if len(told) == MOST:
                        continue
                    least = self.phones.least(way.places, way.cycle, fault)
                    story = self._teller.story(way.when, way.what, least)
                    example = CounterExample(story, least.path)
                    told[fault.cause] = least.cause, example
                yield told[fault.cause]

    def _ways(self, slots: tuple[Slot, ...]) -> Iterator[_Way]:
        """The ways of a call, those that are alike once; first those within a slot."""
        for slot in distinct(slots):
            here = self._at(slot)
            resort = here.resort.places
            for name in self.plan.emergencies:
                chain = here.chain(name)
                if self._is_new(chain, here.resort):
                    cycle = (*resort, *self.comfort, *chain.places)
                    yield _Way(slot.label, same(name), (*chain.places, *cycle, *resort), cycle)
            for name in self.plan.agencies:
                sent = here.transfer(name)
                if self._is_new(sent, here.resort):
                    what = self._teller.transferred(name)
                    yield _Way(slot.label, what, (*sent.places, *resort), ())
        longest = timedelta(milliseconds=self._longest())
        for slot, later in changes(slots, longest):
            before, after = self._at(slot), self._at(later)
            for name in self.plan.emergencies:
                old = before.chain(name), before.resort
                new = after.chain(name), after.resort
                if old != new and self._is_new(*old, *new):
                    when = as_it_turns(later.label)
                    yield _Way(when, same(name), self._crossing(old, new), ())

    def _crossing(self, old: tuple[Part, Part], new: tuple[Part, Part]) -> Places:
        """The way of a call in the middle of which the hours change."""
        (chain, resort), (then, last) = old, new
        first = (*chain.places, *resort.places, *self.comfort, *chain.places)
        return (*first, *last.places, *self.comfort, *then.places, *last.places)

    def _at(self, slot: Slot) -> _SlotParts:
        if slot.meaning not in self._slots:
            self._slots[slot.meaning] = _SlotParts(self._maker, self.plan, slot, self.live)
        return self._slots[slot.meaning]

    def _is_new(self, *parts: Part) -> bool:
        key = tuple(part.number for part in parts)
        new = key not in self._seen
        self._seen.add(key)
        return new

    def _longest(self) -> int:
        """The longest that hours are kept by a call: a chain and a round of the last resort."""
        chains = [here.longest() for here in self._slots.values()]
        return max(chains, default=0) + self.comfort[0].ms


class _SlotParts:
    """The chains of a slot, each looked up once."""

    def __init__(self, maker: Maker, plan: Plan, slot: Slot, live: Live) -> None:
        self._maker, self._at, self._live = maker, slot.at, live
        self._plan = day_view(plan, slot.at.date())
        self._obeyed = replace(live, opened=frozenset(plan.agencies), closed=frozenset())
        self._targets: dict[str, str | None] = {}
        self._chains: dict[str, Part] = {}
        self.resort = maker.resort(self._resolve)

    def chain(self, emergency: str) -> Part:
        """The places of an emergency's chain."""
        if emergency not in self._chains:
            schedule = schedule_of(self._plan, emergency, self._at)
            self._chains[emergency] = self._maker.chain(emergency, schedule, self._resolve)
        return self._chains[emergency]

    def transfer(self, agency: str) -> Part:
        """The places of a transfer to an agency, closed or not."""
        return self._maker.transfer(
            agency, lambda name: resolve(self._plan, name, self._at, self._obeyed)
        )

    def longest(self) -> int:
        """How long a chain and the last resort take at most, in ms."""
        chains = (sum(place.ms for place in part.places) for part in self._chains.values())
        return max(chains, default=0) + sum(place.ms for place in self.resort.places)

    def _resolve(self, agency: str) -> str | None:
        if agency not in self._targets:
            self._targets[agency] = resolve(self._plan, agency, self._at, self._live)
        return self._targets[agency]


def _comfort_ms(spec: MenuSpec) -> int:
    """The longest that a comfort prompt takes in any language."""
    return PAUSE_MS + max(
        (said.get(ALL_BUSY, 0) + said.get(RING, RING_MS) for said in spec.prompt_ms.values()),
        default=RING_MS,
    )
