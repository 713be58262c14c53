from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ops.evening.judge import CHECKS, judge
from ops.evening.model import Kind, Leaves
from siaga.keys import CallClass
from tests.unit.ops.evening.history import History, good

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.evening.evidence import Evidence


def broken(evidence: Evidence) -> set[str]:
    """The checks that do not hold."""
    return {check.code for check in judge(evidence) if not check.holds}


def test_a_good_evening_holds() -> None:
    """Every check holds, and each has a figure."""
    checks = judge(good().evidence())
    assert {check.code: check.wrong for check in checks if not check.holds} == {}
    assert all(check.figure for check in checks)
    assert len({check.code for check in checks}) == len(CHECKS)


def _a_real_call(made: History, **changes: float) -> None:
    made.call("08139", Kind.REAL, 52.0, emergency="medical", case="medical-9", **changes)  # type: ignore[arg-type]


def not_placed(made: History) -> Evidence:
    evidence = made.evidence()
    visits = (*evidence.script.visits, evidence.script.visits[0])
    return replace(evidence, script=replace(evidence.script, visits=visits))


def a_stranger_called(made: History) -> Evidence:
    made.call("08139", Kind.GHOST, 55.0)
    made.notes.placed.popitem()
    return made.evidence()


def a_fault(made: History) -> Evidence:
    made.notes.faults.append("201: no 200")
    return made.evidence()


def too_late(made: History) -> Evidence:
    _a_real_call(made, rung=18.0, answered=20.1, ended=25.0)
    return made.evidence()


def too_many_over_the_goal(made: History) -> Evidence:
    for place in range(2):
        made.call(
            f"08139{place}", Kind.REAL, 52.0 + place, emergency="medical", case=f"medical-{place}",
            rung=14.0, answered=16.0, ended=25.0,
        )  # fmt: skip
    return made.evidence()


def not_answered(made: History) -> Evidence:
    _a_real_call(made, rung=None, answered=None, ended=30.0)  # type: ignore[arg-type]
    made.called_back("08139", 90.0)
    return made.evidence()


def behind_a_prank(made: History) -> Evidence:
    made.call("08139", Kind.REAL, 52.0, emergency="", case="", rung=9.0, answered=11.0, ended=20.0)
    made.notes.placed["c16"] = replace(made.visits[-1], emergency="medical", case="medical-9")
    made.visits[-1] = made.notes.placed["c16"]
    made.call("08138", Kind.PRANK, 55.0, rung=3.5, answered=5.0, ended=9.0)
    return made.evidence()


def a_ghost_in_vain(made: History) -> Evidence:
    made.call("08139", Kind.GHOST, 52.0, rung=None, answered=None, ended=40.0, chosen=None)
    return made.evidence()


def a_fire_at_an_absent_agency(made: History) -> Evidence:
    made.call("08139", Kind.REAL, 21.0, emergency="fire", case="fire-9", extension="201")
    return made.evidence()


def no_fire_in_the_outage(made: History) -> Evidence:
    made.notes.away = None
    return made.evidence()


def not_flagged(made: History) -> Evidence:
    made.call("081360", Kind.PRANK, 90.0)
    return made.evidence()


def flagged_for_nothing(made: History) -> Evidence:
    made.call("08139", Kind.GHOST, 52.0, mark=" DITANDAI")
    return made.evidence()


def classed_wrongly(made: History) -> Evidence:
    made.call("08139", Kind.GHOST, 52.0, chosen=None, word=CallClass.PRANK)
    return made.evidence()


def not_classed(made: History) -> Evidence:
    made.call("08139", Kind.GHOST, 52.0, chosen=None)
    made.notes.said.pop()
    return made.evidence()


def an_incident_torn_apart(made: History) -> Evidence:
    evidence = made.evidence()
    first, *others = evidence.incidents
    torn = {**first, "calls": first["calls"][1:]}, {**first, "id": 99, "calls": first["calls"][:1]}
    return replace(evidence, incidents=(*torn, *others))


def two_incidents_joined(made: History) -> Evidence:
    evidence = made.evidence()
    first, second, *others = evidence.incidents
    both = {**first, "calls": [*first["calls"], *second["calls"]]}
    return replace(evidence, incidents=(both, *others))


def an_incident_of_another_kind(made: History) -> Evidence:
    evidence = made.evidence()
    first, *others = evidence.incidents
    return replace(evidence, incidents=({**first, "emergency": "order"}, *others))


def somebody_is_due(made: History) -> Evidence:
    made.due.append({"number": "081350"})
    return made.evidence()


def not_called_back(made: History) -> Evidence:
    made.far.pop()
    return made.evidence()


def called_back_for_a_moment(made: History) -> Evidence:
    made.far.pop()
    made.called_back("081370", 65.0, lasts=0.3)
    return made.evidence()


def refused(made: History) -> Evidence:
    account = made.call("08139", Kind.POCKET, 52.0, rung=None, answered=None, chosen=None,
                        leaves=Leaves.MENU)  # fmt: skip
    made.change(account, status=486, up=None, left=False)
    return made.evidence()


def ended_by_the_centre(made: History) -> Evidence:
    account = made.call("08139", Kind.POCKET, 52.0, rung=None, answered=None, chosen=None,
                        leaves=Leaves.MENU)  # fmt: skip
    made.change(account, left=False)
    return made.evidence()


def without_a_record(made: History) -> Evidence:
    evidence = made.evidence()
    records = tuple(record for record in evidence.records if record.caller != "081350")
    return replace(evidence, records=records)


def another_report(made: History) -> Evidence:
    evidence = made.evidence()
    total = {**evidence.report["total"], "talked_15": evidence.report["total"]["talked_15"] - 1}
    return replace(evidence, report={**evidence.report, "total": total})


def another_group(made: History) -> Evidence:
    evidence = made.evidence()
    by = {**evidence.report["by"], "handset": {"damkar/999": {"calls": 1}}}
    return replace(evidence, report={**evidence.report, "by": by})


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (not_placed, {"placed"}),
        (a_stranger_called, {"placed"}),
        (a_fault, {"placed"}),
        (too_late, {"goal"}),
        (too_many_over_the_goal, {"goal"}),
        (not_answered, {"goal"}),
        (behind_a_prank, {"turns"}),
        (a_ghost_in_vain, {"reached"}),
        (a_fire_at_an_absent_agency, {"outage"}),
        (no_fire_in_the_outage, {"outage"}),
        (not_flagged, {"flags"}),
        (flagged_for_nothing, {"flags"}),
        (classed_wrongly, {"classes"}),
        (not_classed, {"classes"}),
        (an_incident_torn_apart, {"incidents"}),
        (two_incidents_joined, {"incidents"}),
        (an_incident_of_another_kind, {"incidents"}),
        (somebody_is_due, {"callbacks"}),
        (not_called_back, {"callbacks"}),
        (called_back_for_a_moment, {"callbacks"}),
        (refused, {"lost"}),
        (ended_by_the_centre, {"lost"}),
        (without_a_record, {"lost"}),
        (another_report, {"report"}),
        (another_group, {"report"}),
    ],
)
def test_what_goes_wrong_is_found(change: Callable[[History], Evidence], codes: set[str]) -> None:
    """Each thing that must not be is found by its check, and by no other."""
    assert broken(change(good())) == codes


def test_whoever_is_wronged_is_named() -> None:
    """With the number, the time and the id of the call's record."""
    (check,) = (check for check in judge(too_late(good())) if check.code == "goal")
    assert "08139 +52.0s evening-" in "\n".join(check.wrong)
