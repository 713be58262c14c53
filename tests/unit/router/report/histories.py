"""Random months of calls: what happens at a centre, and what a database may hold besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from router.calls.record import (
    ERASED,
    CallRecord,
    Outcome,
    Reason,
    Recording,
    Source,
    Step,
    StepResult,
)
from router.report import Planned
from siaga.plan.trunks import OWN
from tests.unit.router.store.records import records

ZONE = ZoneInfo("Asia/Makassar")
BEGIN = datetime(2026, 10, 31, 16, tzinfo=UTC)
"""The first moment of November there."""
END = datetime(2026, 11, 30, 16, tzinfo=UTC)

FIRST = {"fire": "damkar", "medical": "rsud"}
TRUNKS = {"10.1.2.3": "telkom", "fd00::7": "indosat"}
DISTRICTS = ("64.08.04", "64.08.10", "")
AREAS = {"10.1.2.3": "64.08.04", "fd00::7": "64.08.12", "0822222222": "64.08.11"}
AGENCIES = ("damkar", "rsud", "kominfo")
CALLERS = ("0811111111", "+62811111111", "0822222222", "anonymous", "", ERASED, "=1+1", "<b>")

moments = st.one_of(
    st.integers(0, int((END - BEGIN) / timedelta(microseconds=1)) - 1),
    # Close together, so that callers call again, and close to the edges.
    st.integers(0, 1_800_000_000),
).map(lambda us: BEGIN + timedelta(microseconds=us))
spans = st.one_of(
    st.sampled_from([0, 9_999, 10_000, 15_000, 15_001, 20_000]), st.integers(0, 7_200_000)
).map(lambda ms: timedelta(milliseconds=ms))


@st.composite
def likely(draw: st.DrawFn) -> CallRecord:
    """A call as one may go: what its fields say fits together."""
    began = draw(moments)
    outcome = draw(st.sampled_from([*Outcome, None]))
    entered = began + draw(spans)
    left = entered + draw(spans)
    talked = outcome in (Outcome.ANSWERED, Outcome.TRANSFERRED) or (
        outcome is None and draw(st.booleans())
    )
    chosen = talked or outcome is Outcome.ABANDONED_RINGING
    agency = draw(st.sampled_from(AGENCIES))
    kind = draw(st.sampled_from(["queue", "post", "pstn"]))
    result = StepResult.ANSWERED if talked else StepResult.ABANDONED
    return CallRecord(
        id="",
        node="node1",
        caller=draw(st.sampled_from(CALLERS)),
        began=began,
        emergency=draw(st.sampled_from([*FIRST, "gone"])) if chosen else None,
        choice=draw(st.sampled_from(["digit", "no_input", "no_match"])) if chosen else None,
        tier=draw(st.sampled_from([None, 1, 2, 3])),
        steps=(Step(agency, kind, entered, left, result),) if chosen else (),
        answered_by=agency if talked else None,
        handset=draw(st.sampled_from(["201", "+6281234567890", "x", None])) if talked else None,
        answered=left if talked else None,
        ended=None if outcome is None else left + draw(spans) * talked,
        outcome=outcome,
        reason=None if outcome is None else Reason.CALLER_HUNG_UP,
        recording=draw(st.sampled_from([Recording("a.wav"), Recording("test/a.wav"), None])),
        source=draw(st.sampled_from(Source)),
        address=draw(st.sampled_from([*TRUNKS, "10.9.9.9", None])),
    )


@st.composite
def odd(draw: st.DrawFn) -> CallRecord:
    """A record with anything in it, of this month."""
    return replace(draw(records()), began=draw(moments))


def histories(largest: int = 40) -> st.SearchStrategy[list[CallRecord]]:
    """Calls of a month, oldest first, as the database gives them."""
    return st.lists(likely() | odd(), max_size=largest).map(
        lambda calls: sorted(
            (replace(call, id=f"{number:03}") for number, call in enumerate(calls)),
            key=lambda call: (call.began, call.node, call.id),
        )
    )


def planned(record: CallRecord) -> Planned:
    """What the plan says of a call."""
    return Planned(
        FIRST.get(record.emergency or ""),
        None if record.address is None else TRUNKS.get(record.address, OWN),
        AREAS.get(record.caller) or AREAS.get(record.address or ""),
    )
