"""The channels of a router: which there are, what is said when they do not work."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from aiohttp.test_utils import unused_port

from router.alarms import Alarms, Kind
from router.channels import Channels
from router.notices import Ways
from router.notify import BOARD, Webhook
from router.store import CallWriter
from router.store.outbox import Notification
from siaga.gateways import Gateways
from siaga.plan import load_plan
from siaga.settings import PROJECT
from tests.unit.router.store.records import record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

PLAN = load_plan(PROJECT / "plans" / "kutim.yaml").plan
TEXT = '{"title": "x", "body": "y"}'
LONG_S = 30.0


def alarms(folder: Path) -> Alarms:
    return Alarms(folder / "alarms.json", "node1", lambda: PLAN, None)


async def put(engine: AsyncEngine, channel: str, due: datetime) -> None:
    writer = CallWriter(engine)
    writer.start()
    told = Notification("m", "node1", "a", "damkar", "call_ringing", channel, TEXT, due, "0811")
    writer.put(record("a"), [told])
    assert await writer.close()


@asynccontextmanager
async def running(channels: Channels) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(job()) for job in channels.jobs()]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    channels.close()


def refusing() -> Gateways:
    """A gateway at which nobody listens."""
    return Gateways({"sms": f"json://127.0.0.1:{unused_port()}/?-to={{to}}"})


async def test_a_channel_that_takes_nothing_is_seen(engine: AsyncEngine, tmp_path: Path) -> None:
    """By what it said last, until it takes something again."""
    channels = Channels(engine, "node1", refusing(), None, alarms(tmp_path))
    await put(engine, "sms", datetime.now(UTC))
    async with running(channels), asyncio.timeout(LONG_S):
        while not channels.stuck():  # noqa: ASYNC110 (nothing else tells)
            await asyncio.sleep(0.01)
        assert channels.stuck() == {"sms": "refused"}


async def test_a_message_that_is_given_up_is_an_alarm(engine: AsyncEngine, tmp_path: Path) -> None:
    """With the channel and the call."""
    told = alarms(tmp_path)
    channels = Channels(engine, "node1", refusing(), None, told)
    await put(engine, "sms", datetime.now(UTC) - timedelta(hours=2))
    async with running(channels), asyncio.timeout(LONG_S):
        while not told.raised:  # noqa: ASYNC110 (nothing else tells)
            await asyncio.sleep(0.01)
    (alarm,) = told.raised
    assert (alarm.kind, alarm.subject, alarm.detail) == (Kind.MESSAGE_DEAD, "sms", "a")


async def test_what_nobody_accepted_is_an_alarm(engine: AsyncEngine, tmp_path: Path) -> None:
    """When the centre's own turn comes."""
    told = alarms(tmp_path)
    channels = Channels(engine, "node1", refusing(), None, told)
    await put(engine, BOARD, datetime.now(UTC))
    async with running(channels), asyncio.timeout(LONG_S):
        while not told.raised:  # noqa: ASYNC110 (nothing else tells)
            await asyncio.sleep(0.01)
    (alarm,) = told.raised
    assert (alarm.kind, alarm.subject, alarm.detail) == (Kind.UNACCEPTED, "damkar", "a")


async def test_a_gateway_that_cannot_be_used_leaves_the_others(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    """It is logged without its password, and its contacts have no turn."""
    wrong = Gateways(
        {"sms": "nosuch://ann:s3cret@h/{to}", "email": "mailtos://a:b@example.org?to={to}"},
        "https://112.example.org",
    )
    with structlog.testing.capture_logs() as logs:
        channels = Channels(engine, "node1", wrong, None, alarms(tmp_path))
    assert channels.ways == Ways(
        webhook=False, kinds=frozenset({"email"}), public_url="https://112.example.org"
    )
    assert [(line["event"], line["kind"]) for line in logs] == [("gateway_unusable", "sms")]
    assert "s3cret" not in str(logs)
    channels.close()


async def test_without_any_channel_nothing_is_made(engine: AsyncEngine, tmp_path: Path) -> None:
    """And with the webhook alone nothing for contacts."""
    none = Channels(engine, "node1", Gateways(), None, alarms(tmp_path))
    assert (none.is_used, none.jobs()) == (False, [])
    alone = Channels(engine, "node1", Gateways(), Webhook("http://127.0.0.1:9/"), alarms(tmp_path))
    assert (alone.is_used, len(alone.jobs()), alone.ways) == (True, 1, Ways())
