"""The bounded stream between reader and consumer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.ami import Connected, Disconnected, Down, Event, Headers, Overflow
from router.ami.stream import EventStream

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(number: int) -> Event:
    return Event(str(number), Headers({}, {}), NOW)


def names(items: list[object]) -> list[str]:
    return [item.name if isinstance(item, Event) else type(item).__name__ for item in items]


async def test_order_is_kept_to_the_end() -> None:
    """Items are taken as they were put, and after the last one comes the end, again and again."""
    stream = EventStream(10)
    for number in range(3):
        stream.put(event(number))
    stream.finish()
    assert names([await stream.take() for _ in range(3)]) == ["0", "1", "2"]
    assert await stream.take() is None
    assert await stream.take() is None


async def test_a_waiting_consumer_is_woken() -> None:
    """A consumer that waits gets the next item, and the end."""
    stream = EventStream(10)
    taker = asyncio.create_task(stream.take())
    await asyncio.sleep(0)
    stream.put(event(1))
    assert await taker == event(1)
    taker = asyncio.create_task(stream.take())
    await asyncio.sleep(0)
    stream.finish()
    assert await taker is None


async def test_a_cancelled_consumer_loses_nothing() -> None:
    """What comes after a consumer was cancelled waits for the next one."""
    stream = EventStream(10)
    taker = asyncio.create_task(stream.take())
    await asyncio.sleep(0)
    taker.cancel()
    await asyncio.wait((taker,))
    stream.put(event(1))
    assert await stream.take() == event(1)


async def test_two_consumers_are_an_error() -> None:
    """A second consumer, who would steal from the first, is told so."""
    stream = EventStream(10)
    taker = asyncio.create_task(stream.take())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError):
        await stream.take()
    stream.put(event(1))
    assert await taker == event(1)


async def test_a_slow_consumer_is_told_what_it_missed() -> None:
    """What is too much is dropped until all was taken; then one overflow, then what comes next."""
    stream = EventStream(2)
    for number in range(5):
        stream.put(event(number))
    assert len(stream) == 2
    assert await stream.take() == event(0)
    stream.put(event(5))
    assert await stream.take() == event(1)
    assert await stream.take() == Overflow(dropped=4)
    stream.put(event(6))
    assert await stream.take() == event(6)
    assert stream.dropped == 4


async def test_after_an_overflow_the_consumer_knows_where_the_link_stands() -> None:
    """Of connections made and lost while it was full, the last one is told after the overflow."""
    stream = EventStream(1)
    stream.put(event(0))
    stream.put(event(1))
    stream.put(Disconnected(Down.CLOSED))
    stream.put(Connected(first=False, booted=True))
    stream.finish()
    items = [await stream.take() for _ in range(4)]
    assert items == [event(0), Overflow(1), Connected(first=False, booted=True), None]


async def test_a_consumer_that_never_waits_lets_others_run() -> None:
    """With items always waiting, the reader still has its turn before all of them are taken."""
    stream = EventStream(10_000)
    for number in range(1_000):
        stream.put(event(number))
    ran: list[int] = []
    asyncio.get_running_loop().call_soon(lambda: ran.append(len(stream)))
    for _ in range(1_000):
        await stream.take()
    assert ran
    assert ran[0] > 0


@given(st.lists(st.sampled_from(["put", "mark", "take"]), max_size=60), st.integers(1, 5))
def test_every_event_is_given_in_order_or_counted(steps: list[str], size: int) -> None:
    """For any pace: never more than the size is kept, order stands, nothing is lost unsaid."""

    async def play() -> None:
        stream = EventStream(size)
        put, given, missed, last = 0, [], 0, None
        for step in [*steps, *["take"] * (len(steps) + 2)]:
            if step == "put":
                stream.put(event(put))
                put += 1
            elif step == "mark":
                last = Connected(first=False, booted=bool(put % 2))
                stream.put(last)
            elif len(stream) or stream._full:
                item = await stream.take()
                if isinstance(item, Event):
                    given.append(int(item.name))
                    assert int(item.name) == len(given) - 1 + missed
                elif isinstance(item, Overflow):
                    missed += item.dropped
                    assert item.dropped > 0
                else:
                    seen = item
            assert len(stream) <= max(size, 2)
        assert len(given) + missed == put
        assert stream.dropped == missed
        if last is not None:
            assert seen == last

    asyncio.run(play())
