from __future__ import annotations

import math
import wave
from array import array
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from ops.canary.round import BusyError, NoWayError, alone, due, noted, overrides, tidy
from ops.canary.trial import CALLER_HZ, OFFICER_HZ, Centre, objections, recorded, unheard
from ops.canary.ways import Way, ways
from router.calls.record import CallRecord, Outcome, Recording, Step
from router.store import migrate, open_engine
from router.store.rows import to_row
from router.store.tables import calls
from router.watch.trials import Trial, Trials
from siaga import secrets, settings
from siaga.names import CANARY_PHONE
from siaga.plan import load_plan, parse_plan
from siaga.plan.route import Situation
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

PLANS = sorted((PROJECT / "plans").glob("*.yaml"))
NOON = Situation(datetime(2026, 11, 25, 10, 0))  # noqa: DTZ001 (the centre's own time)
BEGAN = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_every_key_and_every_agency_in_a_chain_is_tried(file: Path) -> None:
    """Of each plan, every key of every menu is pressed, every agency of a chain answers once."""
    plan = load_plan(file).plan
    found = ways(plan, NOON)
    assert len({way.name for way in found}) == len(found)
    keys = {way.keys for way in found}
    for digit, chosen in plan.menu.digits.items():
        inner = plan.menus[chosen].digits if chosen in plan.menus else {"": chosen}
        assert {f"{digit}{key}" for key in inner} <= keys
    spoken = {plan.centre.languages[0], *plan.menu.languages.values()}
    assert {way.language for way in found} == spoken
    open_now = {name for way in found for name in way.agencies}
    assert {way.agencies[-1] for way in found} >= open_now - {"everyone"}


@pytest.mark.parametrize("name", ["kutim", "kutim-via-kominfo"])
def test_each_tier_that_stands_by_leads_one_call(name: str) -> None:
    """The fall-back menus are tried without a fault, beside all ways of the first."""
    found = ways(load_plan(PROJECT / "plans" / f"{name}.yaml").plan, NOON)
    assert sorted(way.tier for way in found if way.tier != 1) == [2, 3]
    assert {way.name.partition("/")[0] for way in found if way.tier != 1} == {"1@2", "1@3"}


def test_an_agency_that_is_never_first_is_reached_by_declining() -> None:
    """With everything answered by Kominfo first, the others are tried as the second."""
    plan = load_plan(PROJECT / "plans" / "kutim-via-kominfo.yaml").plan
    found = {way.agencies for way in ways(plan, NOON)}
    first = {agencies[0] for agencies in found}
    deeper = {agencies for agencies in found if len(agencies) > 1}
    assert deeper
    assert all(agencies[-1] not in first for agencies in deeper)


