"""The FastAGI server over loopback: what hostile or broken peers do harms no other call."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from ivr.agi import Limits
from ivr.server import FastAgiServer, Policy
from tests.unit.ivr.agi_peer import PATIENT, TINY_CALL, Peer, environment, serving

SHORT = 0.02
"""Seconds of a time-out that a test waits for."""

GARBAGE = [
    (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not_agi"),
    (b"\x16\x03\x01\x00\xa5", "not_agi"),
    (b"agi_\n", "malformed_line"),
    (b"agi_a: " + b"x" * 20_000, "line_too_long"),
    (b"agi_a: x\n" * 600, "too_many_lines"),
    ((b"agi_a: " + b"x" * 10_000 + b"\n") * 7, "too_many_bytes"),
    (environment() + b"200 result=49\n", "unexpected_line"),
]

ANSWERS = [
    (b"garbage\n", "malformed_reply"),
    (b"\0" * 20_000, "line_too_long"),
    (b"200 result=1 (" + b"x\n" * 600, "too_many_lines"),
    (b"200 result=49\n200 result=1\n", "unexpected_line"),
]


@pytest.mark.parametrize(("data", "code"), GARBAGE)
async def test_garbage_closes_its_own_connection(data: bytes, code: str) -> None:
    """Each kind of garbage is closed with its own code, while a call beside it goes on."""
    async with serving() as server:
        good = await Peer.connect(server, environment())
        first = await good.asked()
        bad = await Peer.connect(server, data)
        assert await bad.closed_by_server()
        good.say(b"200 result=49\n")
        assert [first, *await good.whole_call()] == TINY_CALL
    assert server.counters.failed == {code: 1}
    assert server.counters.served == 1


@pytest.mark.parametrize(("data", "code"), ANSWERS)
async def test_garbage_for_an_answer_ends_its_own_call(data: bytes, code: str) -> None:
    """An answer that is none ends its call with its own code, while a call beside it goes on."""
    async with serving() as server:
        good, bad = [await Peer.connect(server, environment()) for _ in range(2)]
        asked = await good.asked()
        await bad.asked()
        bad.say(data)
        assert await bad.closed_by_server()
        good.say(b"200 result=49\n")
        assert [asked, *await good.whole_call()] == TINY_CALL
    assert server.counters.failed == {code: 1}
    assert server.counters.served == 1


async def test_connect_and_close_is_nothing() -> None:
    """A health check that connects and closes is counted and not logged, and calls go on."""
    with capture_logs() as logs:
        async with serving() as server:
            for _ in range(20):
                await (await Peer.connect(server)).leave()
            assert await (await Peer.connect(server, environment())).whole_call() == TINY_CALL
    assert server.counters.probed == 21
    assert not server.counters.failed
    assert not [entry for entry in logs if entry["event"].startswith("call_")]


async def test_an_environment_cut_short_is_counted() -> None:
    """EOF within the environment starts no handler."""
    async with serving() as server:
        peer = await Peer.connect(server, environment()[:-1])
        peer.writer.write_eof()
        await peer.closed_by_server()
        assert server.counters.failed == {"environment_cut": 1}
        assert server.counters.served == 0


async def test_slow_loris_is_closed() -> None:
    """Who does not finish its environment in time is closed, however often it sends a byte."""
    policy = Policy(timeouts=replace(PATIENT, environment=SHORT))
    async with serving(policy=policy) as server:
        peers = [await Peer.connect(server, first) for first in (b"", b"a", b"agi_a: x\n")]
        assert all([await peer.closed_by_server() for peer in peers])
        assert server.counters.failed == {"environment_timeout": 3}


async def test_too_many_connections_are_refused() -> None:
    """Over the limit a connection is closed at once; a place that is free again is given away."""
    async with serving(policy=Policy(timeouts=PATIENT, connections=1)) as server:
        first = await Peer.connect(server, environment())
        asked = await first.asked()
        assert await (await Peer.connect(server, environment())).closed_by_server()
        assert server.counters.refused == {"full": 1}
        first.say(b"200 result=49\n")
        assert [asked, *await first.whole_call()] == TINY_CALL
        assert await (await Peer.connect(server, environment())).whole_call() == TINY_CALL


async def test_silent_connections_do_not_fill_the_server() -> None:
    """Those who have not named a call are limited apart; a call before them goes on."""
    async with serving(policy=Policy(timeouts=PATIENT, unnamed=2)) as server:
        call = await Peer.connect(server, environment())
        asked = await call.asked()
        silent = [await Peer.connect(server) for _ in range(2)]
        assert await (await Peer.connect(server, environment())).closed_by_server()
        assert server.counters.refused == {"unnamed_full": 1}
        assert server.counters.unnamed == 2
        call.say(b"200 result=49\n")
        assert [asked, *await call.whole_call()] == TINY_CALL
        silent[0].say(environment())
        assert await silent[0].whole_call() == TINY_CALL
        await silent[1].leave()


async def test_strangers_are_refused() -> None:
    """Only the addresses that are allowed are heard; a refusal is logged once in a while."""
    with capture_logs() as logs:
        async with serving(policy=Policy(timeouts=PATIENT, allowed=("192.0.2.0/24",))) as server:
            for _ in range(3):
                assert await (await Peer.connect(server, environment())).closed_by_server()
    assert server.counters.refused["peer"] >= 3
    assert server.counters.served == 0
    assert len([entry for entry in logs if entry["event"] == "call_refused"]) == 1


@pytest.mark.parametrize(
    ("peer", "allowed"),
    [
        (("127.0.0.1", 1), True),
        (("127.8.9.1", 1), True),
        (("::1", 1, 0, 0), True),
        (("::ffff:127.0.0.1", 1, 0, 0), True),
        (("::ffff:192.0.2.1", 1, 0, 0), False),
        (("192.0.2.1", 1), False),
        (("fe80::1%eth0", 1, 0, 2), False),
        (("nonsense", 1), False),
        ((), False),
        ("", False),
        (None, False),
    ],
)
async def test_who_is_allowed_by_default(peer: object, allowed: bool) -> None:  # noqa: FBT001 (a case)
    """Loopback in each of its spellings, and nobody else."""

    async def nothing(session: object) -> None:
        """No handler is needed."""

    assert FastAgiServer(nothing)._is_allowed(peer) is allowed


async def test_a_crowd_of_hostile_peers_harms_no_call() -> None:
    """Calls among every kind of broken peer all reach their result, and nothing is left over."""
    policy = Policy(timeouts=PATIENT, limits=Limits(line=2000, lines=64, total=8000))

    async def knock(server: FastAgiServer) -> None:
        await (await Peer.connect(server)).leave()

    async def cut_off(server: FastAgiServer) -> None:
        peer = await Peer.connect(server, environment())
        await peer.asked()
        await peer.leave()

    async def hang_up(server: FastAgiServer) -> None:
        peer = await Peer.connect(server, environment())
        await peer.asked()
        peer.say(b"HANGUP\nHANGUP\n")
        await peer.closed_by_server()

    async def garbage(server: FastAgiServer, data: bytes) -> None:
        await (await Peer.connect(server, data)).closed_by_server()

    async def call(server: FastAgiServer) -> list[bytes]:
        return await (await Peer.connect(server, environment())).whole_call()

    async with serving(policy=policy) as server:
        async with asyncio.TaskGroup() as group:
            calls = []
            for _ in range(10):
                group.create_task(cut_off(server))
                group.create_task(hang_up(server))
                group.create_task(knock(server))
                for data, _code in GARBAGE:
                    group.create_task(garbage(server, data))
                calls.append(group.create_task(call(server)))
        assert [task.result() for task in calls] == [TINY_CALL] * 10
    assert server.counters.served == 10
    assert server.counters.hung_up == 20
