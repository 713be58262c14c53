"""A call on paper: everything that happens to a caller, in virtual time, as the plan has it.

Pure: the meaning is that of docs/decisions/routing-plan.md, taken from the same functions that the
dialplan is compiled from, so that the path found here is the path a real call takes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from siaga.names import SILENT_REASONS, MenuReason
from siaga.plan import calendar
from siaga.plan.arrival import arrive
from siaga.plan.live import NOTHING, Live
from siaga.plan.phones import Failures, ring_ms, ringing, waits
from siaga.plan.route import (
    Entry,
    Situation,
    Step,
    agency_steps,
    chain_of,
    entries,
    resolve,
    resort_entries,
    resort_steps,
)
from siaga.plan.virtual_menu import Heard, Over, Press, Pressed, drive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from siaga.menuspec import MenuSpec
    from siaga.plan.model import Plan

ALL_BUSY: Final = "all-busy"
ALL_BUSY_EVERY: Final = 4
CHALLENGE: Final = "challenge"
"""The warning that callers of flagged numbers hear in place of the menu."""
CHALLENGE_WAIT_S: Final = 2
"""Silence after it in which a key is still taken."""
RING: Final = "ring"
RING_MS: Final = 1000
"""Length of the ringing tone when it is not among the prompts."""
PAUSE_MS: Final = 1000
"""Silence after the ringing tone, before the chain begins again."""


class Result(StrEnum):
    """How a step ended; the values are those of the call record."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    """Its telephones rang for its whole time."""
    UNAVAILABLE = "unavailable"
    """There was no telephone to ring."""


class Kind(StrEnum):
    """What an event is."""

    ARRIVAL = "arrival"
    PROMPT = "prompt"
    """``name`` begins to be said in ``language``; an announcement's is ``announce-…``."""
    KEY = "key"
    """The caller presses ``name``."""
    CHOICE = "choice"
    """The way to ``name``, an emergency, begins, for ``reason``, in ``language``."""
    STANDS_IN = "stands_in"
    """``name`` does not answer now: ``other`` is rung in its place, or nobody (empty)."""
    STEP = "step"
    """``step`` begins; ``ringing`` are the agencies whose telephones ring."""
    STEP_END = "step_end"
    """``step`` is left with ``result``."""
    LAST_RESORT = "last_resort"
    """``round`` of the last resort begins."""
    COMFORT = "comfort"
    """``name`` is said while nobody is rung."""
    ANSWERED = "answered"
    """A human of ``name`` is on the line."""
    IF_SILENT = "if_silent"
    """Nothing was pressed: what becomes of the caller if nothing is heard either."""
    STILL_WAITING = "still_waiting"
    """The simulation ends here, the call does not: the next round begins."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens, ``at_ms`` after the call's arrival; see :class:`Kind`."""

    at_ms: int
    kind: Kind
    name: str = ""
    language: str = ""
    reason: MenuReason | None = None
    other: str = ""
    step: Step | None = None
    ringing: tuple[str, ...] = ()
    result: Result | None = None
    round: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A call to be followed.

    Attributes:
        at: arrival, in the centre's time, without its zone.
        presses: keys in their order.
        number: the caller's, as the network sends it; empty is hidden, None one that the plan
            does not know.
        recent: emergency that this caller chose a short while ago.
        area: that of the trunk.
        down: agencies without a handset logged in.
        answers: agencies of whom somebody takes the call as soon as a telephone rings.
        trunk_up: outside numbers can be reached. ``mute``: if not, it takes a call's whole time
            to find out.
        crowded: more calls are up than the menu is for.
        flagged: how the caller of a flagged number takes the warning; None: it is not flagged.
        rounds: how many rounds of the last resort to follow.
    """

    plan: Plan
    spec: MenuSpec
    at: datetime
    presses: tuple[Press, ...] = ()
    number: str | None = None
    recent: str | None = None
    area: str | None = None
    down: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    trunk_up: bool = True
    mute: bool = False
    live: Live = NOTHING
    crowded: bool = False
    flagged: MenuReason | None = None
    rounds: int = 2


PathItem: TypeAlias = "tuple[str, ...] | tuple[str, int]"


def simulate(scenario: Scenario) -> tuple[Event, ...]:
    """Everything that happens to the caller, in order."""
    return tuple(_Call(scenario).events())


def path(events: Iterable[Event]) -> tuple[PathItem, ...]:
    """The way a call took, to be compared with that of a real one.

    Items: ``("choice", emergency, reason)``, ``("step", agency, kind, result)`` as the step is
    left or answered, ``("last_resort", round)``. A post is ``post``, its name is not told.
    """
    return tuple(item for event in events if (item := _item(event)) is not None)


def _item(event: Event) -> PathItem | None:
    if event.kind is Kind.CHOICE:
        return ("choice", event.name, str(event.reason))
    if event.kind is Kind.STEP_END and event.step is not None:
        return ("step", event.step.agency, event.step.kind, str(event.result))
    if event.kind is Kind.LAST_RESORT:
        return ("last_resort", event.round)
    return None


class _Call:
    """One call under way: its clock, and who has answered."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.now = 0
        self.answered = False
        self.silent = False
        self.area = scenario.area
        self.language = scenario.spec.language
        self.failures = Failures(
            scenario.down, scenario.live.paused, scenario.trunk_up, scenario.mute
        )

    def events(self) -> Iterator[Event]:
        choice = Event(0, Kind.ARRIVAL)
        for choice in self._until_choice():
            yield choice
        emergency = choice.name
        watched = self.scenario.plan.callers.silent is not None
        self.silent = watched and choice.reason in SILENT_REASONS
        if choice.reason is not MenuReason.OVERLOAD:
            yield from self._chain(emergency, self._situation())
        for number in range(1, self.scenario.rounds + 1):
            if self.answered:
                return
            yield Event(self.now, Kind.LAST_RESORT, round=number)
            situation = self._situation()
            yield from self._ring(resort_entries(self.scenario.plan), situation)
            yield from self._steps(resort_steps(self.scenario.plan))
            if not self.answered:
                yield from self._comfort(number)
                yield from self._chain(emergency, situation)
        if not self.answered:
            yield Event(self.now, Kind.STILL_WAITING)

    def _situation(self) -> Situation:
        at = self.scenario.at + timedelta(milliseconds=self.now)
        return Situation(at, self.area, self.scenario.live)

    def _until_choice(self) -> Iterator[Event]:
        """Arrival and menu; the last event is the choice."""
        scenario = self.scenario
        yield Event(0, Kind.ARRIVAL)
        arrival = arrive(
            scenario.plan,
            scenario.number,
            scenario.area,
            scenario.recent,
            flagged=scenario.flagged,
        )
        self.area = arrival.area
        if arrival.reason in (MenuReason.FLAGGED, MenuReason.FLAGGED_SILENT):
            yield Event(0, Kind.PROMPT, CHALLENGE, self.language)
            self.now = scenario.spec.prompt_ms.get(self.language, {}).get(CHALLENGE, 0)
            if arrival.reason is MenuReason.FLAGGED_SILENT:
                self.now += CHALLENGE_WAIT_S * 1000
            name = arrival.emergency or scenario.plan.menu.default
            yield Event(self.now, Kind.CHOICE, name, self.language, arrival.reason)
            return
        if arrival.emergency is not None:
            yield Event(0, Kind.CHOICE, arrival.emergency, self.language, arrival.reason)
            return
        if scenario.crowded:
            name, reason = scenario.plan.menu.default, MenuReason.OVERLOAD
            yield Event(0, Kind.CHOICE, name, self.language, reason)
            return
        announced = calendar.announcement(scenario.plan, scenario.at, scenario.live)
        for event in drive(scenario.spec, scenario.presses, announced):
            self.now = event.at_ms
            match event:
                case Heard(prompt=prompt, language=language):
                    yield Event(self.now, Kind.PROMPT, prompt, language)
                case Pressed(key=key):
                    yield Event(self.now, Kind.KEY, key)
                case Over(language=language, finish=finish):
                    self.language = language
                    yield Event(self.now, Kind.CHOICE, finish.emergency, language, finish.reason)

    def _chain(self, emergency: str, situation: Situation) -> Iterator[Event]:
        chain = chain_of(self.scenario.plan, emergency, situation.at)
        return self._ring(entries(chain), situation)

    def _ring(self, turns: tuple[Entry, ...], situation: Situation) -> Iterator[Event]:
        plan = self.scenario.plan
        for turn in turns:
            if self.answered:
                return
            target = resolve(plan, turn.agency, situation.at, situation.live)
            if target != turn.agency:
                yield Event(self.now, Kind.STANDS_IN, turn.agency, other=target or "")
            if target is not None:
                yield from self._steps(agency_steps(plan, target, turn.seconds, situation.area))

    def _steps(self, steps: tuple[Step, ...]) -> Iterator[Event]:
        for step in steps:
            if self.answered:
                return
            yield from self._step(step)

    def _step(self, step: Step) -> Iterator[Event]:
        rung = tuple(dict.fromkeys(a for a, _ in ringing(self.scenario.plan, step, self.failures)))
        yield Event(self.now, Kind.STEP, step.agency, step=step, ringing=rung)
        who = next((agency for agency in rung if agency in self.scenario.answers), None)
        if who is not None:
            self.answered = True
            yield Event(self.now, Kind.STEP_END, step.agency, step=step, result=Result.ANSWERED)
            yield Event(self.now, Kind.ANSWERED, who, step=step)
            if self.silent:
                yield Event(self.now, Kind.IF_SILENT, self.scenario.plan.menu.default)
            return
        if rung or waits(self.scenario.plan, step, self.failures):
            self.now += ring_ms(step)
        result = Result.NO_ANSWER if rung else Result.UNAVAILABLE
        yield Event(self.now, Kind.STEP_END, step.agency, step=step, result=result)

    def _comfort(self, number: int) -> Iterator[Event]:
        lengths = self.scenario.spec.prompt_ms.get(self.language, {})
        if number % ALL_BUSY_EVERY == 1 and ALL_BUSY in lengths:
            yield Event(self.now, Kind.COMFORT, ALL_BUSY, self.language)
            self.now += lengths[ALL_BUSY]
        yield Event(self.now, Kind.COMFORT, RING, self.language)
        self.now += lengths.get(RING, RING_MS) + PAUSE_MS


def answering(plan: Plan, silent: Iterable[str]) -> frozenset[str]:
    """Everybody but the agencies that let it ring: ``answers`` for such a scenario."""
    return frozenset(plan.agencies) - frozenset(silent)


def without_menu(scenario: Scenario, emergency: str) -> tuple[Event, ...]:
    """The call as it goes on after the menu, for any emergency; times since then."""
    plan = scenario.plan
    callers = plan.callers.model_copy(update={"hidden": emergency})
    hidden = replace(scenario, plan=plan.model_copy(update={"callers": callers}), number="")
    return simulate(hidden)
