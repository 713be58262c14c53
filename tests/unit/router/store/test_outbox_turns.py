"""Who has his turn in the outbox, and whose is no longer needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from router.store import CallWriter, Outbox
from router.store.acceptances import Acceptance, AcceptanceStore, Way
from router.store.messages import MessageReader, State
from router.store.outbox import Notification
from tests.unit.router.store.records import at, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.engines


def message(name: str, due: float = 0, **changes: object) -> Notification:
    plain = Notification(
        name, "node1", "a", "damkar", "call_ringing", "sms", "{}", at(due), target="0811"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


async def keep(
    engine: AsyncEngine, *messages: Notification, answered_by: str | None = None
) -> None:
    writer = CallWriter(engine)
    writer.start()
    writer.put(record("a", answered_by=answered_by), messages)
    assert await writer.close()


def names(due: Iterable[object]) -> list[str]:
    return [each.id for each in due]  # type: ignore[attr-defined]


async def test_one_target_is_told_one_thing_at_a_time(engine: AsyncEngine) -> None:
    """The oldest first, also while it is tried again; then the next. Other targets do not wait."""
    other = message("3", 2, target="0822")
    await keep(engine, message("1"), message("2", 1), other)
    outbox = Outbox(engine, "node1", "sms")
    first, third = await outbox.due(at(9), 9)
    assert names((first, third)) == ["1", "3"]
    await outbox.failed(first, at(20), "refused")
    assert names(await outbox.due(at(10), 9)) == ["3"]
    (first,) = [due for due in await outbox.due(at(21), 9) if due.target == "0811"]
    await outbox.delivered(first, at(22))
    assert names(await outbox.due(at(22), 9)) == ["2", "3"]


async def test_what_is_due_later_holds_up_nothing(engine: AsyncEngine) -> None:
    """A turn that has not come yet is no reason for another call's message to wait."""
    await keep(engine, message("1", 60, step=1), message("2", 61))
    outbox = Outbox(engine, "node1", "sms")
    assert names(await outbox.due(at(59), 9)) == []
    assert names(await outbox.due(at(61), 9)) == ["1"]


async def test_who_accepted_ends_the_turns_that_follow(engine: AsyncEngine) -> None:
    """By the link of any message; the first message itself is sent in any case."""
    await keep(engine, message("1", token="t" * 22), message("2", 30, target="0822", step=1))
    store = AcceptanceStore(engine)
    told = await store.find("t" * 22)
    assert told is not None
    assert (told.call, told.agency, told.target, told.accepted) == ("a", "damkar", "0811", None)
    word = Acceptance(at(5), told.target, Way.LINK)
    await store.accept(told.node, told.call, told.agency, word)
    await store.accept(told.node, told.call, told.agency, replace(word, who="second", at=at(6)))
    again = await store.find("t" * 22)
    assert again is not None
    assert again.accepted == word
    outbox = Outbox(engine, "node1", "sms")
    first, second = await outbox.due(at(60), 9)
    assert (first.moot, second.moot) == (False, True)
    await outbox.not_needed(second, at(60))
    await outbox.delivered(first, at(60))
    found = await MessageReader(engine).latest(9)
    assert [each.state for each in found] == [State.SENT, State.NOT_NEEDED]
    assert [each.accepted_by for each in found] == ["0811"] * 2
    store.close()


async def test_who_answered_the_telephone_needs_no_more_messages(engine: AsyncEngine) -> None:
    """Of that agency; of another the turns go on."""
    rsud = message("3", 30, step=1, agency="rsud", target="0833")
    await keep(engine, message("2", 30, step=1), rsud, answered_by="damkar")
    due = await Outbox(engine, "node1", "sms").due(at(60), 9)
    assert [(each.agency, each.moot) for each in due] == [("damkar", True), ("rsud", False)]


async def test_no_token_finds_nothing(engine: AsyncEngine) -> None:
    """Nor does an empty one find the messages that have none."""
    await keep(engine, message("1"))
    store = AcceptanceStore(engine)
    assert await store.find("") is None
    assert await store.find("x" * 22) is None
    assert await store.latest("damkar", datetime(2020, 1, 1, tzinfo=UTC)) is None
    store.close()


async def test_a_dead_message_is_tried_once_more(engine: AsyncEngine) -> None:
    """From now on; one that has arrived, waits, or was not needed is not."""
    await keep(engine, message("1"), message("2", 1))
    outbox, reader = Outbox(engine, "node1", "sms"), MessageReader(engine)
    (first,) = await outbox.due(at(9), 9)
    assert not await reader.retry("1", at(9))
    await outbox.given_up(first, at(9), "refused")
    (dead,) = await reader.latest(9, dead=True)
    assert (dead.id, dead.state, dead.attempts, dead.error) == ("1", State.DEAD, 1, "refused")
    assert await reader.retry("1", at(4000))
    assert not await reader.retry("1", at(4000))
    assert await reader.latest(9, dead=True) == []
    (second,) = await outbox.due(at(4000), 9)
    assert second.id == "2"
    await outbox.not_needed(second, at(4000))
    assert not await reader.retry("2", at(4000))
    assert names(await outbox.due(at(4000), 9)) == ["1"]
