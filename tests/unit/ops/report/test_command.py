"""``siaga112 report`` on a real database, as a program of its own where people read it."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ops import cli
from router.store import CallWriter, migrate, open_engine
from router.store.engine import database_url, sqlite_file
from siaga.settings import PROJECT, Settings, load
from tests.unit.ops.inside import Done, run_inside
from tests.unit.ops.report.november import CALLERS, PLAN, TEXT, calls

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


@pytest.fixture
def filled(settings: Settings) -> Settings:
    file = settings.plan_in_force.parent / PLAN.version / settings.plan_in_force.name
    file.parent.mkdir(parents=True)
    file.write_text(TEXT, encoding="utf-8")

    async def fill() -> None:
        await migrate(settings)
        engine = open_engine(settings.database)
        writer = CallWriter(engine)
        writer.start()
        for call in calls():
            writer.put(call)
        assert await writer.flush()
        await writer.close()
        await engine.dispose()

    asyncio.run(fill())
    return settings


def program(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops", "report", *arguments],
        cwd=PROJECT,
        env={**os.environ, "SIAGA_HOME": str(settings.home), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def report(settings: Settings, *arguments: str) -> Done:
    return run_inside(settings, "report", *arguments)


def test_a_month_as_json(filled: Settings) -> None:
    """One object: each call of the month has one class, and every breakdown adds up."""
    done = report(filled, "--month", "2026-11", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    total = told["total"]
    classes = ("answered", "transferred", "abandoned_menu", "abandoned_ringing")
    classes += ("refused", "lost", "open")
    assert [total[name] for name in classes] == [6, 1, 2, 1, 1, 1, 1]
    assert total["calls"] == len(calls()) == 13
    for groups in told["by"].values():
        assert sum(group["calls"] for group in groups.values()) == 13
    assert (total["repeat"], total["overflow"]) == (1, 1)
    assert told["timezone"] == "Asia/Makassar"


def test_days_are_parts_of_the_month(filled: Settings) -> None:
    """The days of a month, asked for in two parts, have the calls of the month."""
    counted = [
        json.loads(report(filled, "--from", first, "--to", last, "--json").stdout)["total"]["calls"]
        for first, last in (("2026-11-01", "2026-11-03"), ("2026-11-04", "2026-11-30"))
    ]
    assert counted == [5, 8]


def test_people_get_a_table_and_files(filled: Settings, tmp_path: Path) -> None:
    """Both languages on the terminal; page, CSV and national file in the folder, made if needed."""
    folder = tmp_path / "a" / "b"
    arguments = ("--month", "2026-11", "--out", str(folder), "--national", "json")
    done = program(filled, *arguments)
    assert done.returncode == 0, done.stderr
    for words in ("November 2026", "Dijawab / Answered", "Semua / all", "belum / not met"):
        assert words in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    names = {path.name for path in folder.iterdir()}
    assert {
        "report-2026-11.html",
        "2026-11-total.csv",
        "2026-11-by_hour.csv",
        "2026-11-gaps.csv",
        "national-2026-11.json",
    } <= names
    assert len(names) == 18
    texts = [path.read_text(encoding="utf-8") for path in folder.iterdir()]
    for number in CALLERS:
        assert not any(number.lstrip("+") in text for text in [done.stdout, *texts])
    assert report(filled, *arguments).returncode == 0, "a report replaces the one before"
    assert {path.name for path in folder.iterdir()} == names


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--month", "2026-13"),
        ("--month", "../../etc"),
        ("--from", "2026-11-03"),
        ("--month", "2026-11", "--from", "2026-11-03", "--to", "2026-11-04"),
        ("--from", "2026-11-04", "--to", "2026-11-03"),
        ("--month", "2026-11", "--national", "xml"),
    ],
)
def test_wrong_usage(
    settings: Settings,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit status 2, and what to write, before the database is looked for."""
    monkeypatch.setattr(sys, "argv", ["siaga112", "report", *arguments])
    monkeypatch.setenv("SIAGA_HOME", str(settings.home))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.err.startswith("siaga112: ")
    assert said.out == ""


def test_without_a_database(settings: Settings) -> None:
    """Exit status 3: what it needs is not there, and it does not make it."""
    done = report(settings, "--month", "2026-11")
    assert done.returncode == 3
    assert "siaga112 up" in done.stderr
    assert not settings.home.exists()


def test_a_folder_that_cannot_be_made(filled: Settings, tmp_path: Path) -> None:
    """Exit status 1 when there is a file where the folder should be."""
    (tmp_path / "file").write_text("")
    done = report(filled, "--month", "2026-11", "--out", str(tmp_path / "file"))
    assert done.returncode == 1
    assert done.stderr.startswith("siaga112: ")


def test_the_database_is_only_read_while_another_writes(filled: Settings) -> None:
    """While another is in the middle of a transaction the report is made, and changes nothing."""
    path = sqlite_file(database_url(filled.database))
    with closing(sqlite3.connect(str(path), isolation_level=None)) as other:
        before = list(other.iterdump())
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE calls SET outcome = 'lost'")
        done = report(filled, "--month", "2026-11", "--json")
        other.execute("ROLLBACK")
        assert list(other.iterdump()) == before
    assert json.loads(done.stdout)["total"]["lost"] == 1
