"""Past calls through another plan: which would have gone elsewhere, and how. Pure.

What is not asked of a call's record is taken to have been the same: the area of its trunk, and live
state (which is not known of a past call); whoever was not rung then would have been there to ring.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

from siaga.names import MenuReason
from siaga.plan import calendar
from siaga.plan.arrival import MIN_DIGITS, arrive, digits_of
from siaga.plan.phones import Failures, ring_ms, ringing
from siaga.plan.route import Situation, last_resort, route

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from siaga.plan.model import Plan
    from siaga.plan.route import Step

UNAVAILABLE: Final = "unavailable"
ANSWERED: Final = "answered"
TRANSFERRED: Final = "transferred"
_NOBODY_CHOSE: Final = frozenset(
    (
        MenuReason.NO_INPUT,
        MenuReason.NO_MATCH,
        MenuReason.TIMEOUT,
        MenuReason.ERROR,
        MenuReason.OVERLOAD,
        MenuReason.FLAGGED,
        MenuReason.FLAGGED_SILENT,
    )
)
_FULL_RING_S: Final = 1.0
"""A telephone answered within this time after the last ring may as well have been answered then."""


@dataclass(frozen=True, slots=True)
class PastStep:
    """One ringing of a past call.

    Attributes:
        agency: who was rung. ``kind``: ``post``, ``queue`` or ``pstn``.
        result: a word of the call record; None while it rings.
        seconds: how long it rang; None when that is not known.
    """

    agency: str
    kind: str
    result: str | None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class PastCall:
    """What a past call's record says that matters here.

    Attributes:
        id: as in the record. ``caller``: number as the network sent it, hostile.
        began: arrival, aware; ``routed``: the first step's begin, aware, None without any.
        emergency: what was chosen; None: the caller left before. ``choice``: why.
        steps: in order.
        version: plan in force then.
    """

    id: str
    caller: str
    began: datetime
    emergency: str | None = None
    choice: str | None = None
    steps: tuple[PastStep, ...] = ()
    routed: datetime | None = None
    version: str | None = None


class Change(StrEnum):
    """What another plan would have made of a call; the worst first."""

    NOBODY = "nobody"
    """Nobody's telephone would have rung."""
    GONE = "gone"
    """The emergency is not in the plan any more."""
    FIRST = "first"
    """Somebody else would have been rung first."""
    LATER = "later"
    """The same agency first, others after it."""
    SOONER = "sooner"
    """The same agencies, but the one who answered would not have been rung so long."""
    SAME = "same"
    UNROUTED = "unrouted"
    """Nobody was rung then, so there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One past call judged.

    Attributes:
        emergency: where the other plan leads; for one that is gone, where its key leads now, None
            when that is nowhere.
        key_known: False when the plan of then is not there to tell which key it had.
        was: agencies rung then, in order, each once in a row.
        now: agencies the other plan rings, as many as were rung then and one more at most.
    """

    call: PastCall
    change: Change
    emergency: str | None = None
    was: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    key_known: bool = True


def replay(
    calls: Iterable[PastCall], plan: Plan, olds: Mapping[str, Plan] | None = None
) -> Iterator[Verdict]:
    """Judge calls in the order of their arrival.

    Args:
        calls: oldest first, so that repeat callers are known.
        plan: the plan to try.
        olds: plans that were in force, by version, as far as they are known: they tell which key
            led to an emergency that the new plan does not have.
    """
    recent: dict[str, tuple[datetime, str]] = {}
    for call in calls:
        yield _judge(call, plan, _Before((olds or {}).get(call.version or ""), recent))
        digits = digits_of(call.caller)
        if call.choice == MenuReason.DIGIT and call.emergency and len(digits) >= MIN_DIGITS:
            recent[digits] = (call.began, call.emergency)


@dataclass(frozen=True, slots=True)
class _Before:
    """The plan of then, if it is known, and what callers chose lately."""

    plan: Plan | None
    recent: Mapping[str, tuple[datetime, str]]


def _judge(call: PastCall, plan: Plan, before: _Before) -> Verdict:
    if call.emergency is None or not call.steps:
        return Verdict(call, Change.UNROUTED)
    steps = _until_answered(call.steps)
    rung = [step for step in steps if step.result != UNAVAILABLE]
    was = tuple(_once(step.agency for step in rung))
    emergency, area = _emergency(call, plan, before)
    if emergency not in plan.emergencies:
        leads_to = _by_key(call.emergency, plan, before.plan)
        return Verdict(call, Change.GONE, leads_to, was, key_known=before.plan is not None)
    at = calendar.local(plan, call.routed or call.began)
    crowded = call.choice == MenuReason.OVERLOAD
    new = list(_rung(plan, emergency, Situation(at, area), _Away.of(steps), crowded=crowded))
    if not new:
        return Verdict(call, Change.NOBODY, emergency, was)
    names = list(islice(_once(step.agency for step in new), len(was) + 1))
    if not was:
        return Verdict(call, Change.UNROUTED, emergency, was, tuple(names))
    change = _difference(was, tuple(names), rung, new)
    shown = names[: len(was)] if change is Change.SAME else names
    return Verdict(call, change, emergency, was, tuple(shown))


