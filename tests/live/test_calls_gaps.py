"""Stretches in which the router does not hear: the records, and the ledger that tells of them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from router.calls.celfile import CelFile
from router.calls.record import LegEnd, Outcome, Reason, Source
from router.calls.reducer import fold
from tests.live.calls import answer, arrive, check, choose, converse
from tests.live.centre import RECORD_S
from tests.live.test_calls_outage import nobody_restarts

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.phones import Phones


def as_live(centre: Centre, record: CallRecord) -> CallRecord:
    """The record that the call's events make, all of them, as a listener without a gap has it."""
    events = [each for each in CelFile(centre.settings.cel_file).read() if each.linked == record.id]
    whole = fold(events, centre.settings.node).record
    assert whole.recording is not None
    assert record.recording is not None
    assert whole.recording.path == record.recording.path
    return replace(whole, recording=record.recording)


async def at_last(centre: Centre, number: str) -> tuple[CallRecord, CallRecord]:
    """The record once its end is timed by the file, seconds after AMI told it; and the whole.

    A record that never has it is given as it is in the end.
    """
    record = await centre.record(number)
    try:
        async with asyncio.timeout(RECORD_S):
            while record.ended != as_live(centre, record).ended:
                await asyncio.sleep(0.1)
                record = await centre.record(number)
    except TimeoutError:
        pass  # The comparison shows what differs.
    return record, as_live(centre, record)


async def gap_of(centre: Centre, record: CallRecord, why: str) -> dict[str, Any]:
    """The gap that a call was in, as ``siaga112 gaps`` tells it."""
    async with asyncio.timeout(RECORD_S):
        while True:
            done = await asyncio.to_thread(centre.command, "gaps", "--json")
            for row in map(json.loads, reversed(done.stdout.splitlines())):
                if row["why"] == why and row["ended"] and record.id in row["each"]:
                    return dict(row)


async def until_known(centre: Centre, number: str) -> CallRecord:
    """The record of a call that is up, as soon as it is in the database."""
    return await centre.record(number, lambda record: record.ended is None, filed=False)


async def test_an_outage_over_begin_middle_and_end_is_not_to_be_seen(phones: Phones) -> None:
    """Of three calls the outage has the arrival, the answer and the hang-up: all are as if live.

    Field by field and to the microsecond, save ``source``; and the ledger says how they came.
    """
    centre = phones.centre
    begin, middle, end = centre.number(), centre.number(), centre.number()
    await phones.log_in("201", "301")
    leaving = await choose(phones, end)
    talk = await answer(phones, "201")
    await talk.confirmed()
    waiting = await choose(phones, middle, "2")
    ringing = await phones.bank.ring("301")
    await ringing.alert()
    await until_known(centre, end)
    await until_known(centre, middle)
    with nobody_restarts(centre):
        centre.kill("router")
        await centre.until_down("router")
        await leaving.hang_up()
        await talk.ended()
        await ringing.answer()
        await converse(waiting, ringing)
        coming = await choose(phones, begin)
        other = await answer(phones, "201")
        await converse(coming, other)
    await centre.until_ready()
    await coming.hang_up()
    await waiting.hang_up()
    for number in (begin, middle, end):
        record, whole = await at_last(centre, number)
        assert record == replace(whole, source=Source.BACKFILL)
        gap = await gap_of(centre, record, "start")
        assert gap["each"][record.id] == "file"
        assert gap["calls"] == len(gap["each"]) >= 3
        assert gap["lost"] == 0


async def test_a_call_goes_on_in_the_next_file(phones: Phones) -> None:
    """Rotated while two talk, and the router killed besides: the call is read whole from both."""
    centre = phones.centre
    number = centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    path = centre.settings.cel_file
    old = path.with_name("cel.csv.1")
    path.rename(old)
    try:
        centre.kill("router")
        await centre.until_down("router")
        await centre.until_ready()
        await call.hang_up()
        check(centre, await centre.record(number), number, source=Source.BACKFILL)
    finally:
        old.unlink()


