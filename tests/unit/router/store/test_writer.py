"""The writer on a real database: batches, order, idempotence, the end."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from router.calls.record import CallRecord, Source, Step
from router.notify import Announcer
from router.store import (
    CallReader,
    CallWriter,
    CelPosition,
    Notification,
    WriterPolicy,
    migrate,
    open_engine,
)
from router.store.merge import supersede
from router.store.tables import outbox
from siaga.settings import load
from tests.unit.router.store.records import BEGAN, at, closed, record, records, unhurried

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines

QUICK = WriterPolicy(retry_s=0.01, retry_max_s=0.02, busy_s=0.02)
ANNOUNCER = Announcer(enabled=True, centre="112", zone=BEGAN.tzinfo)  # type: ignore[arg-type]


@pytest.fixture
async def writer(engine: AsyncEngine) -> AsyncIterator[CallWriter]:
    writer = CallWriter(engine, QUICK)
    writer.start()
    yield writer
    await writer.close()


async def outbox_ids(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(select(outbox.c.id)))


def notices(made: CallRecord, *agencies: str) -> tuple[Notification, ...]:
    return tuple(notice for agency in agencies for notice in ANNOUNCER.ringing(made, agency, BEGAN))


async def test_what_was_flushed_is_there_for_others(writer: CallWriter, reader: CallReader) -> None:
    """After a flush another connection reads the record as it was put."""
    writer.put(closed())
    assert await writer.flush()
    assert await reader.call("node1", "node1-1.1") == closed()


async def test_what_nobody_waits_for_is_written_with_what_is_urgent(
    engine: AsyncEngine, reader: CallReader
) -> None:
    """In one commit, which the urgent does not wait for; and at the end at the latest."""
    told: asyncio.Queue[tuple[CallRecord, ...]] = asyncio.Queue()
    policy = replace(QUICK, pause_s=0, leisure_s=3600)
    writer = CallWriter(engine, policy, on_committed=told.put_nowait)
    writer.start()
    writer.put(record("a"), leisurely=True)
    await asyncio.sleep(0)  # It waits for its hour now.
    writer.put(record("b"))
    async with asyncio.timeout(10):
        assert [each.id for each in await told.get()] == ["a", "b"]
    writer.put(record("c"), leisurely=True)
    assert await writer.close()
    assert await reader.call("node1", "c") == record("c")


async def test_versions_that_come_together_are_one_row(
    writer: CallWriter, reader: CallReader
) -> None:
    """Of many versions put at once only the last is written, in one batch with other calls."""
    for number in range(100):
        writer.put(record("a", handset=str(number)))
        writer.put(record("b", handset=str(number)))
    assert writer.pending == 2
    assert await writer.flush()
    assert writer.counters.written == 2
    assert writer.counters.batches == 1
    assert [call.handset for call in await reader.calls(9)] == ["99", "99"]


async def test_a_replay_of_everything_changes_nothing(
    writer: CallWriter, reader: CallReader
) -> None:
    """A call told again from its first event, as backfill, leaves its closed live row alone."""
    story = [record(), record(language="id"), closed()]
    for version in story:
        writer.put(version)
        await writer.flush()
    position = await reader.position()
    for version in story:
        writer.put(replace(version, source=Source.BACKFILL))
        await writer.flush()
    assert await reader.calls(9) == [closed()]
    assert (await reader.changes(position)).records == ()


async def test_calls_of_two_nodes_with_one_id_are_two_rows(
    writer: CallWriter, reader: CallReader
) -> None:
    """The key is node and id together, each node with numbers of its own."""
    writer.put(record())
    writer.put(record(node="node2"))
    await writer.flush()
    assert {call.node for call in await reader.calls(9)} == {"node1", "node2"}
    assert await reader.position() == {"node1": 1, "node2": 1}


async def test_more_than_a_batch_is_written_in_several(engine: AsyncEngine) -> None:
    """A flush waits for all of what was put, the position coming with the last batch."""
    writer = CallWriter(engine, replace(QUICK, batch=10))
    writer.start()
    for number in range(35):
        writer.put(record(str(number)))
    writer.put_position(CelPosition("node1", "f", 7))
    assert await writer.close()
    assert writer.counters.batches == 4
    assert len(await CallReader(engine).calls(99)) == 35
    assert await CallReader(engine).cel_position("node1") == CelPosition("node1", "f", 7)


async def test_the_last_position_of_a_node_is_kept(writer: CallWriter, reader: CallReader) -> None:
    """A position is read back as put last, for its node only."""
    for offset in (5, 2**40):
        writer.put_position(CelPosition("node1", "8:1", offset))
        await writer.flush()
    assert await reader.cel_position("node1") == CelPosition("node1", "8:1", 2**40)
    assert await reader.cel_position("node2") is None


async def test_notifications_are_queued_with_their_record(
    writer: CallWriter, engine: AsyncEngine
) -> None:
    """All notices put with any version of a call reach the outbox, each once, replays included."""
    for agencies in (("damkar",), ("rsud", "damkar")):
        writer.put(record(), notices(record(), *agencies))
    await writer.flush()
    writer.put(closed(), notices(closed(), "damkar"))
    await writer.flush()
    assert sorted(await outbox_ids(engine)) == sorted(
        notice.id for notice in notices(record(), "damkar", "rsud")
    )


async def test_the_payload_says_what_the_agency_needs(
    writer: CallWriter, engine: AsyncEngine
) -> None:
    """Event, call, agency, emergency, caller, time, language and centre are in the payload."""
    writer.put(closed(), notices(closed(), "damkar"))
    await writer.flush()
    async with engine.connect() as connection:
        payload = json.loads((await connection.scalars(select(outbox.c.payload))).one())
    assert payload == {
        "event": "call_ringing",
        "call": "node1-1.1",
        "node": "node1",
        "agency": "damkar",
        "emergency": "fire",
        "caller": "+62811",
        "began": "2026-03-01T02:03:04.567891+00:00",
        "language": "id",
        "centre": "112",
    }


async def test_a_notice_without_a_call_takes_its_record_with_it(
    writer: CallWriter, engine: AsyncEngine, reader: CallReader
) -> None:
    """Record and notice are one transaction: a notice of no known call leaves neither behind."""
    writer.put(record("good"))
    writer.put(record("bad"), notices(record("elsewhere"), "damkar"))
    assert await writer.flush()
    assert [call.id for call in await reader.calls(9)] == ["good"]
    assert await outbox_ids(engine) == []
    assert writer.counters.refused == 1


@pytest.mark.parametrize(
    "bad",
    [
        record("bad", began=BEGAN.replace(tzinfo=None)),
        record("bad", tier=2**70),
        record("bad", steps=(Step("a", "queue", at(0), left="late"),)),  # type: ignore[arg-type]
    ],
)
async def test_a_record_that_cannot_be_written_harms_no_other(
    writer: CallWriter, reader: CallReader, bad: CallRecord
) -> None:
    """Among others a bad record is counted and left out, and the position goes on."""
    writer.put(record("a"))
    writer.put(bad)
    writer.put(record("b"))
    writer.put_position(CelPosition("node1", "f", 3))
    assert await writer.flush()
    assert sorted(call.id for call in await reader.calls(9)) == ["a", "b"]
    assert writer.counters.refused == 1
    assert await reader.cel_position("node1") == CelPosition("node1", "f", 3)


async def test_hostile_numbers_are_kept_as_far_as_can_be(
    writer: CallWriter, reader: CallReader
) -> None:
    """NUL, half a surrogate, SQL and 4 KB of digits are stored, replaced or cut, never refused."""
    for number, caller in enumerate(["\0", "\udc80", "'); DROP TABLE calls; --", "9" * 4096]):
        writer.put(record(str(number), caller=caller, began=at(number)))
    assert await writer.flush()
    assert [call.caller for call in await reader.calls(9)][::-1] == [
        "\ufffd",
        "\ufffd",
        "'); DROP TABLE calls; --",
        "9" * 64,
    ]


async def test_the_hook_is_told_of_what_is_committed(
    engine: AsyncEngine, reader: CallReader
) -> None:
    """At the time of the hook the record can be read; what the hook raises stops nothing."""
    told: list[CallRecord] = []
    seen = asyncio.Event()

    def hook(records: tuple[CallRecord, ...]) -> None:
        told.extend(records)
        seen.set()
        raise RuntimeError("the board has a fault")

    writer = CallWriter(engine, QUICK, hook)
    writer.start()
    writer.put(record("a"))
    await seen.wait()
    assert await reader.call("node1", "a") == record("a")
    writer.put(record("b"))
    assert await writer.close()
    assert told == [record("a"), record("b")]


async def test_what_comes_after_the_end_is_counted(engine: AsyncEngine) -> None:
    """A record put after the end is dropped without an error to the event reader."""
    writer = CallWriter(engine)
    writer.start()
    assert await writer.close()
    writer.put(record())
    assert writer.counters.dropped == 1


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    settings = load({"SIAGA_HOME": str(tmp_path_factory.mktemp("home"))})
    asyncio.run(migrate(settings))
    return settings.database


serial = iter(range(10**9))


@settings(unhurried, max_examples=40)
@given(st.lists(st.tuples(records(), st.booleans()), min_size=1, max_size=8))
def test_any_sequence_of_puts_ends_in_the_latest_row(
    address: str, puts: list[tuple[CallRecord, bool]]
) -> None:
    """Whatever is put and whenever it is committed, the row is what stands, also after a replay."""
    call = str(next(serial))
    made = [(replace(version, id=call, recording=None), flush) for version, flush in puts]
    stands = reduce(supersede, (version for version, _ in made))

    async def play() -> CallRecord | None:
        engine = open_engine(address)
        writer = CallWriter(engine, replace(QUICK, pause_s=0))
        writer.start()
        for version, flush in made:
            writer.put(version)
            if flush:
                await writer.flush()
        assert await writer.close()
        row = await CallReader(engine).call("node1", call)
        await engine.dispose()
        return row

    for _ in range(2):
        row = asyncio.run(play())
        assert row is not None
        if stands.ended is None:
            assert replace(row, source=stands.source) == stands
        else:
            assert row.ended is not None
    assert row is not None


@unhurried
@given(st.integers(0, 10**6), st.sampled_from(["damkar", "rsud"]))
def test_one_thing_said_twice_has_one_id(number: int, agency: str) -> None:
    """The id of a notice depends on call and agency, not on when or in which words it is said."""
    call = record(str(number))
    (first,) = ANNOUNCER.ringing(call, agency, BEGAN)
    (again,) = ANNOUNCER.ringing(replace(call, language="en"), agency, BEGAN + timedelta(hours=1))
    (other,) = ANNOUNCER.ringing(replace(call, node="node2"), agency, BEGAN)
    assert first.id == again.id != other.id


def test_without_a_webhook_nothing_is_queued() -> None:
    """Where there is nowhere to send to, no notices are made."""
    assert replace(ANNOUNCER, enabled=False).ringing(record(), "damkar", BEGAN) == ()
