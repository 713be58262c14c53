"""Which telephones rang, and what stood on them, against what was to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ops.render.templates import label
from siaga.names import MenuReason
from siaga.plan.arrival import MIN_DIGITS, digits_of, known_caller
from siaga.plan.model import RING_ALL
from siaga.plan.phones import Failures, ringing
from siaga.plan.simulate import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from siaga.plan.route import Step
    from tests.fuzz.cases import Case
    from tests.fuzz.handsets import Rang

STILL_US: Final = 2_500_000
"""Longest that a busy Asterisk takes a telephone for ringing that rings no more."""
NEVER_US: Final = 100_000
"""Asterisk counts whole seconds: a step of one that begins as a second ends is over at once."""
AFTER_S: Final = 0.4
"""We may take note of a ringing so late: our own process is one of many on the machine."""


def wrong(case: Case, rang: Sequence[Rang], spans: Sequence[tuple[int, int]]) -> str:
    """What is wrong with what rang; empty: nothing.

    Args:
        case: as it was played, its way being the foretold one.
        rang: telephones of its plan that were called.
        spans: when each step was up, in microseconds since the epoch.
    """
    steps = [event.step for event in case.foretold if event.kind is Kind.STEP and event.step]
    allowed: set[str] = set()
    ended: dict[str, int] = {}
    for number, (step, (begin, end)) in enumerate(zip(steps, spans, strict=False)):
        users = set(_users(case, step))
        allowed |= users
        heard = {r.user for r in rang if begin / 1e6 <= r.at <= end / 1e6 + AFTER_S} & users
        # Who was rung shortly before may still be taken for ringing, and is then not rung before a
        # second has gone by: by then a step that is shortened so much is over.
        excused = {user for user in users if begin - ended.get(user, 0) < STILL_US}
        if end - begin < NEVER_US or _is_answered(case, step, steps):
            excused = users
        lacking = users - heard - excused
        if lacking and (_rings_all(case, step) or not heard | excused):
            moments = sorted(f"{r.user} {r.at - begin / 1e6:+.2f}" for r in rang if r.user in users)
            return (
                f"step {number} {step.agency} {step.kind} of {(end - begin) / 1e6:.2f} s: "
                f"{sorted(lacking)} did not ring; these rang, in seconds from its beginning: "
                f"{', '.join(moments) or 'none'}"
            )
        ended.update(dict.fromkeys(users, end))
    # Steps that came after the foretold ones, before the caller was gone, are nobody's fault.
    last = spans[len(steps) - 1][1] / 1e6 if 0 < len(steps) <= len(spans) else 0.0
    others = {r.user for r in rang if r.at <= last} - allowed
    return f"{sorted(others)} rang" if others else _shown(case, rang)


def _users(case: Case, step: Step) -> Iterator[str]:
    scenario = case.scenario
    failures = Failures(scenario.down, scenario.live.paused, scenario.trunk_up, scenario.mute)
    return (user for _, user in ringing(scenario.plan, step, failures))


def _rings_all(case: Case, step: Step) -> bool:
    agency = case.scenario.plan.agencies.get(step.agency)
    return agency is None or agency.strategy == RING_ALL


def _is_answered(case: Case, step: Step, steps: Sequence[Step]) -> bool:
    """Whether somebody answers in this step, which the others may then not come to ring in."""
    return step is steps[-1] and bool(case.scenario.answers)


def _shown(case: Case, rang: Sequence[Rang]) -> str:
    own = set(case.scenario.plan.extensions)
    wanted = display(case)
    for ring in rang:
        if ring.user in own and ring.shown != wanted:
            return f"{ring.user} shows {ring.shown!r} instead of {wanted!r}"
    return ""


def display(case: Case) -> str:
    """What is to stand on a handset: again, the emergency, and who or whence."""
    scenario = case.scenario
    _, emergency, reason, _ = case.way[0]
    again = "ULANG " if reason == MenuReason.REPEAT else ""
    name = label(scenario.plan.emergencies[emergency].name.id).upper()
    known = known_caller(scenario.plan, case.number)
    mark = f" {scenario.area}" if scenario.area else ""
    if known is not None:
        mark = f" {label(known.name)}"
    elif len(digits_of(case.number)) < MIN_DIGITS:
        mark += " TANPA NOMOR"
    return f"{again}{name}{mark}"