def _difference(
    was: tuple[str, ...], now: tuple[str, ...], rung: list[PastStep], new: list[Step]
) -> Change:
    if now[0] != was[0]:
        return Change.FIRST
    if now[: len(was)] != was:
        return Change.LATER
    last = rung[-1]
    if last.result == ANSWERED and last.seconds is not None:
        allowed = _time_of(new, was)
        if allowed + _FULL_RING_S < sum(step.seconds or 0.0 for step in rung[_last_run(rung) :]):
            return Change.SOONER
    return Change.SAME


def _last_run(rung: list[PastStep]) -> int:
    """Where the last agency's steps begin."""
    begin = len(rung) - 1
    while begin and rung[begin - 1].agency == rung[begin].agency:
        begin -= 1
    return begin


def _time_of(new: list[Step], was: tuple[str, ...]) -> float:
    """Seconds for which the new plan rings the last of the agencies, at its place in the order."""
    place, total, agency = -1, 0.0, None
    for step in new:
        if step.agency != agency:
            place, agency = place + 1, step.agency
        if place == len(was) - 1:
            total += ring_ms(step) / 1000
    return total


def _until_answered(steps: tuple[PastStep, ...]) -> tuple[PastStep, ...]:
    """The steps the plan led to: what comes after a human's answer is what that human did."""
    for index, step in enumerate(steps):
        if step.result == ANSWERED:
            return steps[: index + 1]
        if step.result == TRANSFERRED:
            return steps[:index]
    return steps


def _once(names: Iterable[str]) -> Iterator[str]:
    last = None
    for name in names:
        if name != last:
            yield name
        last = name


def _emergency(call: PastCall, plan: Plan, before: _Before) -> tuple[str | None, str | None]:
    """Where the new plan leads the caller, and the area it knows of them."""
    digits = digits_of(call.caller)
    chosen = None
    if plan.callers.repeat is not None and digits in before.recent:
        when, chosen = before.recent[digits]
        if (call.began - when).total_seconds() > plan.callers.repeat.within:
            chosen = None
    arrival = arrive(plan, call.caller, None, chosen)
    if arrival.emergency is not None:
        return arrival.emergency, arrival.area
    if call.choice in _NOBODY_CHOSE:
        return _default(call.emergency, plan, before.plan), arrival.area
    return call.emergency, arrival.area


def _default(emergency: str | None, plan: Plan, old: Plan | None) -> str:
    """Where the new plan leads a caller who pressed nothing, in the menu they were in then."""
    if old is not None and emergency != old.menu.default:
        for name, menu in old.menus.items():
            if menu.default == emergency and name in plan.menus:
                return plan.menus[name].default
    return plan.menu.default


def _by_key(emergency: str, plan: Plan, old: Plan | None) -> str | None:
    """Where the keys that led to an emergency lead now; None: nowhere, as far as is known."""
    if old is None:
        return None
    for digit, name in old.menu.digits.items():
        target = plan.menu.digits.get(digit)
        if name == emergency:
            return _leaf(plan, target, None)
        if name in old.menus:
            for second, leaf in old.menus[name].digits.items():
                if leaf == emergency:
                    return _leaf(plan, target, second)
    return None


def _leaf(plan: Plan, target: str | None, second: str | None) -> str | None:
    if target in plan.menus:
        menu = plan.menus[target]
        return menu.default if second is None else menu.digits.get(second)
    return target


@dataclass(frozen=True, slots=True)
class _Away:
    """Who could not be rung then: agencies without handsets, and those not reached by number."""

    handsets: frozenset[str]
    numbers: frozenset[str]

    @classmethod
    def of(cls, steps: tuple[PastStep, ...]) -> _Away:
        gone: dict[bool, set[str]] = {True: set(), False: set()}
        for step in steps:
            # A post without handsets says nothing of the others of its agency.
            if step.kind != "post" and step.result == UNAVAILABLE:
                gone[step.kind == "pstn"].add(step.agency)
        return cls(frozenset(gone[False]), frozenset(gone[True]))


def _rung(
    plan: Plan, emergency: str, situation: Situation, away: _Away, *, crowded: bool
) -> Iterator[Step]:
    """Steps in which somebody would have been rung: the chain, a last resort, the chain again.

    Whoever was led past the menu, as there were too many calls, begins by the last resort.
    """
    chain, resort = route(plan, emergency, situation), last_resort(plan, situation)
    failures = Failures(down=away.handsets)
    way = (*chain, *resort, *chain, *resort)
    for step in way[len(chain) :] if crowded else way:
        if step.kind == "pstn" and step.agency in away.numbers:
            continue
        if any(True for _ in ringing(plan, step, failures)):
            yield step
