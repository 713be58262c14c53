"""The FastAGI server over loopback: calls, hang-ups, time-outs and draining."""

from __future__ import annotations

import asyncio
import resource
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from ivr import commands
from ivr.agi import Reply
from ivr.errors import (
    CallGoneError,
    CommandOrderError,
    CommandRefusedError,
    CommandTimeoutError,
    IvrError,
    SessionTimeoutError,
)
from ivr.listening import SPARE_FILES, room
from ivr.server import FastAgiServer, Policy
from tests.unit.ivr.agi_peer import PATIENT, TINY_CALL, Peer, environment, serving, tiny_menu

if TYPE_CHECKING:
    from ivr.connection import AgiSession

SHORT = 0.02
"""Seconds of a time-out that a test waits for."""


class Recorder:
    """A handler that sends the commands given and keeps what came of each."""

    def __init__(self, *given: commands.Command) -> None:
        self.given = given
        self.came: list[Reply | IvrError] = []

    async def __call__(self, session: AgiSession) -> None:
        """Run every command, whatever comes."""
        for command in self.given:
            try:
                self.came.append(await session.command(command))
            except IvrError as error:
                self.came.append(error)

    @property
    def errors(self) -> list[type]:
        """Types of what came."""
        return [type(what) for what in self.came]


async def test_a_call_is_led_to_its_result() -> None:
    """A handler's commands reach Asterisk in order, and the server closes when it returns."""
    async with serving() as server:
        peer = await Peer.connect(server, environment())
        assert await peer.whole_call() == TINY_CALL
        assert server.counters.served == 1
        assert not server.counters.failed


async def test_the_handler_knows_the_call() -> None:
    """A session tells what Asterisk said and what the dialplan asked for."""
    seen: list[AgiSession] = []

    async def handler(session: AgiSession) -> None:
        seen.append(session)

    async with serving(handler) as server:
        await (await Peer.connect(server, environment("menu?a=1"))).closed_by_server()
    assert seen[0].path == "menu"
    assert seen[0].environment.values["agi_callerid"] == "081234567890"


async def test_an_unknown_path_is_closed_at_once() -> None:
    """A call for what is not served goes to the next tier without a command."""
    async with serving() as server:
        peer = await Peer.connect(server, environment("other"))
        assert await peer.asked() == b""
        await peer.leave()
        assert server.counters.refused == {"path": 1}
        assert server.counters.served == 0


async def test_small_writes_go_out_at_once() -> None:
    """The server's sockets have TCP_NODELAY: a command is not held back for the last one's ACK."""
    found: list[int] = []

    async def handler(session: AgiSession) -> None:
        transport = session._connection._transport
        assert transport is not None
        sock = transport.get_extra_info("socket")
        found.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    async with serving(handler) as server:
        await (await Peer.connect(server, environment())).closed_by_server()
    assert found[0]


async def test_answers_that_are_no_success_are_typed() -> None:
    """510 and 520 refuse one command only, -1 of a prompt is an answer, 511 is a call gone."""
    noop, prompt = commands.noop(), commands.stream_file("missing")
    handler = Recorder(noop, noop, prompt, noop)
    async with serving(handler) as server:
        peer = await Peer.connect(server, environment())
        for answer in (
            b"510 Invalid or unknown command\n",
            b"520-Usage\n520 End of proper usage.\n",
            b"200 result=-1 endpos=0\n",
            b"511 Command Not Permitted on a dead channel\n",
        ):
            await peer.asked()
            peer.say(answer)
        await peer.closed_by_server()
    assert handler.errors == [CommandRefusedError, CommandRefusedError, Reply, CallGoneError]


async def test_minus_one_from_waiting_is_a_hangup() -> None:
    """``result=-1`` of WAIT FOR DIGIT means that the caller is gone."""
    handler = Recorder(commands.wait_for_digit(5000))
    async with serving(handler) as server:
        peer = await Peer.connect(server, environment())
        await peer.asked()
        peer.say(b"200 result=-1\n")
        await peer.closed_by_server()
    assert handler.errors == [CallGoneError]


