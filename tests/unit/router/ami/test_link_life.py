"""The link's life: staying, telling what happens, coming back, stopping."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from router.ami import (
    Address,
    AmiLink,
    Connected,
    Disconnected,
    Down,
    Event,
    LinkStoppedError,
    NotConnectedError,
    Overflow,
    Ping,
)
from router.ami.frames import Limits
from tests.unit.router.ami.ami_server import (
    PATIENT,
    AmiServer,
    cel,
    frame,
    linked,
    numbers,
    open_files,
    up,
)


async def test_a_half_open_connection_is_noticed_and_replaced() -> None:
    """A peer that keeps the socket but answers no ping is left, told, and connected to again."""
    quick = replace(PATIENT, ping_every_s=0.01, silence_s=0.2)
    async with linked(quick) as (server, link):
        connection = await server.logged_in()
        await up(link)
        await connection.pinged.wait()
        connection.pings = False
        down = await link.next_event()
        assert isinstance(down, Disconnected)
        assert down.reason is Down.SILENT
        await connection.closed()
        await server.logged_in()
        assert await link.next_event() == Connected(first=False, booted=True)


async def test_pings_go_on_while_they_are_answered() -> None:
    """An idle connection is asked again and again, and stays."""
    async with linked(replace(PATIENT, ping_every_s=0.001)) as (server, link):
        connection = await server.logged_in()
        await up(link)
        for _ in range(5):
            connection.pinged.clear()
            await connection.pinged.wait()
        assert link.connected
        assert server.accepted == 1


async def test_events_do_not_stand_in_for_the_answer_to_a_ping() -> None:
    """A peer that talks on but takes no more actions is left too: calls could not be moved."""
    async with linked(replace(PATIENT, ping_every_s=0.01, silence_s=0.2)) as (server, link):
        connection = await server.logged_in()
        connection.pings = False
        await up(link)
        number = 0
        while link.connected:
            number += 1
            connection.say(cel(number))
            await asyncio.sleep(0)
            await link.next_event()
        assert number > 1


async def test_a_lost_connection_is_told_and_made_again() -> None:
    """After the peer closes, the consumer learns it and the next connection is not the first."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        connection.leave()
        down = await link.next_event()
        assert isinstance(down, Disconnected)
        assert down.reason is Down.CLOSED
        assert not link.connected
        await server.logged_in()
        await up(link, first=False)
        assert link.counters.connections == 2


async def test_the_end_of_asterisk_is_an_event_before_it_is_a_loss() -> None:
    """``Shutdown`` is told like any event, and does not end the connection by itself."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        connection.say(frame("Event: Shutdown", "Number: 1") + cel(2))
        assert await numbers(link, 2) == [1, 2]
        assert link.connected


async def test_events_come_in_order_whatever_the_network_does() -> None:
    """Events written in odd pieces arrive whole and in order, stamped with the time of arrival."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        data = b"".join(map(cel, range(200)))
        for start in range(0, len(data), 37):
            connection.say(data[start : start + 37])
        assert await numbers(link, 200) == list(range(200))


async def test_events_carry_the_time_of_the_clock_given() -> None:
    """The time of arrival is that of the injected clock."""
    server = AmiServer()
    await server.start()
    then = datetime(2026, 8, 17, tzinfo=UTC)
    link = AmiLink(
        Address("127.0.0.1", server.port, "router", "rahasia"), PATIENT, now=lambda: then
    )
    running = asyncio.create_task(link.run())
    (await server.logged_in()).say(cel(1))
    await up(link)
    event = await link.next_event()
    assert isinstance(event, Event)
    assert (event.name, event.received_at) == ("CEL", then)
    running.cancel()
    await asyncio.wait((running,))
    await server.stop()


async def test_a_consumer_that_raises_harms_only_itself() -> None:
    """An exception in a consumer leaves the connection as it is, and the next one takes over."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)

        async def consumer() -> None:
            async for _ in link:
                raise ZeroDivisionError

        connection.say(cel(1) + cel(2))
        with pytest.raises(ZeroDivisionError):
            await consumer()
        assert link.connected
        assert await numbers(link, 1) == [2]
        assert server.accepted == 1


async def test_a_slow_consumer_costs_no_memory_and_no_connection() -> None:
    """With nobody taking events, reading and answering go on, and what was dropped is told."""
    async with linked(replace(PATIENT, queue=50)) as (server, link):
        connection = await server.logged_in()
        await up(link)
        for number in range(1_000):
            connection.say(cel(number))
        acting = asyncio.create_task(link.act(Ping()))
        await acting
        assert len(link._stream) == 50
        assert await numbers(link, 50) == list(range(50))
        assert await link.next_event() == Overflow(dropped=950)
        connection.say(cel(1_000))
        assert await numbers(link, 1) == [1_000]
        assert link.counters.dropped == 950
        assert server.accepted == 1


@pytest.mark.parametrize(
    "endless", [b"x" * 3_000, b"A: 1\r\n" * 600, b"A: " + b"1" * 600 + b"\r\n\r\n"]
)
async def test_a_peer_without_measure_is_left(endless: bytes) -> None:
    """A line, a frame or a number of headers without end ends the connection, told as such."""
    limits = Limits(line=500, headers=100, frame=2_000)
    async with linked(replace(PATIENT, limits=limits)) as (server, link):
        connection = await server.logged_in()
        await up(link)
        connection.say(cel(1) + endless)
        assert await numbers(link, 1) == [1]
        down = await link.next_event()
        assert isinstance(down, Disconnected)
        assert down.reason is Down.PROTOCOL
        await server.logged_in()
        await up(link, first=False)


async def test_frames_that_are_neither_event_nor_response_are_ignored() -> None:
    """Noise between frames, and answers that nobody waits for, change nothing."""
    async with linked() as (server, link):
        connection = await server.logged_in()
        await up(link)
        connection.frame("Nonsense: 1")
        connection.frame("no header at all")
        connection.frame("Response: Success", "ActionID: somebody-else")
        connection.frame("Response: Success")
        connection.say(cel(1))
        assert await numbers(link, 1) == [1]


async def test_a_stopped_link_is_really_closed() -> None:
    """After it was cancelled there is no socket, no task, no new try, and consumers see the end."""
    files, tasks = open_files(), asyncio.all_tasks()
    server = AmiServer()
    await server.start()
    link = AmiLink(Address("127.0.0.1", server.port, "router", "rahasia"), PATIENT)
    running = asyncio.create_task(link.run())
    connection = await server.logged_in()
    await up(link)
    running.cancel()
    await asyncio.wait((running,))
    await connection.closed()
    assert not link.connected
    with pytest.raises(NotConnectedError):
        await link.act(Ping())
    down = Disconnected(Down.STOPPED, "We closed the connection.")
    assert [item async for item in link] == [down]
    with pytest.raises(LinkStoppedError):
        await link.next_event()
    # What connected before is accepted before what connects now.
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    by_hand = await server.connection()
    writer.close()
    await by_hand.closed()
    assert server.accepted == 2
    await server.stop()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= tasks
    assert open_files() <= files
