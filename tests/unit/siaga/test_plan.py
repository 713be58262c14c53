import pathlib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.plan import PlanError, compile_menu, last_resort, load_plan, parse_plan, route
from siaga.plan.model import Plan
from siaga.plan.route import Situation

PLANS = pathlib.Path(__file__).parents[3] / "plans"
KUTIM = PLANS / "kutim.yaml"
TEXT = KUTIM.read_text(encoding="utf-8")
NOON = Situation(datetime(2026, 12, 1, 12, 0))  # noqa: DTZ001 (the centre's own time)


def agencies(plan: Plan, emergency: str) -> list[str]:
    return [step.agency for step in route(plan, emergency, NOON)]


def test_kutim_routes() -> None:
    """Kutai Timur's plan sends each emergency to the agency that the regency agreed on."""
    plan = load_plan(KUTIM).plan
    assert {name: agencies(plan, name)[0] for name in plan.emergencies} == {
        "fire": "damkar",
        "medical": "rsud",
        "accident": "bpbd",
        "disaster": "bpbd",
        "order": "kominfo",
        "operator": "kominfo",
    }
    assert last_resort(plan, NOON)[0].agency == "kominfo"


@pytest.mark.parametrize("name", ["kutim", "kutim-via-kominfo", "kutim-polres"])
def test_every_chain_has_an_overflow(name: str) -> None:
    """No emergency of Kutai Timur's plans hangs on one agency alone."""
    plan = load_plan(PLANS / f"{name}.yaml").plan
    for emergency in plan.emergencies:
        assert len(set(agencies(plan, emergency))) >= 2


def test_everything_goes_via_kominfo() -> None:
    """In the other mode Kominfo's call takers are rung first, whatever the caller chose."""
    plan = load_plan(PLANS / "kutim-via-kominfo.yaml").plan
    direct = load_plan(KUTIM).plan
    for name in plan.emergencies:
        assert agencies(plan, name)[0] == "kominfo"
        assert agencies(direct, name)[0] in agencies(plan, name)[:2]


def test_polres_joins_by_a_few_lines() -> None:
    """The police join by lines for them and their emergency, and are then rung first."""
    joined = load_plan(PLANS / "kutim-polres.yaml").plan
    assert agencies(joined, "order") == ["polres", "kominfo"]

    def words(name: str) -> set[str]:
        lines = (PLANS / name).read_text(encoding="utf-8").splitlines()
        return {line.partition("#")[0].strip() for line in lines}

    assert len(words("kutim-polres.yaml") - words("kutim.yaml")) <= 5


@pytest.mark.parametrize("path", sorted(PLANS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_plan_we_ship_is_valid(path: pathlib.Path) -> None:
    """Each plan in plans/ passes every check, and each of its emergencies rings somebody."""
    plan = load_plan(path).plan
    for emergency in plan.emergencies:
        assert agencies(plan, emergency)


def test_the_version_follows_the_text() -> None:
    """The same text has the same version, another text another."""
    version = parse_plan(TEXT.encode()).version
    assert parse_plan(TEXT.encode(), "elsewhere.yaml").version == version
    assert parse_plan((TEXT + "\n").encode()).version != version


def test_a_loaded_plan_knows_its_places() -> None:
    """The line of any part of the plan can be told from what was loaded."""
    loaded = load_plan(KUTIM)
    line = loaded.source.position(("emergencies", "medical")).line
    assert TEXT.splitlines()[line - 1].strip() == "medical:"


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_plan_error(data: bytes) -> None:
    """No text whatever makes the loader raise anything but its own error."""
    with pytest.raises(PlanError):
        parse_plan(data)


@pytest.mark.parametrize("name", ["kutim", "contoh-lengkap"])
@given(data=st.data())
def test_any_edit_is_accepted_or_refused(name: str, data: st.DataObject) -> None:
    """A plan with any stretch replaced by anything is either valid or named as wrong."""
    text = (PLANS / f"{name}.yaml").read_text(encoding="utf-8")
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 30)))
    text = text[:begin] + data.draw(st.text(max_size=10)) + text[end:]
    try:
        loaded = parse_plan(text.encode("utf-8", "surrogatepass"))
    except PlanError as error:
        assert error.problems
    else:
        for emergency in loaded.plan.emergencies:
            route(loaded.plan, emergency, NOON)


def test_compiled_menu_reads_back() -> None:
    """What the standby script reads is what was compiled."""
    loaded = load_plan(KUTIM)
    spec = compile_menu(loaded.plan, loaded.version, {"id": {"menu": 8000}})
    assert type(spec).from_json(spec.to_json()) == spec
    assert spec.digits["1"] == "fire"
    with pytest.raises(ValueError, match="not a compiled menu"):
        type(spec).from_json("{}")
