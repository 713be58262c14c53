"""Figures from a database that others write to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from router.calls.gaps import Gap, Recovery, Why
from router.calls.record import CallRecord, Outcome, Recording
from router.report import (
    By,
    Collected,
    FinalClass,
    Mark,
    Period,
    Readers,
    Tally,
    accepted,
    collect,
    days,
    month,
)
from router.store import (
    CallWriter,
    ClassStore,
    GapWriter,
    WriterPolicy,
)
from router.store.acceptances import Acceptance, AcceptanceStore, Way
from router.store.classes import Given
from router.store.outbox import Notification
from siaga.keys import CallClass
from tests.unit.router.report.histories import BEGIN, END, ZONE, planned
from tests.unit.router.store.records import record

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines

MOMENT = timedelta(microseconds=1)


async def write(engine: AsyncEngine, *records: CallRecord) -> None:
    writer = CallWriter(engine, WriterPolicy(pause_s=0))
    writer.start()
    for each in records:
        writer.put(each)
    assert await writer.flush()
    await writer.close()


async def read(engine: AsyncEngine, period: Period) -> Collected:
    return await collect(Readers(engine), period, planned)


async def tally(engine: AsyncEngine, begin: str, end: str) -> Tally:
    period = days(begin, end, ZONE)
    return (await read(engine, period)).tally


async def test_the_edges_of_a_month(engine: AsyncEngine) -> None:
    """A call that begins in the last moment is in the month; one a moment later in the next."""
    await write(
        engine,
        record("before", began=BEGIN - MOMENT),
        record("first", began=BEGIN),
        record("last", began=END - MOMENT, ended=END + timedelta(minutes=5)),
        record("after", began=END),
    )
    found = await read(engine, month("2026-11", ZONE))
    assert set(found.tally.by[By.DAY]) == {"2026-11-01", "2026-11-30"}
    assert found.tally.total.calls == 2


async def test_parts_of_a_month_are_the_month(engine: AsyncEngine) -> None:
    """Read in two parts, with repeat callers over midnight, the sums are those of the whole."""
    midnight = BEGIN + timedelta(days=14)
    calls = [
        record(
            f"{number}", caller=f"081{number % 3}00000", began=midnight + number * MOMENT * 10**8
        )
        for number in range(-20, 20)
    ]
    await write(engine, *calls)
    whole = await tally(engine, "2026-11-01", "2026-11-30")
    parts = await tally(engine, "2026-11-01", "2026-11-14")
    assert 0 < parts.total.calls < 40
    parts.merge(await tally(engine, "2026-11-15", "2026-11-30"))
    assert parts == whole
    assert whole.total.marks[Mark.REPEAT] == 37


async def test_test_calls_are_apart(engine: AsyncEngine) -> None:
    """Test calls are counted, in no figure, and make nobody a repeat caller."""
    test = Recording("test/2026/11/01/a.wav")
    await write(
        engine,
        record("test", began=BEGIN, recording=test),
        record("real", began=BEGIN + MOMENT),
        record("earlier test", began=BEGIN - MOMENT, recording=test),
    )
    found = await tally(engine, "2026-11-01", "2026-11-30")
    assert (found.total.calls, found.tests) == (1, 1)
    assert not found.total.marks


async def test_more_calls_than_a_page(engine: AsyncEngine) -> None:
    """Each of thousands of calls is counted once, also those that began in the same moment."""
    calls = [record(f"{number}", began=BEGIN + number // 7 * MOMENT) for number in range(2500)]
    await write(engine, *calls)
    assert (await tally(engine, "2026-11-01", "2026-11-01")).total.calls == 2500


async def test_a_call_that_changes_is_counted_once(engine: AsyncEngine) -> None:
    """A call that is up is open; once it is over it has its class, and no other."""
    call = record("a", began=BEGIN)
    await write(engine, call)
    assert (await tally(engine, "2026-11-01", "2026-11-01")).total.classes == {FinalClass.OPEN: 1}
    over = replace(call, ended=BEGIN + MOMENT, outcome=Outcome.ABANDONED_MENU)
    await write(engine, over)
    found = await tally(engine, "2026-11-01", "2026-11-01")
    assert found.total.classes == {FinalClass.ABANDONED_MENU: 1}


async def test_classes_of_officers_are_counted_with_their_calls(engine: AsyncEngine) -> None:
    """The last word on each call, whenever it was said."""
    await write(engine, record("a", began=BEGIN), record("b", began=BEGIN), record("c", began=END))
    store = ClassStore(engine)
    for call, kind in (("a", CallClass.GHOST), ("a", CallClass.PRANK), ("c", CallClass.TEST)):
        await store.give(call, Given(kind, END, "101"))
    store.close()
    total = (await tally(engine, "2026-11-01", "2026-11-30")).total
    assert total.given == {CallClass.PRANK: 1}
    assert total.calls == 2


async def test_gaps_are_of_the_period_they_began_in(engine: AsyncEngine) -> None:
    """Gaps are added up by reason, the calls in them by how they were recovered."""
    writer = GapWriter(engine, "node1")
    minute = timedelta(minutes=1)
    for gap in (
        Gap("node1", BEGIN - MOMENT, Why.START, BEGIN + minute, {"x": Recovery.LOST}),
        Gap("node1", BEGIN, Why.START, BEGIN + minute, {"a": Recovery.FILE, "b": Recovery.FILE}),
        Gap("node1", BEGIN + minute, Why.AMI_LOST, BEGIN + 2 * minute),
        Gap("node1", END - MOMENT, Why.AMI_LOST, None, {"a": Recovery.UNHARMED}),
        Gap("node1", END, Why.START, None, {"y": Recovery.LOST}),
    ):
        writer.put(gap)
    assert await writer.flush()
    found = await read(engine, month("2026-11", ZONE))
    assert found.gaps.gaps == {Why.START: 1, Why.AMI_LOST: 2}
    assert found.gaps.with_calls == 2
    assert found.gaps.calls == {Recovery.FILE: 2, Recovery.UNHARMED: 1}


async def test_an_empty_month(engine: AsyncEngine) -> None:
    """A month without a call has figures, all of nothing."""
    found = await read(engine, month("2026-11", ZONE))
    assert found.tally == Tally()
    assert (found.gaps.gaps, found.gaps.with_calls, found.gaps.calls) == ({}, 0, {})


def message(name: str, call: str, target: str, due: float, token: str) -> Notification:
    at = BEGIN + timedelta(seconds=due)
    return Notification(
        name, "node1", call, "damkar", "call_ringing", "sms", "{}", at, target, token=token
    )


async def test_what_agencies_accepted_is_counted_once_a_call(engine: AsyncEngine) -> None:
    """From when the first contact was to be told; calls of other days are not in it."""
    writer = CallWriter(engine, WriterPolicy(pause_s=0))
    writer.start()
    days_ago = timedelta(days=-1)
    for call, began in (("a", BEGIN), ("b", BEGIN + MOMENT), ("c", BEGIN + days_ago)):
        told = [
            message(f"{call}1", call, "0811", 10, f"{call}1" * 8),
            message(f"{call}2", call, "0822", 70, f"{call}2" * 8),
            message(f"{call}3", call, "0833", 70, ""),
        ]
        writer.put(record(call, began=began), told)
    assert await writer.close()
    store = AcceptanceStore(engine)
    for token in ("a2", "c1"):
        found = await store.find(token * 8)
        assert found is not None
        late = Acceptance(BEGIN + timedelta(seconds=85.55), "0822", Way.LINK)
        await store.accept(found.node, found.call, found.agency, late)
    store.close()
    first_day = BEGIN.astimezone(ZONE).date()
    collected = await read(engine, days(f"{first_day}", f"{first_day}", ZONE))
    (damkar,) = collected.accepted.values()
    assert accepted.row(damkar) == {
        "told": 2,
        "accepted": 1,
        "share": 50.0,
        "accept_p50_s": 75.6,
        "accept_p90_s": 75.6,
    }
