"""The page on failures says what the fault matrix tries."""

from __future__ import annotations

import re
from pathlib import Path

from ivr.guard import BEAT_S, SILENT_BEATS
from router.alarms import Kind
from siaga.settings import PROJECT
from tests.live.faults.breakers import BREAKERS
from tests.live.faults.cells import CHOICES, FAULTS
from tests.live.faults.page import PAGE, rendered

MOST_MORE_S = 3.0
"""What a caller may wait more for one fault."""


def test_page_is_written_from_the_matrix() -> None:
    """The table is the one that the matrix's cells give."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == rendered(text), "python -m tests.live.faults.page writes it anew"
    assert all(f"`{fault.name}`" in text for fault in FAULTS)


def test_every_test_the_page_names_is_there() -> None:
    """Each file and each decision that the page leads to exists."""
    text = PAGE.read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/.]+)`", text)
    assert named
    assert [path for path in named if not (PROJECT / path).exists()] == []
    linked = re.findall(r"\]\(([\w/.-]+)\)", text)
    assert [path for path in linked if not Path(PAGE.parent / path).resolve().exists()] == []


def test_every_fault_can_be_made_and_each_moment_has_its_own_handset() -> None:
    """No fault of the table is without its way to be made, and none is made that is not there."""
    assert list(BREAKERS) == [fault.name for fault in FAULTS]
    assert len({choice.handset for choice in CHOICES.values()}) == len(CHOICES)


def test_every_alarm_the_page_names_is_there() -> None:
    """What is no alarm of the router's is a rule of Prometheus's."""
    rules = (PROJECT / "ops" / "alerts.rules.yml").read_text(encoding="utf-8")
    named = {alarm for fault in FAULTS for alarm in fault.alarms if not isinstance(alarm, Kind)}
    assert named
    assert [name for name in named if f"- alert: {name}\n" not in rules] == []


def test_one_fault_costs_a_caller_at_most_three_seconds_by_what_is_configured() -> None:
    """A menu that takes no call, or hangs, is left in less than the caller may wait more."""
    menu = (PROJECT / "asterisk-conf" / "plan" / "menu.j2").read_text(encoding="utf-8")
    before_agi = menu.partition("AGI(agi://")[0]
    assert float(re.findall(r"TIMEOUT\(absolute\)=(\d+)", before_agi)[-1]) < MOST_MORE_S
    assert BEAT_S * SILENT_BEATS < MOST_MORE_S
