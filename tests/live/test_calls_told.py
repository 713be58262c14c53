from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from yarl import URL

from ops.live import commands
from ops.live.commands import Terms
from router.accounts.trail import Actor
from router.hooks.model import CHOICES
from router.store import open_engine
from router.store.hooks import HookStore
from tests.live.calls import answer, check, choose, converse
from tests.live.phones import telephones

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.hook import Hook, Post
    from tests.live.phones import Phones

TOLD_S = 20.0
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


async def test_a_subscriber_is_told_of_a_call_as_it_goes_on(brisk: Centre, hook: Hook) -> None:
    """Of its beginning, its answer and its end, each once; and of a flag, without the number."""
    number, flagged = brisk.number(), "081298765432"
    engine = open_engine(brisk.settings.database)
    # When an override was set is kept to the second.
    now = datetime.now(UTC).replace(microsecond=0)
    store, actor = HookStore(engine), Actor("test", "127.0.0.1", now)
    made, _ = await store.make("uji", URL(hook.address), CHOICES, actor, personal=False)
    terms = Terms("1h", None, "iseng", "ani")
    try:
        await commands.flag(brisk.settings, flagged, terms)
        async with telephones(brisk) as phones:
            await phones.log_in("201")
            call = await choose(phones, number)
            ring = await answer(phones, "201")
            await converse(call, ring)
            await call.hang_up()
        record = await brisk.record(number)
        events = ["call.begun", "call.answered", "call.ended", "override.set"]
        async with asyncio.timeout(TOLD_S):
            while len(told(hook, record.id)) < len(events):  # noqa: ASYNC110 (filled by another thread)
                await asyncio.sleep(0.05)
        await commands.clear(brisk.settings, flagged, "selesai", "ani")
    finally:
        await store.remove(made, actor)
        store.close()
        await engine.dispose()
    assert sorted(post.body["event"] for post in told(hook, record.id)) == sorted(events)
    of_call = [post.body for post in told(hook, record.id) if post.body["event"] != "override.set"]
    assert [body["event"] for body in of_call] == events[:3]
    assert [body["data"]["call"] for body in of_call] == [record.id] * 3
    assert of_call[2]["data"]["outcome"] == record.outcome
    assert number not in str(of_call)
    assert "98765432" not in str([post.body for post in told(hook, record.id)])


def told(hook: Hook, call: str) -> list[Post]:
    """What was posted to the subscription, of no other call."""
    posts = [post for post in hook.posts if "version" in post.body]
    return [post for post in posts if post.body["data"].get("call", call) == call]


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
