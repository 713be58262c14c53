"""Who listened to whom: one row each, whoever tells it and whenever the database takes it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from router import listening as module
from router.calls.tracker import CallTracker
from router.listening import Listening
from router.store import migrate, open_engine
from router.store.custody import AuditRow, Custody, What
from siaga.names import Milestone
from tests.unit.router.calls.celmaker import CALL, Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from router.calls.events import CelEvent
    from siaga.settings import Settings

OWN = "node1-1795529999.7"
"""The supervisor's own call."""


def listens(handset: str = "201", linked: str = OWN) -> CelEvent:
    """What the dialplan tells of the handset 101 that listens."""
    script = Script(linked=linked)
    extra = json.dumps({"extra": handset})
    script.event(Milestone.LISTENED, unique=linked, channel="PJSIP/101-00000009", extra=extra)
    return script.events[-1]


def talking() -> CallTracker:
    """The calls: 201 talks with a caller."""
    tracker = CallTracker("node1")
    script = Script()
    script.arrive()
    script.choose()
    script.talk("201")
    for event in script.events:
        tracker.live(event)
    return tracker


@asynccontextmanager
async def keeping(settings: Settings, tracker: CallTracker) -> AsyncIterator[Listening]:
    """It works, until all it was told of is kept."""
    engine = open_engine(settings.database)
    custody = Custody(engine)
    made = Listening(tracker, custody)
    running = asyncio.create_task(made.run())
    yield made
    async with asyncio.timeout(30):
        while not made.is_idle:  # noqa: ASYNC110 (it tells nobody)
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait((running,))
    custody.close()
    await engine.dispose()


async def kept(settings: Settings) -> list[AuditRow]:
    """The rows of the audit log."""
    engine = open_engine(settings.database)
    custody = Custody(engine)
    found = await custody.log(100)
    custody.close()
    await engine.dispose()
    return found


async def test_a_listening_is_one_row_though_it_is_told_twice(settings: Settings) -> None:
    """Over AMI and in the file, and once more by the file to the next router."""
    await migrate(settings)
    for _ in range(2):
        async with keeping(settings, talking()) as made:
            made.take(listens())
            made.take(listens())
    (row,) = await kept(settings)
    assert (row.who, row.what, row.object) == ("101", What.LISTENED, CALL)
    assert row.why == f"pesawat / handset 201, {OWN}"
    assert row.at == listens().time


async def test_each_time_is_a_row_and_nobody_talking_is_told_as_that(settings: Settings) -> None:
    """Two calls of the supervisor's are two; of a handset without a talk there is no call."""
    await migrate(settings)
    async with keeping(settings, talking()) as made:
        made.take(listens())
        made.take(listens("301", "node1-2.2"))
    assert [row.object for row in await kept(settings)] == [CALL, "-"]


async def test_it_waits_for_the_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not idle before the row is written, so the file is read again by a router that dies."""
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    settings.home.mkdir()
    with structlog.testing.capture_logs() as logs:
        async with keeping(settings, talking()) as made:
            made.take(listens())
            async with asyncio.timeout(30):
                while len(logs) < 2:  # noqa: ASYNC110 (logs tell nobody)
                    await asyncio.sleep(0.01)
            assert not made.is_idle
            await migrate(settings)
    (row,) = await kept(settings)
    assert row.object == CALL
