"""Random calls into a random plan, each with the way that is foretold for it.

A call whose foretold way would be another one, were everything a little earlier or later, is a race
by nature: it says nothing about the compiler, and is not made.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Final

from siaga.plan.arrival import digits_of, forms
from siaga.plan.live import Live, Override
from siaga.plan.simulate import Event, Kind, Scenario, simulate
from siaga.plan.virtual_menu import Press
from tests.fuzz.moments import moments
from tests.fuzz.people import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.menuspec import MenuSpec
    from siaga.plan import Plan
    from tests.fuzz.plans import Made

TRIES: Final = 60
MARGIN_MS: Final = 170
"""A key is pressed no nearer than this to the end of a prompt or wait."""
BEHIND_MS: Final = 330
"""A real menu falls so far behind the foretold one, prompt by prompt, on a busy machine: a key
pressed sooner than this after a beginning may still meet what was before it."""
KEY_MS: Final = 300
"""A key counts when it ends, and Asterisk makes it this long (mindtmfduration)."""
HOME: Final = "127.0.0.1"
SHIFTS_S: Final = (-1, 1, 2, 4)
"""The way must not depend on being so much later: a real call falls behind on a busy machine."""
DECLINED_S: Final = (-5, -10)
"""Nor on being so much earlier, when telephones do not ring for the time that is foretold."""
LATE_MS: Final = {1: MARGIN_MS, 2: 1500, 3: 800}
"""The menu of each tier begins so late at most: in tier 2 a program must be started first, in tier
3 one must have failed. Its time runs from the call's arrival all the same."""
LATE_STEP_MS: Final = 50

Item = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One call, with all that it meets.

    Attributes:
        name: ``<plan>.<case>``.
        tier: of the menu that works.
        number: the caller's. ``source``: address the call comes from.
        entries: live state and what else is in Asterisk's database, by family and key; ages are
            seconds from the call's own time.
        fails: the far side of the trunks can reach nobody. ``declines``: agencies whose telephones
            are declined; as for them, to be foretold as not answering.
        foretold: what happens to the caller.
    """

    name: str
    made: Made
    tier: int
    scenario: Scenario
    number: str
    source: str
    entries: tuple[tuple[str, str, int, str], ...]
    fails: bool
    declines: frozenset[str]
    foretold: tuple[Event, ...]

    @property
    def keys(self) -> list[tuple[int, str]]:
        """Keys and their moments, in ms from the menu's beginning."""
        return [(e.at_ms, e.name) for e in self.foretold if e.kind is Kind.KEY]

    @property
    def way(self) -> tuple[Item, ...]:
        """The way that is foretold."""
        return way(self.foretold)


def way(events: tuple[Event, ...]) -> tuple[Item, ...]:
    """The way a call took: choice, steps, rounds of the last resort."""
    return tuple(item for event in events if (item := _item(event)))


def _item(event: Event) -> Item:
    if event.kind is Kind.CHOICE:
        return ("choice", event.name, str(event.reason), event.language)
    if event.kind is Kind.STEP_END and event.step is not None:
        return ("step", event.step.agency, event.step.kind, str(event.result))
    if event.kind is Kind.LAST_RESORT:
        return ("last_resort", str(event.round))
    return ()


def make(seed: int, made: Made, plan: Plan, spec: MenuSpec, place: tuple[int, int]) -> Case | None:
    """The call of this seed, plan and place; None when every try was a race.

    Args:
        seed: of everything.
        made: the plan as it is.
        plan: the same as it goes in a test, with all ringing shortened.
        spec: its menu.
        place: number of the case, and tier of the menu.
    """
    number, tier = place
    random = Random(f"case:{seed}:{made.index}:{number}")  # noqa: S311 (to be had again)
    for _ in range(TRIES):
        case = _Maker(random, made, plan, spec, number, tier).case()
        if _is_steady(case):
            return case
    return None


def _is_steady(case: Case) -> bool:
    return all(way(simulate(other)) == case.way for other in _others(case))


def _others(case: Case) -> Iterator[Scenario]:
    """The same call with its moments shifted a little."""
    scenario = case.scenario
    for seconds in (*SHIFTS_S, *(DECLINED_S if case.declines else ())):
        yield replace(scenario, at=scenario.at + timedelta(seconds=seconds))
    for place in range(len(scenario.presses)):
        for ms in (-BEHIND_MS + 20, MARGIN_MS - 20, KEY_MS + MARGIN_MS):
            yield replace(scenario, presses=_shifted(scenario.presses, place, ms))
    spec = scenario.spec
    longer = {
        language: {prompt: length + 40 for prompt, length in prompts.items()}
        for language, prompts in spec.prompt_ms.items()
    }
    yield replace(scenario, spec=replace(spec, prompt_ms=longer))
    within = spec.human_within_ms
    # A little late may lead elsewhere, and much later there again: every moment between counts.
    for late in (*range(LATE_STEP_MS, LATE_MS[case.tier], LATE_STEP_MS), LATE_MS[case.tier]):
        yield replace(scenario, spec=replace(spec, human_within_ms=within - late))
    yield replace(scenario, spec=replace(spec, human_within_ms=within + MARGIN_MS))


def _shifted(presses: tuple[Press, ...], place: int, ms: int) -> tuple[Press, ...]:
    pressed = presses[place]
    moved = replace(pressed, after_ms=(pressed.after_ms or 0) + ms)
    return (*presses[:place], moved, *presses[place + 1 :])


