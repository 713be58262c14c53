"""The comparison's pure parts: its ways, what it calls a goal met, its page and plots."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from ops.dialplan import parse
from ops.dialplan_lint import rendered
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.bench import report
from tests.bench.capacity import Steps
from tests.bench.feed import call_events, told
from tests.bench.held import Cost, Step, cost
from tests.bench.model import Costs, Machine, need
from tests.bench.shares import NoGroupsError, share
from tests.bench.spread import Spread
from tests.bench.svg import bars
from tests.bench.ways import RIVAL_AGI, RIVAL_ARI, WAYS, rivals

if TYPE_CHECKING:
    from pathlib import Path

KUTIM = PROJECT / "plans" / "kutim.yaml"
TEXT = rendered(KUTIM)


def found(ours: float, held: float = 50) -> dict[str, object]:
    same = Spread((4.0, 5.0, 6.0))
    menu = {
        "calls": 3,
        "digit_to_invite_ms": same,
        "digit_to_invite_p99_ms": 6.0,
        "asterisk_ms": same,
        "menu_ms": same,
        "cpu_ms": same,
    }
    about = dict.fromkeys(("command", "when", "cpu", "versions", "others", "faults"), "x & y")
    return {
        "ready_s": 1.0,
        "about": {**about, "processors": 2, "load_before": 0.1, "load_after": 0.2, "calls": 3},
        "menus": {way.key: menu for way in WAYS},
        "capacity": {
            "ours": {"held": Spread((held,)), "p99_ms": {20: same}},
            "native": {"held": Spread((50.0,)), "p99_ms": {20: same}},
            "ratio": Spread((held / 50.0,)),
        },
        "events": {"sqlite": {"ours": Spread((ours,)), "rival": Spread((100.0,))}},
        "start": {
            **dict.fromkeys(("ready_s", "again_s", "apply_s", "board_ms"), same),
            "board_p99_ms": 9.0,
            "changes": 3,
        },
        "nodes": {
            "share": 0.3,
            "quiet_rate": 4.0,
            "late_ms": 500.0,
            "ways": {
                key: {
                    "nodes": nodes,
                    "held": Spread((7.0 * nodes,)),
                    **dict.fromkeys(("ring_ms", "node_ms", "edge_ms"), same),
                }
                for key, nodes in (("direct", 1), ("1", 1), ("2", 2), ("3", 3))
            },
        },
    }


def test_rivals_go_the_real_way_but_for_what_runs_the_menu() -> None:
    """A rival's call has the real arrival before it and goes on where a choice was made."""
    version = load_plan(KUTIM).version
    made = parse(rivals(TEXT, 4573).replace("(+)", ""))["from-trunk"]
    real = [line.application for line in parse(TEXT)[f"{version}-arrival"]["s"].lines][:-1]
    for dialled, runs in ((RIVAL_AGI, "AGI(agi://127.0.0.1:4573/menu)"), (RIVAL_ARI, "Stasis(")):
        lines = [line.application for line in made[dialled].lines]
        assert lines[: len(real)] == real
        assert lines[-2].startswith(runs)
        assert lines[-1] == f"Goto({version}-menu,s,chosen)"


def test_only_what_is_worse_than_half_a_goal_fails() -> None:
    """Twenty times is the goal, ten is half of it; what was not measured is neither."""
    for ours, met, half in ((2000, True, True), (1000, False, True), (999, False, False)):
        goal = report.goals(found(ours))[1]
        assert (goal["met"], goal["half"]) == (met, half)
    nothing = report.goals({"capacity": {"ratio": Spread((math.nan,))}})
    assert math.isnan(nothing[0]["value"])
    assert not nothing[0]["half"]


def test_the_page_names_every_way_and_every_goal() -> None:
    """Nothing that was measured is left out of the page."""
    page = report.markdown(found(2000))
    assert all(way.name in page for way in WAYS)
    assert all(goal["name"] in page for goal in report.goals(found(2000)))
    json.dumps(report.plain(found(2000)))
    assert "| edge, 3 nodes | 21.0 (21.0 to 21.0) | 3.00 |" in page
    assert "| start in a new home, s | 5.00 (4.00 to 6.00) |" in page


