"""The link's beginning: connecting, logging in, trying again."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from structlog.testing import capture_logs

from router.ami import (
    Address,
    AmiLink,
    Connected,
    Disconnected,
    Down,
    Event,
    NotConnectedError,
    Ping,
    Policy,
)
from tests.unit.router.ami.ami_server import (
    PATIENT,
    AmiServer,
    cel,
    frame,
    linked,
    numbers,
    up,
)


async def test_connected_is_announced_when_asterisk_is_booted() -> None:
    """Login alone announces nothing; ``FullyBooted`` does, before it and all that follows it."""
    async with linked() as (server, link):
        connection = await server.connection()
        connection.say(b"Asterisk Call Manager/11.0.0\r\n")
        login = await connection.action()
        assert login["Events"] == "on"
        connection.answer(login)
        assert not link.connected
        with pytest.raises(NotConnectedError):
            await link.act(Ping())
        connection.say(cel(1) + frame("Event: FullyBooted") + cel(2))
        assert await numbers(link, 1) == [1]
        assert await link.next_event() == Connected(first=True, booted=True)
        assert link.connected
        booted = await link.next_event()
        assert isinstance(booted, Event)
        assert booted.name == "FullyBooted"
        assert await numbers(link, 1) == [2]


async def test_all_of_a_login_in_one_piece() -> None:
    """Answer, ``FullyBooted`` and events in one read are told in their order."""
    async with linked() as (server, link):
        connection = await server.connection()
        connection.say(b"Asterisk Call Manager/11.0.0\r\n")
        login = await connection.action()
        answer = frame("Response: Success", f"ActionID: {login['ActionID']}")
        connection.say(answer + frame("Event: FullyBooted") + cel(1))
        await up(link)
        assert await numbers(link, 1) == [1]


async def test_more_may_wait_to_be_read_than_the_system_gives_at_first() -> None:
    """What it gives stays as it is now and then, and is acknowledged late: 4 MB/s then."""
    with socket.socket() as plain:
        usual = plain.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    async with linked() as (server, link):
        connection = await server.connection()
        connection.say(b"Asterisk Call Manager/11.0.0\r\n")
        await connection.action()
        session: Any = link._session
        ours = session._protocol.transport.get_extra_info("socket")
        assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) > usual


async def test_without_the_right_to_hear_fully_booted() -> None:
    """An account that is never told of ``FullyBooted`` is announced without it, once."""
    async with linked(replace(PATIENT, booted_s=0.001)) as (server, link):
        connection = await server.connection()
        connection.say(b"Asterisk Call Manager/11.0.0\r\n")
        connection.answer(await connection.action())
        assert await link.next_event() == Connected(first=True, booted=False)
        connection.say(frame("Event: FullyBooted", "Number: 0") + cel(1))
        assert await numbers(link, 2) == [0, 1]


async def test_the_password_waits_for_the_greeting() -> None:
    """Nothing is sent to a peer that has not greeted as Asterisk, and it is left."""
    async with linked() as (server, link):
        connection = await server.connection()
        connection.say(b"220 mail ready\r\n")
        await connection.closed()
        down = await link.next_event()
        assert isinstance(down, Disconnected)
        assert down.reason is Down.PROTOCOL


async def test_a_refused_login_is_told_and_logged_once_and_tried_again() -> None:
    """However often Asterisk refuses, there is one event and one line; then it may succeed."""
    with capture_logs() as logs:
        async with linked() as (server, link):
            for _ in range(3):
                connection = await server.connection()
                connection.say(b"Asterisk Call Manager/11.0.0\r\n")
                login = await connection.action()
                connection.answer(login, "Message: Authentication failed", response="Error")
                connection.leave()
            await server.logged_in()
            refused = Disconnected(Down.LOGIN_REFUSED, "Authentication failed")
            assert await link.next_event() == refused
            assert await link.next_event() == Connected(first=True, booted=True)
            assert link.counters.failures == 3
    told = [entry for entry in logs if entry.get("reason") == "login_refused"]
    assert len(told) == 1
    assert "rahasia" not in str(logs)


def test_waits_between_tries_grow_to_a_limit_and_are_spread() -> None:
    """Each wait is double the last up to the limit, and chance takes its share of each."""
    policy = replace(PATIENT, retry_first_s=1, retry_max_s=10, retry_jitter=0.5)
    assert list(islice(policy.retries(lambda: 0.0), 6)) == [1, 2, 4, 8, 10, 10]
    assert list(islice(policy.retries(lambda: 1.0), 6)) == [0.5, 1, 2, 4, 5, 5]
    assert len(set(islice(policy.retries(), 50))) > 40


async def test_waits_begin_anew_only_after_a_connection_that_lasted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A peer that takes each login and closes is tried ever less often, a steady one is not."""
    waits: list[float] = []
    really_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds:
            waits.append(seconds)
        await really_sleep(0)

    monkeypatch.setattr("router.ami.link.asyncio.sleep", sleep)
    growing = replace(PATIENT, retry_first_s=1, retry_max_s=4, retry_jitter=0)
    for steady_s, wanted in ((60.0, [1, 2, 4, 4]), (0.0, [1, 1, 1, 1])):
        waits.clear()
        async with linked(replace(growing, steady_s=steady_s)) as (server, link):
            for number in range(4):
                connection = await server.logged_in()
                await up(link, first=number == 0)
                connection.leave()
            await server.connection()
        assert waits == wanted


async def test_nobody_listens_and_then_somebody_does() -> None:
    """An Asterisk that is not there is told once, tried again, and found when it comes."""
    server = AmiServer()
    await server.start()
    await server.stop()
    link = AmiLink(Address("127.0.0.1", server.port, "router", "rahasia"), PATIENT)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(link.run())
        down = await link.next_event()
        assert isinstance(down, Disconnected)
        assert down.reason is Down.UNREACHABLE
        await server.start()
        await server.logged_in()
        assert await link.next_event() == Connected(first=True, booted=True)
        running.cancel()
    await server.stop()


async def test_a_peer_that_does_not_greet_is_left() -> None:
    """A peer that accepts and says nothing is left after the login's time and tried again."""
    async with linked(replace(PATIENT, login_s=0.01)) as (server, link):
        await (await server.connection()).closed()
        down = await link.next_event()
        assert isinstance(down, Disconnected)
        assert down.reason is Down.LOGIN_TIMEOUT
        await server.connection()


@pytest.mark.parametrize(
    "wrong",
    [
        {"ping_every_s": 5, "silence_s": 5},
        {"ping_every_s": 0},
        {"retry_first_s": 0},
        {"retry_first_s": 20},
        {"retry_jitter": 2},
        {"queue": 0},
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(wrong: dict[str, int]) -> None:
    """Values under which nothing could be noticed or tried are refused at once."""
    with pytest.raises(ValueError, match="must be"):
        Policy(**wrong)
