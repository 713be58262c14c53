"""A centre under mixed calls, with menu and router killed at random: the soak's short form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak.ledger import Verdict
from tests.soak.play import Wanted, soak

if TYPE_CHECKING:
    from pathlib import Path

SHORT_COVERED = 0.99
SHORT = Wanted(seed=112, calls=300, minutes=5, rate=1.0, every_s=30.0)


@pytest.mark.live
@pytest.mark.timeout(900)
async def test_nothing_is_lost_in_five_minutes_of_calls_and_kills(tmp_path: Path) -> None:
    """Every caller is held or answered, and has one record, true to what the telephones noted."""
    report = await soak(tmp_path, SHORT, print)
    verdict = report.verdict
    wrong = {
        name: found
        for name in Verdict.__slots__
        if isinstance(found := getattr(verdict, name), list) and found
    }
    assert wrong == {}
    assert report.leaks() == []
    assert report.slowed() == []
    assert report.sipp_says == []
    # Other tests run beside it: one second of a few hundred may come too late to count.
    assert report.coverage >= SHORT_COVERED
    assert report.by_sipp > SHORT.calls * 0.2
    assert sum(report.done.values()) > SHORT.calls * 0.9
    assert set(report.kills) == {"ivr", "router"}
    assert verdict.backfilled  # the kills were felt