def test_closed_agencies_are_tried_where_their_calls_go() -> None:
    """An agency diverted for a while is not awaited: who stands in for it is."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    rows = [{"override": "divert", "name": "damkar", "target": "bpbd"}]
    found = {way.keys: way for way in ways(plan, replace(NOON, live=overrides(rows)))}
    assert found["1"].agencies == ("bpbd",)


def test_numbers_that_no_trunk_may_send_are_not_awaited() -> None:
    """A step that the dialplan cannot dial rings nobody in a test call either."""
    text = (PROJECT / "plans" / "contoh-lengkap.yaml").read_text(encoding="utf-8")
    plan = parse_plan(text.encode()).plan
    assert all(len(way.agencies) <= 12 for way in ways(plan, NOON))


def test_the_way_tried_longest_ago_is_due() -> None:
    """Ways take turns, those never tried first; without any it is said."""
    one, two, three = (Way(key, "fire", "id", ("damkar",)) for key in "123")
    tried = Trials({one.name: Trial(20.0, ok=True), two.name: Trial(10.0, ok=False)})
    assert due((one, two), tried) is two
    assert due((one, two, three), tried) is three
    with pytest.raises(NoWayError):
        due((), tried)


def test_a_failure_keeps_when_it_last_passed() -> None:
    """A way that fails is noted as failed, with the time when it was last well."""
    wanted = ("1/damkar", "2/rsud")
    kept = noted(Trials(), "1/damkar", Trial(10.0, ok=True, passed=10.0), wanted)
    kept = noted(kept, "1/damkar", Trial(20.0, ok=False, wrong="deaf"), wanted)
    assert kept.ways["1/damkar"] == Trial(20.0, ok=False, wrong="deaf", passed=10.0)
    assert kept.since == 10.0
    gone = noted(kept, "2/rsud", Trial(30.0, ok=True, passed=30.0), ("2/rsud",))
    assert set(gone.ways) == {"2/rsud"}


def test_one_test_call_at_a_time(tmp_path: Path) -> None:
    """While one is made, a second is refused; afterwards it is not."""
    own = settings.load({"SIAGA_HOME": str(tmp_path)})
    with alone(own), pytest.raises(BusyError), alone(own):
        raise AssertionError("two at once")
    with alone(own):
        pass


def test_only_old_recordings_of_test_calls_are_removed(tmp_path: Path) -> None:
    """Callers' recordings stay whatever their age, and test calls' of the last days."""
    import os  # noqa: PLC0415

    own = settings.load({"SIAGA_HOME": str(tmp_path)})
    days = {
        "test/2026/01/01": 90 * 86_400,
        "test/2026/11/25": 3600,
        "2026/01/01": 90 * 86_400,
    }
    for day, age in days.items():
        folder = own.recordings / day
        folder.mkdir(parents=True)
        (folder / "1.wav").write_bytes(b"x")
        then = datetime.now(UTC).timestamp() - age
        os.utime(folder, (then, then))
    tidy(own)
    left = {str(file.parent.relative_to(own.recordings)) for file in own.recordings.rglob("*.wav")}
    assert left == {"test/2026/11/25", "2026/01/01"}


def tones(path: Path, *frequencies: int) -> None:
    samples = array(
        "h",
        (
            round(sum(3000 * math.sin(math.tau * hz * i / 8000) for hz in frequencies))
            for i in range(16_000)
        ),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())


def test_a_side_that_is_not_recorded_is_found(tmp_path: Path) -> None:
    """Each side's tone is looked for in the recording; a file that is none is told."""
    both, one, none = (tmp_path / f"{name}.wav" for name in ("both", "one", "none"))
    tones(both, CALLER_HZ, OFFICER_HZ)
    tones(one, OFFICER_HZ)
    none.write_bytes(b"")
    assert list(unheard(both)) == []
    assert list(unheard(one)) == ["the caller is not in the recording"]
    assert list(unheard(none)) == ["the recording cannot be read (EOFError)"]


async def test_the_record_of_another_nodes_test_call_is_not_taken(tmp_path: Path) -> None:
    """Nodes that share a database make test calls at the same time; each looks at its own."""
    own = settings.load({"SIAGA_HOME": str(tmp_path), "SIAGA_NODE": "node1"})
    await migrate(own)
    engine = open_engine(own.database)
    records = [
        CallRecord(
            id=f"{node}-1.1",
            node=node,
            caller="canary",
            began=BEGAN + timedelta(seconds=later),
            ended=BEGAN + timedelta(seconds=5),
            recording=Recording("test/1.wav", "ab", 2500),
        )
        for later, node in enumerate(("node1", "node2"))
    ]
    rows = [{**to_row(record), "change": change} for change, record in enumerate(records)]
    async with engine.begin() as connection:
        await connection.execute(insert(calls), rows)
    await engine.dispose()
    assert (await recorded(own, BEGAN)).node == "node1"


def test_every_fault_of_a_record_is_told(tmp_path: Path) -> None:
    """A good record has no objections; each thing that differs is one."""
    loaded = load_plan(PROJECT / "plans" / "kutim.yaml")
    own = settings.load({"SIAGA_HOME": str(tmp_path)})
    centre = Centre(own, secrets.Secrets({}, {}), loaded.plan, loaded.version)
    way = Way("1", "fire", "id", ("damkar", "kominfo"))
    recording = Recording("test/1.wav", "ab", 2500)
    tones(own.recordings / recording.path, CALLER_HZ, OFFICER_HZ)
    good = CallRecord(
        id="1",
        node="n",
        caller="canary",
        began=BEGAN,
        language="id",
        emergency="fire",
        choice="digit",
        tier=1,
        plan_version=loaded.version,
        steps=tuple(Step(agency, "queue", BEGAN) for agency in way.agencies),
        answered_by="kominfo",
        handset=CANARY_PHONE,
        answered=BEGAN + timedelta(seconds=2),
        ended=BEGAN + timedelta(seconds=5),
        outcome=Outcome.ANSWERED,
        recording=recording,
    )
    assert good.is_test
    assert list(objections(good, way, centre)) == []
    for change in (
        {"tier": 2},
        {"emergency": "medical"},
        {"choice": "no_input"},
        {"language": "en"},
        {"steps": good.steps[:1]},
        {"handset": "201"},
        {"outcome": Outcome.LOST},
        {"plan_version": "0" * 12},
        {"recording": replace(recording, duration_ms=10)},
        {"recording": None},
    ):
        assert len(list(objections(replace(good, **change), way, centre))) == 1, change
