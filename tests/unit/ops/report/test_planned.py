"""What the plan of a call says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from router.calls.record import ERASED
from router.report import Planned
from router.report.planned import Planner
from siaga import places
from siaga.plan import load_plan, parse_plan
from siaga.plan.past import PlansOfCalls
from siaga.settings import KUTIM, PROJECT
from tests.unit.router.store.records import record

TEXT = (
    (PROJECT / "plans" / "kutim.yaml")
    .read_text(encoding="utf-8")
    .replace("\nareas:\n", "\nareas:\n  - muara\n")
    .replace(
        "\n  repeat: {within: 10m}",
        """
  known:
    - {number: "0549000300", name: Pos, area: sangatta-selatan}
    - {number: "+62549000301", name: Kantor}
    - {number: "0549000302", name: Kapal, area: muara}
  repeat: {within: 10m}""",
    )
    + """
trunks:
  north: {from: [10.1.2.3, "fd00::7"], area: sangatta-utara}
  south: {from: [10.1.2.4], area: sangatta-selatan}
  port: {from: [10.1.2.6], area: muara}
  bare: {from: [10.1.2.5]}
"""
)
PLAN = parse_plan(TEXT.encode())
REGENCY = places.load(KUTIM)
NORTH, SOUTH = "64.08.04", "64.08.12"


def planned(**changes: Any) -> Planned:
    """What the plan says of a call."""
    made = record(**{"caller": "081234", "plan_version": PLAN.version, **changes})
    return Planner(PlansOfCalls(Path("nowhere"), PLAN), REGENCY).of(made)


@pytest.mark.parametrize(
    ("address", "caller", "trunk", "district"),
    [
        ("10.1.2.3", "081234", "north", NORTH),
        ("fd00::7", "anonymous", "north", NORTH),
        ("10.1.2.4", ERASED, "south", SOUTH),
        ("10.1.2.5", "081234", "bare", None),
        ("10.1.2.6", "081234", "port", None),
        ("10.9.9.9", "081234", "siaga_trunks", None),
        (None, "081234", None, None),
        ("<script>", "081234", "siaga_trunks", None),
        ("10.1.2.3", "0549000300", "north", SOUTH),
        ("10.9.9.9", "+62549000300", "siaga_trunks", SOUTH),
        ("10.1.2.3", "0549000301", "north", NORTH),
        ("10.1.2.3", "0549000302", "north", None),
    ],
)
def test_trunk_and_kecamatan_are_the_plan_s(
    address: str | None, caller: str, trunk: str | None, district: str | None
) -> None:
    """A known number's area before its trunk's, as the dialplan has it; an area may be no place."""
    assert planned(address=address, caller=caller) == Planned(None, trunk, district)


@pytest.mark.parametrize("version", [None, "ffffffffffff", "../../etc/passwd", ""])
def test_a_plan_that_is_gone_says_nothing(version: str | None) -> None:
    """Neither trunk nor kecamatan nor agency are made up by another plan."""
    assert planned(address="10.1.2.3", emergency="fire", plan_version=version) == Planned()


def test_without_places_there_is_no_kecamatan() -> None:
    """A list of places that cannot be read costs the kecamatan, not the trunk."""
    planner = Planner(PlansOfCalls(Path("nowhere"), PLAN), None)
    call = record(plan_version=PLAN.version, address="10.1.2.3")
    assert planner.of(call) == Planned(None, "north", None)


@pytest.mark.parametrize("name", ["kutim", "kutim-polres"])
def test_each_area_of_the_regency_s_plan_is_a_kecamatan(name: str) -> None:
    """Otherwise its calls would be counted as of nowhere."""
    areas = load_plan(PROJECT / "plans" / f"{name}.yaml").plan.areas
    assert len({REGENCY.district(area).code for area in areas}) == len(areas) == 18


def test_the_first_agency_is_that_of_the_call_s_own_plan(tmp_path: Path) -> None:
    """A call goes by the plan it began with; one whose plan is not known is not judged."""
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    current = tmp_path / "routing.yaml"
    current.write_text(text, encoding="utf-8")
    earlier = tmp_path / "earlier.yaml"
    earlier.write_text(text.replace("agency: damkar", "agency: bpbd", 1), encoding="utf-8")
    version = load_plan(earlier).version
    (tmp_path / version).mkdir()
    earlier.rename(tmp_path / version / "routing.yaml")
    (tmp_path / "0123456789ab").mkdir()
    (tmp_path / "0123456789ab" / "routing.yaml").write_text(text, encoding="utf-8")
    plan = load_plan(current)
    planned = Planner(PlansOfCalls(current, plan), None).of
    for of_call, agency in (
        (plan.version, "damkar"),
        (version, "bpbd"),
        ("ffffffffffff", None),
        ("0123456789ab", None),
        (f"../{version}", None),
        (None, None),
    ):
        call = record(emergency="fire", plan_version=of_call)
        assert planned(call).first == agency, of_call
    assert planned(record(emergency="gone", plan_version=plan.version)).first is None
    assert planned(record(plan_version=plan.version)).first is None


def test_via_is_first(tmp_path: Path) -> None:
    """Where a call taker answers and forwards, the call taker's agency is the first."""
    plan = load_plan(PROJECT / "plans" / "kutim-via-kominfo.yaml")
    via = next(name for name, one in plan.plan.emergencies.items() if one.via)
    call = record(emergency=via, plan_version=plan.version)
    planned = Planner(PlansOfCalls(tmp_path / "x", plan), None).of
    assert planned(call).first == plan.plan.emergencies[via].via
