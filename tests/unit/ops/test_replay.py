from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from ops.replay import masked, parse_since, replay
from router.calls.record import CallRecord, Step, StepResult
from router.store import CallReader, migrate, open_engine
from router.store.rows import to_row
from router.store.tables import calls
from siaga.errors import SettingsError
from siaga.plan import PlanError, load_plan
from siaga.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterable

PROJECT = Path(__file__).resolve().parents[3]
KUTIM = PROJECT / "plans" / "kutim.yaml"
POLRES = PROJECT / "plans" / "kutim-polres.yaml"
CALLS = 10_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


async def fill(settings: Settings, records: Iterable[CallRecord]) -> None:
    await migrate(settings)
    engine = open_engine(settings.database)
    rows = [{**to_row(record), "change": index} for index, record in enumerate(records)]
    async with engine.begin() as connection:
        await connection.execute(insert(calls), rows)
    await engine.dispose()


def past(number: int, began: datetime, emergency: str, agency: str) -> CallRecord:
    entered = began + timedelta(seconds=6)
    step = Step(agency, "queue", entered, entered + timedelta(seconds=4), StepResult.ANSWERED)
    return CallRecord(
        id=f"n-{number}",
        node="node1",
        caller=f"+6281155{number:06}",
        began=began,
        emergency=emergency,
        choice="digit",
        steps=(step,),
    )


WAYS = {"fire": "damkar", "medical": "rsud", "accident": "bpbd", "order": "kominfo"}


async def test_ten_thousand_calls_through_polres(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 10,000 calls in a real database exactly those for public order are found to move."""
    random, now = Random(112), datetime.now(UTC)  # noqa: S311 (made-up calls)
    chosen = [random.choice(list(WAYS)) for _ in range(CALLS)]
    records = [
        past(index, now - timedelta(minutes=4 * (CALLS - index)), name, WAYS[name])
        for index, name in enumerate(chosen)
    ]
    await fill(settings, records)
    assert await replay(settings, POLRES, "40d", as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    moved = [f"n-{index}" for index, name in enumerate(chosen) if name == "order"]
    assert [each["call"] for each in told["elsewhere"]] == moved
    assert told["totals"]["first"] == len(moved)
    assert told["totals"]["same"] == CALLS - len(moved)
    assert {tuple(each["now"]) for each in told["elsewhere"]} == {("polres", "kominfo")}


async def test_only_calls_since_then(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Calls that began before ``--since`` are left out."""
    now = datetime.now(UTC)
    ages = (timedelta(days=3), timedelta(days=1), timedelta(hours=1))
    await fill(settings, [past(i, now - age, "order", "kominfo") for i, age in enumerate(ages)])
    await replay(settings, POLRES, "2d", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [each["call"] for each in told["elsewhere"]] == ["n-1", "n-2"]


async def test_calls_are_read_in_batches(settings: Settings) -> None:
    """Calls that began at one moment come once each and in order, however small the batches."""
    now = datetime.now(UTC)
    await fill(settings, [past(i, now, "fire", "damkar") for i in range(7)])
    engine = open_engine(settings.database)
    for batch in (1, 3, 7, 100):
        found = [call.id async for call in CallReader(engine).calls_since(now, batch)]
        assert found == [f"n-{i}" for i in range(7)]
    await engine.dispose()


async def test_people_read_no_numbers(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is printed tells both ways of a call and three digits of its caller, not the number."""
    await fill(settings, [past(7, datetime.now(UTC), "order", "kominfo")])
    await replay(settings, POLRES, "1d", as_json=False)
    told = capsys.readouterr().out
    assert "order: kominfo; kini / now: polres → kominfo" in told
    assert "…007" in told
    assert "81155" not in told


async def test_an_old_plan_tells_where_a_key_leads(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The plan a call was made under, kept in the home, says which key its emergency had."""
    old = load_plan(KUTIM)
    kept = settings.plan_in_force.parent / old.version / "routing.yaml"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(KUTIM.read_bytes())
    new = tmp_path / "new.yaml"
    new.write_text(
        KUTIM.read_text().replace("  order:", "  police:").replace("5: order", "5: police")
    )
    record = past(1, datetime.now(UTC), "order", "kominfo")
    await fill(
        settings,
        [
            CallRecord(**{**_fields(record), "plan_version": old.version}),
            CallRecord(**{**_fields(record), "id": "n-2", "plan_version": "../../etc/passwd"}),
        ],
    )
    await replay(settings, new, "1d", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [(e["change"], e["leads_to"], e["key_known"]) for e in told["elsewhere"]] == [
        ("gone", "police", True),
        ("gone", None, False),
    ]


def _fields(record: CallRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in CallRecord.__dataclass_fields__}


async def test_no_database_yet(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """A centre that has had no call is told of none, and no database is made."""
    assert await replay(settings, KUTIM, "30d", as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == 0
    assert not (settings.home / "siaga.db").exists()


async def test_a_bad_plan_is_refused(settings: Settings, tmp_path: Path) -> None:
    """A plan with a mistake is not replayed but told of."""
    bad = tmp_path / "bad.yaml"
    bad.write_text("agencies: 1\n")
    with pytest.raises(PlanError):
        await replay(settings, bad, "30d", as_json=True)


NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("30d", NOW - timedelta(days=30)),
        ("12h", NOW - timedelta(hours=12)),
        ("2026-11-01", datetime(2026, 10, 31, 16, 0, tzinfo=UTC)),
    ],
)
def test_since(text: str, moment: datetime) -> None:
    """A span counts back from now, a date is its midnight at the centre."""
    assert parse_since(text, load_plan(KUTIM).plan, NOW) == moment


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "99999d9", "99999h99", "2026-13-01", "٣d"])
def test_since_of_another_form(text: str) -> None:
    """Anything else is refused with the forms that are right."""
    with pytest.raises(SettingsError, match="30d, 12h"):
        parse_since(text, load_plan(KUTIM).plan, NOW)


@pytest.mark.parametrize(
    ("number", "shown"), [("+628115512345", "…345"), ("anonymous", "…"), ("", "…"), ("112", "…")]
)
def test_numbers_are_masked(number: str, shown: str) -> None:
    """No more than the last three digits of a longer number are shown."""
    assert masked(number) == shown