@pytest.mark.parametrize("end", [b"HANGUP\n", b"HANGUP\nHANGUP\n200 result=-1\n", b""])
async def test_hangup_before_the_answer(end: bytes) -> None:
    """HANGUP or EOF while a command is out ends it, and every later one, with the typed error."""
    handler = Recorder(commands.wait_for_digit(60_000), commands.noop())
    async with serving(handler) as server:
        peer = await Peer.connect(server, environment())
        await peer.asked()
        if end:
            peer.say(end)
        else:
            peer.writer.write_eof()  # Only our half is closed; the server closes the other.
        await peer.closed_by_server()
        assert server.counters.hung_up == 1
    assert handler.errors == [CallGoneError, CallGoneError]


async def test_hangup_after_the_answer() -> None:
    """An answer counts though HANGUP is right behind it; the next command finds the call gone."""
    handler = Recorder(commands.noop(), commands.noop())
    async with serving(handler) as server:
        peer = await Peer.connect(server, environment())
        await peer.asked()
        peer.say(b"200 result=7\nHANGUP\n")
        await peer.closed_by_server()
    assert handler.errors == [Reply, CallGoneError]


async def test_bytes_one_by_one() -> None:
    """A call whose every byte comes alone is led like any other."""
    async with serving() as server:
        peer = await Peer.connect(server)
        asked = []
        for piece in (environment(), b"200 result=49 endpos=1\n", b"200 result=1\n"):
            for byte in piece:
                peer.say(bytes([byte]))
                await asyncio.sleep(0)  # Lets the server read what is there.
            asked.append(await peer.asked())
        assert asked == [*TINY_CALL, b""]
        await peer.leave()
        assert server.counters.served == 1


async def test_one_command_at_a_time() -> None:
    """A second command while the first is out is refused; the first is answered all the same."""
    came: list[Reply] = []

    async def handler(session: AgiSession) -> None:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(session.command(commands.noop("first")))
            await asyncio.sleep(0)
            with pytest.raises(CommandOrderError):
                await session.command(commands.noop("second"))
        came.append(first.result())

    async with serving(handler) as server:
        peer = await Peer.connect(server, environment())
        assert await peer.whole_call() == [b"NOOP first"]
        assert server.counters.served == 1
    assert came == [Reply(200, "1")]


async def test_a_command_may_take_what_its_nature_takes() -> None:
    """A wait outlasts the time in which a plain command fails."""
    waiting = Recorder(commands.wait_for_digit(60_000))
    plain = Recorder(commands.noop(), commands.noop())

    async def handler(session: AgiSession) -> None:
        await (waiting if session.environment.values["agi_uniqueid"] == "w" else plain)(session)

    async with serving(handler, Policy(timeouts=replace(PATIENT, reply=SHORT))) as server:
        long = await Peer.connect(server, environment(call="w"))
        await long.asked()
        short = await Peer.connect(server, environment(call="p"))
        await short.closed_by_server()
        long.say(b"200 result=50\n")
        await long.closed_by_server()
        assert server.counters.failed == {"command_timeout": 1}
        assert server.counters.served == 1
    assert waiting.came == [Reply(200, "50")]
    assert plain.errors == [CommandTimeoutError, CommandTimeoutError]


async def test_a_call_that_never_ends_is_ended() -> None:
    """A session has a limit of its own, whatever its commands are allowed."""
    handler = Recorder(commands.wait_for_digit(60_000))
    async with serving(handler, Policy(timeouts=replace(PATIENT, session=SHORT))) as server:
        await (await Peer.connect(server, environment())).closed_by_server()
        assert server.counters.failed == {"session_timeout": 1}
    assert handler.errors == [SessionTimeoutError]


async def test_a_handler_that_ignores_the_end_is_cancelled() -> None:
    """A handler busy with something else when its call ends is cancelled after the grace."""
    begun = asyncio.Event()

    async def handler(session: AgiSession) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with serving(handler, Policy(timeouts=replace(PATIENT, grace=SHORT))) as server:
        peer = await Peer.connect(server, environment())
        await begun.wait()
        await peer.leave()
    assert server.counters.failed == {"handler_stuck": 1}


async def test_a_handlers_fault_ends_its_own_call_only() -> None:
    """An exception in a handler is logged once, without the caller's number; others go on."""
    async with serving() as server:
        good = await Peer.connect(server, environment(call="good"))
        with capture_logs() as logs:
            bad = await Peer.connect(server, environment(call="bad"))
            await bad.whole_call(digit="9")
        assert await good.whole_call() == TINY_CALL
        assert server.counters.failed == {"handler_failed": 1}
        assert server.counters.served == 1
    assert [entry["event"] for entry in logs] == ["call_failed"]
    assert logs[0]["call"] == "bad"
    assert logs[0]["code"] == "handler_failed"
    assert "081234567890" not in repr(logs)


