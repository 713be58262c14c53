from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.live.calls import answer, check, choose, converse
from tests.live.phones import telephones

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.hook import Hook
    from tests.live.phones import Phones

FIELDS = [
    "id",
    "node",
    "caller",
    "began",
    "language",
    "emergency",
    "tier",
    "plan_version",
    "steps",
    "answered_by",
    "handset",
    "answered",
    "ended",
    "outcome",
    "reason",
    "wait_ms",
    "talk_ms",
    "recording",
    "source",
]
"""Of a row of ``siaga112 calls --json``, as promised in the design."""


async def test_the_agency_is_notified_once(brisk: Centre, hook: Hook) -> None:
    """A call that rings Damkar makes one POST, which says what, where and who."""
    number = brisk.number()
    async with telephones(brisk) as phones:
        await phones.log_in("201")
        call = await choose(phones, number)
        ring = await answer(phones, "201")
        await converse(call, ring)
        posts = await hook.until(number, 1)
        await call.hang_up()
    record = await brisk.record(number)
    check(brisk, record, number)
    # A second call's notification goes through the same worker, after whatever this one still had.
    async with telephones(brisk) as phones:
        await phones.log_in("201")
        later = brisk.number()
        await choose(phones, later)
        await answer(phones, "201")
        await hook.until(later, 1)
    assert hook.of(number) == posts
    (post,) = posts
    assert post.body == {
        "event": "call_ringing",
        "call": record.id,
        "node": "brisk",
        "agency": "damkar",
        "emergency": "fire",
        "caller": number,
        "began": record.began.astimezone(ZoneInfo("Asia/Makassar")).isoformat(),
        "language": "id",
        "centre": "112 Kutai Timur",
    }
    assert post.headers["Content-Type"] == "application/json"
    assert post.headers["Idempotency-Key"]


async def test_calls_are_listed_as_promised(phones: Phones) -> None:
    """``calls --json`` gives every field of the design, with the call's own values."""
    number = phones.centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    await call.hang_up()
    record, row = await _as_listed(phones, number)
    check(phones.centre, record, number)
    assert [field for field in row if field in FIELDS] == FIELDS
    assert record.recording is not None
    assert {name: row[name] for name in FIELDS if name not in ("steps", "began")} == {
        "id": record.id,
        "node": "node1",
        "caller": number,
        "language": "id",
        "emergency": "fire",
        "tier": 1,
        "plan_version": record.plan_version,
        "answered_by": "damkar",
        "handset": "201",
        "answered": _local(record.answered),
        "ended": _local(record.ended),
        "outcome": "answered",
        "reason": "caller_hung_up",
        "wait_ms": record.wait_ms,
        "talk_ms": record.talk_ms,
        "recording": record.recording.path,
        "source": "live",
    }
    assert datetime.fromisoformat(row["began"]) == record.began
    assert row["began"].endswith("+08:00")
    (step,) = record.steps
    assert row["steps"] == [
        {
            "agency": "damkar",
            "kind": "queue",
            "entered": _local(step.entered),
            "left": _local(step.left),
            "result": "answered",
        }
    ]


async def _as_listed(phones: Phones, number: str) -> tuple[CallRecord, dict[str, Any]]:
    """A call's record and its row, of the same moment: the CEL file refines the times later."""
    while True:
        record = await phones.centre.record(number)
        done = await asyncio.to_thread(phones.centre.command, "calls", "--json")
        assert done.returncode == 0, done.stderr
        rows = [row for row in map(json.loads, done.stdout.splitlines()) if row["caller"] == number]
        if record == await phones.centre.record(number):
            (row,) = rows
            return record, row


def _local(time: datetime | None) -> str:
    assert time is not None
    return time.astimezone(ZoneInfo("Asia/Makassar")).isoformat(timespec="microseconds")


async def test_handsets_are_listed_with_who_is_logged_in(phones: Phones) -> None:
    """``handsets --json`` follows a handset from its login through a call to its logout."""
    await phones.log_in("201")
    await _until_state(phones, "201", "free")
    states = await _states(phones)
    assert set(states) == {"101", "102", "201", "202", "301", "302", "401", "402"}
    assert states["202"] == "unavailable"
    call = await choose(phones, phones.centre.number())
    ring = await phones.bank.ring("201")
    await ring.alert()
    await ring.answer()
    await _until_state(phones, "201", "busy")
    await call.hang_up()
    await _until_state(phones, "201", "free")
    await phones.log_out()
    await _until_state(phones, "201", "unavailable")


async def _states(phones: Phones) -> dict[str, str]:
    done = await asyncio.to_thread(phones.centre.command, "handsets", "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(row["password"] for row in rows)
    return {row["extension"]: row["state"] for row in rows}


async def _until_state(phones: Phones, extension: str, state: str) -> None:
    async with asyncio.timeout(20):
        while (await _states(phones))[extension] != state:
            pass
