"""``hold``, ``release``, ``holds``, ``audit-log`` and ``audit`` as people and programs see them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ops.cli import app
from router.calls.record import Recording
from router.store import CallWriter, migrate, open_engine
from siaga.errors import SettingsError
from siaga.settings import load
from tests.unit.router.storage.files import write
from tests.unit.router.store.records import closed

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

NAME = "2026/03/01/node1-1.1.wav"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with two calls: one whose recording is right, one whose recording is missing."""
    monkeypatch.setenv("SIAGA_HOME", str(tmp_path))
    digest = write(tmp_path / "recordings" / NAME, 90)

    async def fill() -> None:
        settings = load({"SIAGA_HOME": str(tmp_path)})
        await migrate(settings)
        engine = open_engine(settings.database)
        writer = CallWriter(engine)
        writer.start()
        writer.put(closed(recording=Recording(NAME, digest, 90_000)))
        writer.put(closed("node1-2.1", recording=Recording("2026/03/01/gone.wav", "f", 1)))
        assert await writer.close()
        await engine.dispose()

    asyncio.run(fill())
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_a_hold_from_its_begin_to_its_end(home: Path) -> None:
    """Held, listed, released, and all of it in the log with who and why, in order."""
    done = run("hold", "node1-1.1", "--why", "Perkara 1", "--by", "Ibu Sari")
    assert done.exit_code == 0
    assert "ditahan" in done.stdout
    held = json.loads(run("holds", "--json").stdout)
    assert (held["call"], held["by"], held["why"]) == ("node1-1.1", "Ibu Sari", "Perkara 1")
    assert run("release", "node1-1.1", "--why", "selesai", "--by", "Pak Budi").exit_code == 0
    assert "no call is on hold" in run("holds").stdout
    rows = [json.loads(line) for line in run("audit-log", "--json").stdout.splitlines()]
    assert [(row["what"], row["who"], row["object"], row["why"]) for row in rows] == [
        ("held", "Ibu Sari", "node1-1.1", "Perkara 1"),
        ("released", "Pak Budi", "node1-1.1", "selesai"),
    ]


def test_a_hold_needs_a_reason(home: Path) -> None:
    """Without a reason, or with blanks for one, nothing is held."""
    assert run("hold", "node1-1.1").exit_code == 2
    assert isinstance(run("hold", "node1-1.1", "--why", " \n").exception, SettingsError)
    assert run("holds", "--json").stdout == ""


def test_words_from_hell_do_not_reach_the_terminal(home: Path) -> None:
    """Whatever is in a reason, it is one printable line where it is shown."""
    run("hold", "node1-1.1", "--why", "a\x1b[2Jb\nc\u202e", "--by", "x\ny")
    (line,) = run("holds").stdout.splitlines()
    assert line.isprintable()


def test_the_audit_names_what_is_wrong(home: Path) -> None:
    """Exit status 1 with the missing recording named; 0 once it is there no more to be missed."""
    done = run("audit", "--since", "2026-01-01", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert (found["calls"], found["answered_s"], found["covered_s"]) == (2, 120, 60)
    (finding,) = found["findings"]
    assert (finding["fault"], finding["call"], finding["missing_s"]) == (
        "missing",
        "node1-2.1",
        60,
    )
    shown = run("audit", "--since", "2026-01-01").stdout
    assert "tidak ada berkas / no file: 2026/03/01/gone.wav node1-2.1, 60 s" in shown
    assert "50.000 %" in shown


def test_an_audit_of_nothing_is_right(home: Path) -> None:
    """Since tomorrow nothing is wrong."""
    done = run("audit", "--since", "1m")
    assert done.exit_code == 0
    assert "100.000 %" in done.stdout


def test_a_backup_and_back(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its two commands a home comes back elsewhere: what one says and the other finds."""
    archive = home.parent / f"{home.name}.tar"
    done = run("backup", str(archive))
    assert done.exit_code == 0
    assert "2 berkas / files" in done.stdout
    monkeypatch.setenv("SIAGA_HOME", str(home / "elsewhere"))
    assert run("restore", str(archive)).exit_code == 0
    rows = [json.loads(line) for line in run("calls", "--json").stdout.splitlines()]
    assert {row["id"] for row in rows} == {"node1-1.1", "node1-2.1"}
    again = run("restore", str(archive))
    assert "not empty" in str(again.exception)


def test_settings_of_storage_come_back_as_they_were(home: Path) -> None:
    """The processes of an instance are given the rules that it was started with."""
    rules = {
        "SIAGA_DISK_WARN": "12.5%",
        "SIAGA_DISK_THIN": "3%,500MB",
        "SIAGA_DISK_FULL": "100MB",
        "SIAGA_KEEP_RECORDINGS": "90d",
        "SIAGA_KEEP_NUMBERS": "forever",
        "SIAGA_KEEP_LOGS": "7d",
        "SIAGA_KEEP_AUDIT": "1825d",
    }
    found = load(rules)
    assert found.storage.environment() == rules
    assert load(found.storage.environment()) == replace(found, home=load({}).home)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIAGA_DISK_WARN", "lots"),
        ("SIAGA_DISK_WARN", "5%,6%"),
        ("SIAGA_DISK_WARN", "1GB"),
        ("SIAGA_DISK_FULL", "90%,90TB"),
        ("SIAGA_KEEP_RECORDINGS", "0d"),
        ("SIAGA_KEEP_NUMBERS", "-1d"),
        ("SIAGA_KEEP_LOGS", "٣d"),
        ("SIAGA_KEEP_AUDIT", "364d"),
        ("SIAGA_KEEP_AUDIT", "0d"),
    ],
)
def test_storage_settings_that_make_no_sense_are_refused(name: str, value: str) -> None:
    """A rule that cannot be kept is an error of usage that names its setting."""
    with pytest.raises(SettingsError, match=name):
        load({name: value})