def test_a_page_without_nodes_says_why() -> None:
    """On a machine that gives no shares the page says so instead of leaving it out."""
    made = {key: value for key, value in found(2000).items() if key != "nodes"}
    assert "not measured: no shares of this machine (x)" in report.markdown(
        made | {"no_groups": "x"}
    )


def test_without_groups_a_share_cannot_be_had(tmp_path: Path) -> None:
    """Where Linux lets us make no group, that is what is said, and nothing is left behind."""
    (tmp_path / "cpu").mkdir()
    with pytest.raises(NoGroupsError), share("x", 0.5, tmp_path):
        pass
    assert not list((tmp_path / "cpu").iterdir())


def test_plots_are_whole_documents_with_a_bar_for_each_row() -> None:
    """What is drawn can be read, whatever is in a name."""
    text = bars("a < b", "ms", [("x & y", Spread((1.0, 3.0)), True), ("z", Spread((9.0,)), False)])
    root = ET.fromstring(text)  # noqa: S314 (our own)
    bars_ = [each for each in root if each.get("class") in {"o", "r"}]
    assert [float(each.get("width", "")) for each in bars_] == [93.3, 420.0]
    for plot in report.plots(found(2000)).values():
        ET.fromstring(plot)  # noqa: S314 (our own)


def test_told_calls_are_recorded_ones_with_ids_of_their_own() -> None:
    """Two calls that are told share no id, and every header of the recorded one is there."""
    events = call_events()
    first, second = (told(events[0], number, 1.5, "0123456789ab").decode() for number in (1, 2))
    ids = [
        {line for line in text.splitlines() if line.startswith(("UniqueID", "LinkedID", "Channel"))}
        for text in (first, second)
    ]
    assert not ids[0] & ids[1]
    assert "Timestamp: 1.500000" in first
    assert first.count(": ") == len(events[0])


def test_rates_are_fine_near_the_limit_and_the_lowest_is_always_tried() -> None:
    """A run begins at the first rate and goes on a little below what was held before, by tens."""
    steps = Steps(5, 3.0)
    assert steps.after([]) == (40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140)
    assert steps.after([110.0, 90.0]) == (40, 80, 90, 100, 110, 120, 130, 140)


def test_a_call_held_costs_the_slope_and_not_what_the_parts_cost_without_one() -> None:
    """What is there without a call is no call's cost; what has no cost has no limit."""
    steps = [Step(0, 50.0, 90_000.0), Step(20, 90.0, 92_000.0), Step(40, 130.0, 94_000.0)]
    assert cost(steps) == pytest.approx(Cost(2.0, 100.0))
    assert cost(steps).most(2) == pytest.approx(800)
    assert Cost(0.0, 0.0).most(2) == math.inf


def test_the_model_says_how_many_nodes_and_what_is_full_first() -> None:
    """A million calls a day are 83 a second in the worst minutes; twice as many need twice it."""
    costs = Costs(20.0, 17.0, 60.0, 1.0, 2.0, 500.0, 400.0)
    one, two = (need(calls, costs, Machine(2, 4e6)) for calls in (1e6, 2e6))
    assert one.per_s == pytest.approx(83.3, abs=0.1)
    assert one.at_once == pytest.approx(8500)
    assert one.first == "processors of the nodes"
    assert one.edges == 0
    edged = need(1e6, replace(costs, edge_ms=4.0), Machine(2, 4e6))
    assert edged.shares["processors of the edge"] == pytest.approx(83.3 * 4 / 1600, rel=0.01)
    assert edged.edges == 2
    assert edged.nodes == one.nodes
    assert all(two.shares[name] == pytest.approx(2 * share) for name, share in one.shares.items())
    assert one.nodes == math.ceil(one.shares[one.first]) + 1
    slow = need(1e6, replace(costs, rows=1.0), Machine(2, 4e6))
    assert slow.first == "commits of the one database"
    assert slow.nodes == one.nodes
