"""Whose handset it was, where only the plan knows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from router.calls.record import CallRecord, Leg, LegKind, Outcome
from router.owner import owned
from siaga.plan import load_plan
from siaga.settings import PROJECT

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
PLAN = load_plan(PROJECT / "plans" / "kutim.yaml").plan


def leg(handset: str, kind: LegKind, *, joined: bool = True) -> Leg:
    """A leg that counts as Damkar's until the plan is asked."""
    return Leg(handset, kind, "damkar", NOW, handset, NOW if joined else None)


@pytest.mark.parametrize(
    ("legs", "outcome"),
    [
        ((leg("202", LegKind.REFERRED),), Outcome.ANSWERED),
        ((leg("301", LegKind.REFERRED),), Outcome.TRANSFERRED),
        ((leg("301", LegKind.REFERRED, joined=False),), Outcome.ANSWERED),
        ((leg("301", LegKind.ADD),), Outcome.ANSWERED),
        ((leg("301", LegKind.ADD), leg("302", LegKind.REFERRED)), Outcome.ANSWERED),
    ],
    ids=["colleague", "other agency", "not reached", "brought in", "colleague of who was there"],
)
def test_a_call_sent_to_an_agency_that_was_not_in_it_is_transferred(
    legs: tuple[Leg, ...], outcome: Outcome
) -> None:
    """By a handset's own button, once somebody there has it; legs are their handset's agency's."""
    record = CallRecord(
        *("node1-1.0", "node1", "0811", NOW),
        legs=(leg("201", LegKind.ROUTE), *legs),
        answered_by="damkar",
        handset="201",
        answered=NOW,
        ended=NOW,
        outcome=Outcome.ANSWERED,
    )
    told = owned(record, PLAN)
    assert told.outcome is outcome
    assert [one.agency for one in told.legs[1:]] == [
        "rsud" if one.handset in {"301", "302"} else "damkar" for one in legs
    ]
    up = replace(record, ended=None, outcome=None)
    assert owned(up, PLAN).outcome is None
