"""The compiler against the real thing: every tier, every failure, any hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from ops import render
from siaga.names import LIVE_FAMILY
from siaga.plan import Plan
from siaga.plan.live import Override
from tests.fuzz.plans import Ports, make
from tests.fuzz.run import CASES_A_PLAN, PLANS_AT_ONCE, Wanted, calls_of, fuzz, story

if TYPE_CHECKING:
    from pathlib import Path

CASES = 200
SEED = 112
ONE_BY_ONE = pytest.mark.xdist_group("fuzz")
"""Both take the same thousands of ports for audio."""
CLOSED = "13"
"""A plan whose calls pass over closed agencies, and come to their end soon."""


@pytest.mark.live
@pytest.mark.alone
@ONE_BY_ONE
@pytest.mark.timeout(600)
async def test_calls_go_the_way_that_was_foretold(tmp_path: Path) -> None:
    """On random plans, a real Asterisk sends each random call the way that simulate foretells."""
    report = await fuzz(tmp_path, Wanted(SEED, CASES), print)
    assert not report.differences, "\n\n".join(map(story, report.differences))
    # What is left out, or had to be placed again, must not become what is tested.
    assert report.played >= CASES * 0.9
    assert report.unsteady <= CASES * 0.2


@pytest.mark.live
@pytest.mark.alone
@ONE_BY_ONE
@pytest.mark.timeout(300)
async def test_a_compiler_that_forgets_something_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a dialplan that never looks whether an agency was closed by hand, a call tells."""
    compiled = render.render_version

    def forgetful(*given: object) -> dict[str, str]:
        files = compiled(*given)  # type: ignore[arg-type]
        asked = f"{LIVE_FAMILY}/{Override.CLOSED}/"
        assert asked in files["extensions.conf"]
        return {name: text.replace(asked, f"{asked}x") for name, text in files.items()}

    monkeypatch.setattr(render, "render_version", forgetful)
    report = await fuzz(tmp_path, Wanted(SEED, CASES_A_PLAN, CLOSED), print)
    differing = [found.case for found in report.differences]
    assert differing
    assert all(case.scenario.live.closed for case in differing)
    assert len(differing) < report.played


def test_plans_have_all_that_a_plan_can_have() -> None:
    """Every part of the plan's language is in some plan."""
    plans = [make(SEED, index, Ports(1, 2)) for index in range(20)]
    parts = {part for made in plans for part in yaml.safe_load(made.text)}
    assert parts == set(Plan.model_fields)


def test_a_seed_makes_the_same_calls_again() -> None:
    """Whatever ports were free: each call presses the same keys, and has the same way foretold."""
    places = list(Wanted(SEED, 100).places())
    ones = [calls_of(SEED, index, numbers, Ports(5001, 5002)) for index, numbers in places]
    others = [calls_of(SEED, index, numbers, Ports(6001, 6002)) for index, numbers in places]
    calls = [(case.name, case.keys, case.way) for _, cases in ones for case in cases]
    assert calls == [(case.name, case.keys, case.way) for _, cases in others for case in cases]


def test_plans_that_live_at_the_same_time_have_nothing_in_common() -> None:
    """What a call sets in Asterisk's database is read by the calls of its own plan alone."""
    owners: dict[tuple[str, str], set[int]] = {}
    for index in range(PLANS_AT_ONCE):
        for case in calls_of(SEED, index, range(CASES_A_PLAN), Ports(1, 2))[1]:
            for family, key, _, _ in case.entries:
                owners.setdefault((family, key), set()).add(index)
    assert owners
    assert [key for key, plans in owners.items() if len(plans) > 1] == []