@dataclass(frozen=True, slots=True)
class _Maker:
    random: Random
    made: Made
    plan: Plan
    spec: MenuSpec
    number: int
    tier: int

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def part(self, items: Mapping[str, object], share: float) -> frozenset[str]:
        return frozenset(item for item in items if self.chance(share))

    def case(self) -> Case:
        plan, random = self.plan, self.random
        caller = self.caller()
        source = random.choice((HOME, *SOURCES)) if plan.areas else HOME
        area = next((t.area for t in plan.trunks.values() if source in t.sources), None)
        live, entries = self.live()
        recent, remembered = self.recent(caller)
        agencies = plan.agencies
        fails = self.chance(0.2)
        scenario = Scenario(
            plan=plan,
            spec=self.spec,
            at=self.moment(),
            number=caller,
            recent=recent,
            area=area,
            down=self.part(agencies, random.choice((0, 0.2, 0.5, 1))),
            answers=self.part(agencies, random.choice((0, 0, 0.4, 1))),
            trunk_up=self.made.trunk_up and not fails,
            live=live,
            rounds=random.choice((0, 1, 1, 1, 2)),
        )
        scenario = self.pressed(scenario)
        return Case(
            name=f"{self.made.index}.{self.number}",
            made=self.made,
            tier=self.tier,
            scenario=scenario,
            number=caller,
            source=source,
            entries=(*entries, *remembered),
            fails=fails,
            declines=self.part(agencies, random.choice((0, 0, 0, 0.5))) - scenario.answers,
            foretold=simulate(scenario),
        )

    def caller(self) -> str:
        """A number; no other call that is up at the same time has the same."""
        known = self.plan.callers.known
        slot = self.made.slot
        if known and self.chance(0.35):
            chosen = self.random.choice(known).number
            return self.random.choice([chosen, *sorted(forms(chosen))])
        if self.chance(0.2):
            return f"x{slot:02d}"
        return self.random.choice(("0812{:02d}{:04d}", "+62812{:02d}{:04d}")).format(
            slot, self.number
        )

    def moment(self) -> datetime:
        """A moment at which something may change, or any other."""
        near = self.random.choice(moments(self.plan))
        jitter = self.random.choice((-90, -10, -6, -2, 2, 30, 3600 * 5, -3600 * 5))
        return near + timedelta(seconds=jitter + self.random.randrange(60) / 10)

    def recent(self, caller: str) -> tuple[str | None, list[tuple[str, str, int, str]]]:
        repeat, digits = self.plan.callers.repeat, digits_of(caller)
        if not self.chance(0.4) or len(digits) < 3:
            return None, []
        emergency = self.random.choice([*self.plan.emergencies, "gone"])
        within = int(repeat.within) if repeat else 600
        fresh = self.chance(0.6)
        age = self.random.randint(1, within - 15) if fresh else within + 15
        chosen = emergency if fresh else None
        return chosen, [("siaga-recent", digits, -age, emergency)]

    def live(self) -> tuple[Live, list[tuple[str, str, int, str]]]:
        """Live state, and how it stands in the database: some of it is over."""
        share = self.random.choice((0, 0, 0.15, 0.5))
        entries: list[tuple[str, str, int, str]] = []

        def chosen(override: Override, names: Iterator[str] | Mapping[str, object]) -> set[str]:
            found = set()
            for name in names:
                if not self.chance(share):
                    continue
                lasts = self.chance(0.75)
                value = self.random.choice(list(self.plan.agencies))
                target = value if override is Override.DIVERT else ""
                left = 7200 if lasts else -self.random.choice((5, 900))
                entries.append(("siaga", f"{override}/{name}", left, target))
                if lasts:
                    found.add(name)
            return found

        agencies, announced = self.plan.agencies, self.plan.announcements
        closed = chosen(Override.CLOSED, agencies)
        opened = chosen(Override.OPEN, agencies)
        diverted = chosen(Override.DIVERT, agencies)
        targets = {key.partition("/")[2]: to for _, key, _, to in entries if to}
        live = Live(
            closed=frozenset(closed),
            opened=frozenset(opened),
            diverted={name: targets[name] for name in sorted(diverted)},
            paused=frozenset(chosen(Override.PAUSE, iter(self.plan.extensions))),
            announced=frozenset(chosen(Override.ANNOUNCE, announced)),
            silenced=frozenset(chosen(Override.SILENCE, announced)),
        )
        return live, entries

    def pressed(self, scenario: Scenario) -> Scenario:
        """The same with keys, each pressed well within what is said or waited for."""
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 4))):
            windows = list(self.windows(simulate(scenario)))
            if not windows:
                break
            before = self.last_key(simulate(scenario))
            begin, end = self.random.choice(windows)
            at = self.random.randint(begin + BEHIND_MS, end - MARGIN_MS)
            press = Press(self.key(), at - before)
            scenario = replace(scenario, presses=(*scenario.presses, press))
        return scenario

    def key(self) -> str:
        menu = self.plan.menu
        wanted = [*menu.digits, *menu.languages]
        for sub in self.plan.menus.values():
            wanted += sub.digits
        return self.random.choice([*wanted, *wanted, self.random.choice("0123456789*#")])

    @staticmethod
    def last_key(events: tuple[Event, ...]) -> int:
        return max((e.at_ms for e in events if e.kind is Kind.KEY), default=0)

    def windows(self, events: tuple[Event, ...]) -> Iterator[tuple[int, int]]:
        """Prompts and waits since the last key, from when to when."""
        last = self.last_key(events)
        marks = [e for e in events if e.kind in (Kind.PROMPT, Kind.CHOICE)]
        for event, after in itertools.pairwise(marks):
            if event.at_ms < last:
                continue
            said = event.at_ms + self.spec.prompt_ms[event.language][event.name]
            for begin, end in ((event.at_ms, min(said, after.at_ms)), (said, after.at_ms)):
                if end - begin > BEHIND_MS + MARGIN_MS:
                    yield begin, end