async def test_draining_lets_calls_finish_and_refuses_new_ones() -> None:
    """From the first moment of a drain no one connects, while a call in the menu is led on."""
    async with serving() as server:
        peer = await Peer.connect(server, environment())
        first = await peer.asked()
        drained = asyncio.create_task(server.drain(30))
        await asyncio.sleep(0)
        with pytest.raises(ConnectionError):
            await Peer.connect(server)
        assert not drained.done()
        peer.say(b"200 result=49\n")
        assert [first, *await peer.whole_call()] == TINY_CALL
        await drained
        assert server.counters.served == 1
        server_again = await asyncio.start_server(lambda *_: None, "127.0.0.1", server.port)
        server_again.close()
        await server_again.wait_closed()


async def test_one_server_takes_over_from_another_without_a_gap() -> None:
    """Calls that arrive before, while and after the old server stops are all led on."""
    async with serving() as old:
        new = FastAgiServer(tiny_menu, port=old.port, policy=Policy(timeouts=PATIENT))
        await new.start()
        peers = [await Peer.connect(old, environment()) for _ in range(30)]
        # What these ask for waits in the kernel: the event loop does not turn before the drain.
        late = [socket.create_connection(("127.0.0.1", old.port)) for _ in range(30)]
        drained = asyncio.create_task(old.drain(30))
        await asyncio.sleep(0)
        peers += [Peer(*await asyncio.open_connection(sock=sock)) for sock in late]
        for peer in peers[30:]:
            peer.say(environment())
        peers += [await Peer.connect(new, environment()) for _ in range(30)]
        assert await asyncio.gather(*(peer.whole_call() for peer in peers)) == [TINY_CALL] * 90
        await drained
        await new.drain(30)
        assert old.counters.served >= 1
        assert new.counters.served >= 30
        assert old.counters.served + new.counters.served == 90


@pytest.mark.parametrize("turns", range(6))
async def test_who_is_let_in_just_before_a_drain_is_led_on(turns: int) -> None:
    """However far asyncio has come with a connection that the kernel has let in."""
    async with serving() as server:
        sock = socket.create_connection(("127.0.0.1", server.port))
        for _ in range(turns):
            await asyncio.sleep(0)
        drained = asyncio.create_task(server.drain(30))
        peer = Peer(*await asyncio.open_connection(sock=sock))
        peer.say(environment())
        assert await peer.whole_call() == TINY_CALL
        await drained
        assert server.counters.served == 1


async def test_who_finds_no_file_left_is_let_in_once_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The door rests while there is none, and opens again by itself."""
    monkeypatch.setattr("ivr.listening.REST_S", 0.05)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with serving() as server:
        sock = socket.create_connection(("127.0.0.1", server.port))
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
        try:
            for _ in range(5):
                await asyncio.sleep(0)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        assert server.counters.open == 0
        peer = Peer(*await asyncio.open_connection(sock=sock))
        peer.say(environment())
        assert await peer.whole_call() == TINY_CALL


async def test_connections_stay_below_the_open_files() -> None:
    """The process's limit of open files is raised for the connections, or bounds their number."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = before[1]
    try:
        assert room(10**9) == hard - SPARE_FILES
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        assert room(400) == 400
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 400 + SPARE_FILES
        assert room(100) == 100
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 400 + SPARE_FILES
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_a_drain_has_an_end() -> None:
    """What is left after the drain's time is closed, its handlers with the typed error."""
    handler = Recorder(commands.wait_for_digit(60_000))
    async with serving(handler) as server:
        silent = await Peer.connect(server)
        peer = await Peer.connect(server, environment())
        await peer.asked()
        await server.drain(SHORT)
        assert await peer.closed_by_server()
        assert await silent.closed_by_server()
        assert server.counters.failed == {"drained": 2}
    assert [what.code for what in handler.came if isinstance(what, IvrError)] == ["drained"]


async def test_tiny_menu_is_a_handler() -> None:
    """Calls at once do not mix: each is led to its own result."""
    async with serving(tiny_menu) as server:
        peers = [await Peer.connect(server, environment(call=str(n))) for n in range(50)]
        results = await asyncio.gather(*(peer.whole_call() for peer in peers))
        assert results == [TINY_CALL] * 50
        assert server.counters.served == 50
