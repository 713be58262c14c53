"""The alarms' service, with a real file and a real web server as receiver."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC
from typing import TYPE_CHECKING

import pytest
import structlog

from router.alarms import RULES, Alarms, Kind
from router.alarms import service as service_module
from router.alarms.core import Alarm
from router.alarms.told import as_row
from router.notify import Webhook
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.unit.router.notify.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PLAN = load_plan(PROJECT / "plans" / "kutim.yaml").plan
LONG_S = 30.0


class Clock:
    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


def alarms(folder: Path, clock: Clock, webhook: Webhook | None = None) -> Alarms:
    return Alarms(folder / "alarms.json", "node1", lambda: PLAN, webhook, now=clock)


@asynccontextmanager
async def running(made: Alarms) -> AsyncIterator[None]:
    task = asyncio.create_task(made.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def until(condition: object) -> None:
    async with asyncio.timeout(LONG_S):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 (another task)
            await asyncio.sleep(0.01)


async def test_an_alarm_is_logged_and_told_with_what_to_do(tmp_path: Path) -> None:
    """A fall to tier 2 is in the log and at the receiver, in both languages, with its action."""
    receiver, clock = Receiver(), Clock()
    with structlog.testing.capture_logs() as logs:
        async with receiver.up(), Webhook(receiver.address) as webhook:
            made = alarms(tmp_path, clock, webhook)
            async with running(made):
                made.happened(Kind.TIER_FELL, "2", "node1-1.1")
                await until(lambda: made.health()["unheard"] == 0)
                clock.at += RULES[Kind.TIER_FELL].clear_after_s
                made.tick()
                await until(lambda: len(receiver.got) == 2)
    raised, cleared = receiver.got
    assert (raised["event"], cleared["event"]) == ("alarm_raised", "alarm_cleared")
    assert (raised["alarm"], raised["subject"], raised["detail"]) == ("tier_fell", "2", "node1-1.1")
    assert raised["severity"] == "critical"
    assert raised["text"].keys() == raised["todo"].keys() == {"id", "en"}
    assert raised["centre"] == "112 Kutai Timur"
    assert raised["raised"].endswith("+08:00")
    assert len(set(receiver.keys)) == 2
    told = [log["event"] for log in logs if log["event"] in ("alarm_raised", "alarm_cleared")]
    assert told == ["alarm_raised", "alarm_cleared"]


@pytest.mark.parametrize("kind", Kind)
def test_every_alarm_says_what_it_is_about(kind: Kind) -> None:
    """What is wrong and what to do are whole sentences, with the subject where it belongs."""
    row = as_row(Alarm(kind, "{telkom}", "", 0.0), UTC)
    said = [row[part][language] for part in ("text", "todo") for language in ("id", "en")]
    assert all("{" not in each.replace("{telkom}", "") for each in said)
    rule = RULES[kind]
    wanted = [rule.text, rule.text_en, rule.todo, rule.todo_en]
    assert ["{telkom}" in each for each in said] == ["{subject}" in each for each in wanted]


async def test_an_alarm_waits_for_its_receiver_across_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the receiver is down the alarm is unheard, also after a restart; then it is told once.

    The receiver gets the same key at each try.
    """
    monkeypatch.setattr(service_module, "RETRY_S", 0.01)
    receiver, clock = Receiver(statuses=[500, 503]), Clock()
    async with Webhook(receiver.address) as webhook:
        first = alarms(tmp_path, clock, webhook)
        async with running(first):
            first.happened(Kind.CALL_LOST, "", "node1-9.9")
            await until(lambda: first.health()["receiver"] == "failing")
        assert (first.health()["raised"], first.health()["unheard"]) == (1, 1)
        second = alarms(tmp_path, clock, webhook)
        assert second.health()["unheard"] == 1
        async with receiver.up(), running(second):
            await until(lambda: second.health()["unheard"] == 0)
            assert second.health()["receiver"] == "ok"
    assert len(receiver.got) == 3
    assert len(set(receiver.keys)) == 1
    third = alarms(tmp_path, clock)
    assert [row["heard"] is not None for row in third.rows()] == [True]


async def test_without_a_receiver_alarms_are_seen_to_ring_nowhere(tmp_path: Path) -> None:
    """With no webhook an alarm stands, is kept, and is counted as unheard."""
    clock = Clock()
    made = alarms(tmp_path, clock)
    async with running(made):
        made.happened(Kind.TIER_FELL, "3")
        await until((tmp_path / "alarms.json").exists)
    assert made.health() == {
        "raised": 1,
        "unheard": 1,
        "waiting": 1,
        "dropped": 0,
        "receiver": "none",
    }
    assert (tmp_path / "alarms.json").stat().st_mode & 0o777 == 0o600


async def test_old_news_are_not_told(tmp_path: Path) -> None:
    """A receiver that comes after a day is not told what was over long ago."""
    receiver, clock = Receiver(), Clock()
    lone = alarms(tmp_path, clock)
    async with running(lone):
        lone.happened(Kind.TIER_FELL, "2")
        await until((tmp_path / "alarms.json").exists)
    clock.at += 2 * service_module.STALE_S
    async with receiver.up(), Webhook(receiver.address) as webhook:
        made = alarms(tmp_path, clock, webhook)
        async with running(made):
            made.happened(Kind.TIER_FELL, "3")
            await until(lambda: receiver.got)
            await until(lambda: made.health()["waiting"] == 0)
    told = [(body["event"], body["subject"]) for body in receiver.got]
    assert ("alarm_raised", "2") not in told
    assert ("alarm_raised", "3") in told


@pytest.mark.parametrize("content", ["", "[]", "{", '{"alarms": [1]}', '{"alarms": 3}', "\udcff"])
async def test_a_spoilt_file_is_no_reason_not_to_start(tmp_path: Path, content: str) -> None:
    """Whatever is in the file, the service starts, and keeps what comes next."""
    file = tmp_path / "alarms.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    made = alarms(tmp_path, Clock())
    async with running(made):
        made.happened(Kind.TIER_FELL, "2")
        await until(lambda: b"tier_fell" in file.read_bytes())
    assert json.loads(file.read_text())["alarms"][0]["subject"] == "2"


async def test_a_file_that_cannot_be_written_silences_nothing(tmp_path: Path) -> None:
    """With nowhere to keep it, the alarm is told all the same."""
    receiver = Receiver()
    async with receiver.up(), Webhook(receiver.address) as webhook:
        made = alarms(tmp_path / "gone", Clock(), webhook)
        async with running(made):
            made.happened(Kind.TIER_FELL, "2")
            await until(lambda: receiver.got)