async def test_calls_that_only_asterisk_knows_are_on_the_board(phones: Phones) -> None:
    """Neither database nor file has them: one that talks and one that waits come from its lists."""
    centre = phones.centre
    talking, waiting = centre.number(), centre.number()
    await phones.log_in("201", "301")
    with nobody_restarts(centre):
        centre.kill("router")
        await centre.until_down("router")
        first = await choose(phones, talking)
        ring = await answer(phones, "201")
        await ring.confirmed()
        second = await choose(phones, waiting, "2")
        alerted = await phones.bank.ring("301")
        await alerted.alert()
        centre.settings.cel_file.unlink()
    await centre.until_ready()
    known = await until_known(centre, talking)
    assert (known.answered_by, known.handset, known.emergency) == ("damkar", "201", "fire")
    known = await until_known(centre, waiting)
    assert [(step.agency, step.result) for step in known.steps] == [("rsud", None)]
    assert (known.answered, known.emergency) == (None, "medical")
    await alerted.answer()
    await converse(second, alerted)
    await first.hang_up()
    await second.hang_up()
    for number, agency in ((talking, "damkar"), (waiting, "rsud")):
        record = await centre.record(number)
        assert (record.outcome, record.reason) == (Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
        assert record.answered_by == agency
        gap = await gap_of(centre, record, "start")
        assert gap["each"][record.id] == "reconciled"


async def test_a_talk_whose_beginning_nothing_tells_is_no_call_that_was_left(
    phones: Phones,
) -> None:
    """Answered while the router was away and its CEL lost: the record has who talks with whom."""
    centre = phones.centre
    number = centre.number()
    await phones.log_in("201")
    call = await arrive(phones, number)
    await call.press("1")
    ring = await phones.bank.ring("201")
    await ring.alert()
    await centre.record(number, lambda each: bool(each.steps), filed=False)
    with nobody_restarts(centre):
        centre.kill("router")
        await centre.until_down("router")
        await ring.answer()
        await converse(call, ring)
        centre.settings.cel_file.unlink()
    await centre.until_ready()
    known = await centre.record(number, lambda each: each.answered is not None, filed=False)
    assert (known.answered_by, known.handset, known.ended) == ("damkar", "201", None)
    await call.hang_up()
    record = await centre.record(number)
    assert (record.outcome, record.reason) == (Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
    assert [(leg.handset, leg.end) for leg in record.legs] == [("201", LegEnd.CALL_ENDED)]
    gap = await gap_of(centre, record, "start")
    assert gap["each"][record.id] == "reconciled"


async def test_a_call_whose_end_nothing_tells_is_no_ghost(phones: Phones) -> None:
    """Over while the router was away and its CEL lost: closed as unknown, told as lost."""
    centre = phones.centre
    number = centre.number()
    await phones.log_in("201")
    call = await arrive(phones, number)
    await call.press("1")
    ring = await answer(phones, "201")
    await ring.confirmed()
    known = await centre.record(number, lambda each: each.answered is not None, filed=False)
    with nobody_restarts(centre):
        centre.kill("router")
        await centre.until_down("router")
        await call.hang_up()
        await ring.ended()
        channels = "x"
        async with asyncio.timeout(RECORD_S):
            while channels.strip():
                channels = await asyncio.to_thread(centre.asterisk, "core show channels concise")
        centre.settings.cel_file.unlink()
    await centre.until_ready()
    record = await centre.record(number)
    assert (record.outcome, record.reason) == (Outcome.ANSWERED, Reason.UNKNOWN)
    (leg,) = record.legs
    assert (replace(leg, left=None, end=None),) == known.legs
    assert leg.end is LegEnd.CALL_ENDED
    assert replace(
        record,
        ended=None,
        outcome=None,
        reason=None,
        recording=None,
        source=known.source,
        legs=known.legs,
    ) == replace(known, recording=None)
    gap = await gap_of(centre, record, "start")
    assert gap["each"][record.id] == "lost"
