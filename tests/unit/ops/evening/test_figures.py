from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops.evening.figures import Span, compared
from ops.evening.model import Kind, Leaves
from siaga.keys import CallClass
from tests.unit.ops.evening.history import BEGAN, History


def figures(made: History) -> dict[str, str]:
    """What SIPp's messages come to, by name."""
    return {one.name: str(one.ours) for one in compared(made.evidence())}


def mixed() -> History:
    """Six calls, each counted elsewhere."""
    made = History()
    made.call("0811", Kind.REAL, 1.0, emergency="fire", answered=9.0, ended=20.0)
    made.call(
        "0812", Kind.REAL, 2.0, emergency="fire", extension="102", rung=11.0, answered=12.0,
        ended=30.0, word=CallClass.INFORMATION,
    )  # fmt: skip
    made.call("0813", Kind.GHOST, 3.0, rung=16.0, answered=18.0, ended=30.0, chosen=None)
    gone: dict[str, Any] = {"answered": None, "leaves": Leaves.MENU}
    made.call("0814", Kind.POCKET, 4.0, rung=None, ended=4.0, chosen=None, **gone)
    made.call("0815", Kind.REAL, 5.0, emergency="medical", rung=3.0, ended=16.0, **gone)
    made.call("0811", Kind.PRANK, 90.0, mark=" DITANDAI")
    return made


def test_the_figures_of_calls() -> None:
    """Counted by hand."""
    found = figures(mixed())
    expected = {
        "calls": 6, "answered": 4, "talked": 4, "transferred": 0, "refused": 0, "lost": 0,
        "open": 0, "abandoned": 2, "abandoned_menu": 1, "abandoned_ringing": 1,
        "abandoned_before_10": 1, "abandoned_from_10": 1,
        "talked_10": 2, "talked_15": 3, "talked_20": 4,
        "due_10": 5, "due_15": 5, "due_20": 4,
        "share_10": 40, "share_15": 60, "share_20": 100,
        "silent": 1, "hidden": 0, "repeat": 1, "flagged": 1, "flagged_emergency": 0, "overflow": 1,
        "class_emergency": 1, "class_information": 1, "class_prank": 1, "class_ghost": 1,
        "class_test": 0, "class_none": 2,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == {
        name: str(count) for name, count in expected.items()
    }


def test_the_figures_of_groups() -> None:
    """By what handsets showed, who answered, and the hour in the centre's time."""
    found = figures(mixed())
    groups = {name: count for name, count in found.items() if "=" in name}
    assert groups == {
        "emergency=-": "1", "emergency=fire": "2", "emergency=medical": "1",
        "emergency=operator": "2",
        "agency=-": "2", "agency=damkar": "1", "agency=kominfo": "3",
        "handset=-": "2", "handset=damkar/201": "1", "handset=kominfo/101": "2",
        "handset=kominfo/102": "1",
        "hour=20": "6",
    }  # fmt: skip


def test_waits_are_compared_by_rank() -> None:
    """To a tenth of a second, rounded up, as far as the two clocks may be apart."""
    made = History()
    for place in range(10):
        made.call(f"081{place}", Kind.GHOST, place, answered=3.02 + place / 2, ended=12.0)
    found = figures(made)
    assert (found["wait_p50_s"], found["wait_p90_s"], found["wait_p95_s"]) == (
        "5-5.1", "7-7.1", "7.5-7.6",
    )  # fmt: skip


@pytest.mark.parametrize("wait", [14.96, 15.0, 15.04])
def test_a_wait_near_a_limit_is_named(wait: float) -> None:
    """The figure may be either, and so may the share; the call is told."""
    made = History()
    account = made.call("0811", Kind.REAL, 1.0, rung=13.0, answered=wait, ended=30.0)
    (within,) = (one for one in compared(made.evidence()) if one.name == "talked_15")
    assert (within.ours.least, within.ours.most, within.ours.edges) == (0, 1, [account])
    assert [within.ours.has(count) for count in (0, 1, 2, None)] == [True, True, False, False]
    (share,) = (one for one in compared(made.evidence()) if one.name == "share_15")
    assert str(share.ours) == "0-100"


@pytest.mark.parametrize("left", [9.96, 10.04])
def test_a_departure_near_a_limit_is_named(left: float) -> None:
    """It may be before or after it."""
    made = History()
    made.call("0811", Kind.POCKET, 1.0, rung=3.0, answered=None, ended=left)
    found = figures(made)
    assert found["abandoned_before_10"] == found["abandoned_from_10"] == found["due_10"] == "0-1"


def test_who_chose_and_was_not_rung_for_may_have_waited() -> None:
    """SIP does not tell whether the caller left the menu or a queue."""
    made = History()
    made.call("0811", Kind.REAL, 1.0, emergency="fire", rung=None, answered=None, ended=3.0)
    found = figures(made)
    assert found["abandoned_menu"] == found["abandoned_ringing"] == found["silent"] == "0-1"
    assert found["emergency=fire"] == found["emergency=-"] == "0-1"


def test_a_call_at_the_turn_of_the_hour_may_be_in_either() -> None:
    """By as much as the clocks may be apart."""
    made = History()
    account = made.call("0811", Kind.GHOST, 1.0)
    made.change(account, arrived=BEGAN + 3600.02)
    found = figures(made)
    assert (found["hour=20"], found["hour=21"]) == ("0-1", "0-1")


def test_what_only_the_report_has_is_compared_too() -> None:
    """A group of which SIPp knows no call."""
    made = mixed().evidence()
    by = {**made.report["by"], "agency": {"polres": {"calls": 1}}}
    changed = replace(made, report={**made.report, "by": by})
    wrong = {one.name: one.theirs for one in compared(changed) if not one.equal}
    assert wrong == {
        "agency=polres": 1, "agency=-": 0, "agency=damkar": 0, "agency=kominfo": 0,
    }  # fmt: skip


def test_a_figure_that_the_report_lacks_is_not_equal() -> None:
    """Nor is one that is no number."""
    assert not Span.of(1).has(None)
    assert not Span.of(1).has("1")
