"""``siaga112 gaps`` as a program of its own, on a real database."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from router.calls.gaps import Gap, Recovery, Why
from router.store import GapWriter, migrate, open_engine
from siaga.settings import PROJECT, Settings, load
from tests.unit.router.store.records import at

if TYPE_CHECKING:
    from pathlib import Path

GAPS = [
    Gap("node1", at(0), Why.START, at(9), {"x": Recovery.FILE, "y": Recovery.LOST}),
    Gap("node1", at(20), Why.AMI_LOST),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SIAGA_HOME": str(tmp_path / "home")})


async def write(settings: Settings, gaps: list[Gap]) -> None:
    await migrate(settings)
    engine = open_engine(settings.database)
    writer = GapWriter(engine, "node1")
    for gap in gaps:
        writer.put(gap)
    assert await writer.flush()
    await engine.dispose()


def gaps(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops", "gaps", *arguments],
        cwd=PROJECT,
        env={**os.environ, "SIAGA_HOME": str(settings.home), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_gaps_are_told_as_objects(settings: Settings) -> None:
    """Oldest first; calls are counted, in all and by how they were recovered; an open one too."""
    asyncio.run(write(settings, GAPS))
    first, second = [json.loads(line) for line in gaps(settings, "--json").stdout.splitlines()]
    assert first == {
        "node": "node1",
        "began": "2026-03-01T10:03:04.567891+08:00",
        "ended": "2026-03-01T10:03:13.567891+08:00",
        "duration_ms": 9000,
        "why": "start",
        "calls": 2,
        "unharmed": 0,
        "memory": 0,
        "file": 1,
        "reconciled": 0,
        "lost": 1,
        "each": {"x": "file", "y": "lost"},
    }
    assert (second["why"], second["ended"], second["duration_ms"]) == ("ami_lost", None, None)


def test_people_get_both_languages(settings: Settings) -> None:
    """The table names its columns and reasons in Indonesian and English."""
    asyncio.run(write(settings, GAPS))
    shown = gaps(settings).stdout
    for words in ("Hilang", "lost", "router mati / router was down", "9.0 s", "masih / open"):
        assert words in shown


def test_without_a_gap_it_says_so(settings: Settings) -> None:
    """A centre that has missed nothing has an empty ledger, status 0."""
    asyncio.run(write(settings, []))
    done = gaps(settings)
    assert done.returncode == 0
    assert "There are no gaps" in done.stdout
    assert gaps(settings, "--json").stdout == ""
