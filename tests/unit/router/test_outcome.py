"""What people are told of commands that came to nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from router.calls.record import Leg, LegEnd, LegKind
from router.dispatch.outcome import failed
from siaga.plan import load_plan
from siaga.settings import PROJECT

RUNG = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, ("Damkar: pesawatnya menolak panggilan;", "declined the call;")),
        (20.1, ("Damkar: tidak ada pesawat yang menjawab dalam 20 detik;", "answered in 20 s;")),
    ],
)
def test_who_declines_at_once_is_not_said_to_have_been_waited_for(
    seconds: float, said: tuple[str, str]
) -> None:
    """Nobody reads that no handset answered in 0 s."""
    plan = load_plan(PROJECT / "plans" / "kutim.yaml").plan
    over = RUNG + timedelta(seconds=seconds)
    leg = Leg("1", LegKind.ADD, "damkar", RUNG, left=over, end=LegEnd.NO_ANSWER)
    told = failed(plan, leg, "damkar", kept=True).text
    assert all(words in told for words in said), told
    assert "masih bersama Anda" in told
