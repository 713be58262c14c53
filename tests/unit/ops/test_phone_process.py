"""SIPp as a child: its death is told to everybody who waits, its end leaves nothing behind."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import struct
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ops.phone import CallerLine, HandsetBank, PhoneError, PhoneTimeoutError, process
from tests.unit.ops.test_phone_exchange import PATIENT, sipp, telephones

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR = ("127.0.0.1", 9)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_who_waits_is_told_when_sipp_dies() -> None:
    """Every wait, for a call, an answer, a tone or an end, raises, and so does what comes after."""
    async with telephones() as (line, bank, _):
        call = await line.call(uri_user="201")
        ring = await bank.ring("201", PATIENT)
        await ring.answer()
        await call.answered(PATIENT)
        waits = [
            asyncio.create_task(wait)
            for wait in (
                bank.ring("202", PATIENT),
                ring.ended(PATIENT),
                ring.hears(440, PATIENT),
                call.ended(PATIENT),
            )
        ]
        await asyncio.sleep(0)
        os.kill(bank.sipp.pid, signal.SIGKILL)
        os.kill(line.sipp.pid, signal.SIGKILL)
        for wait in waits:
            with pytest.raises(PhoneError, match="SIPp ended") as raised:
                await wait
            assert not isinstance(raised.value, PhoneTimeoutError)
        with pytest.raises(PhoneError, match="SIPp ended"):
            await line.call()
        with pytest.raises(PhoneError, match="SIPp ended"):
            await bank.ring("201", PATIENT)
        with pytest.raises(PhoneError, match="SIPp ended"):
            await ring.hang_up()


async def test_what_sipp_said_is_told() -> None:
    """A SIPp that cannot start raises with its own words: here, nobody listens for TCP."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(PhoneError, match="Connection refused"):
            async with CallerLine(sipp(), closed.getsockname(), "tcp"):
                pass


async def test_a_program_that_is_not_there_is_told() -> None:
    """A missing program is an error of the operating system, with its name."""
    with pytest.raises(FileNotFoundError, match="no-such-sipp"):
        async with HandsetBank(Path("/no-such-sipp"), FAR):
            pass


async def test_nothing_is_left_behind() -> None:
    """After the block, also one that fails or is cancelled, process and folder are gone."""
    seen: list[tuple[int, Path]] = []

    async def use() -> None:
        async with HandsetBank(sipp(), FAR) as bank:
            seen.append((bank.sipp.pid, bank.sipp._folder))
            assert is_running(bank.sipp.pid)
            await bank.ring("201", 60)

    task = asyncio.create_task(use())
    while not seen:  # noqa: ASYNC110  (until the block is entered)
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async def fail() -> None:
        async with CallerLine(sipp(), FAR) as line:
            seen.append((line.sipp.pid, line.sipp._folder))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await fail()
    assert len(seen) == 2
    for pid, folder in seen:
        assert not is_running(pid)
        assert not folder.exists()


async def test_calls_that_are_left_are_ended() -> None:
    """Leaving the block hangs up, so that the far end does not keep a dead call."""
    async with telephones() as (_, bank, between):
        async with CallerLine(sipp(), between.address) as line:
            call = await line.call(uri_user="201")
            ring = await bank.ring("201", PATIENT)
            await ring.answer()
            await call.answered(PATIENT)
            await line.call(uri_user="202")
            other = await bank.ring("202", PATIENT)
            await other.alert()
        assert (await ring.ended(PATIENT)).by == "them"
        assert (await other.ended(PATIENT)).by == "cancelled"


@contextmanager
def listening_beside(udp: socket.socket) -> Iterator[int]:
    """A port that this UDP socket and a TCP socket both have.

    A port free for one may be another test's in the other, so ports are tried until both are free.
    """
    while True:
        with socket.socket() as tcp:
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                continue
            yield port
            return


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_ports_taken_meanwhile_are_left(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever port somebody else was quicker to take, others are tried."""
    find, given = process.free_ports, []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, listening_beside(udp) as port:

        def unlucky(address: str, count: int) -> list[int]:
            ports = find(address, count)
            if not given:
                ports[taken] = port
            given.append(ports)
            return ports

        monkeypatch.setattr(process, "free_ports", unlucky)
        async with HandsetBank(sipp(), FAR) as bank:
            assert bank.sipp.port == given[-1][0]
    assert len(given) == 2


async def test_one_that_ends_as_it_is_reached_does_not_answer(tmp_path: Path) -> None:
    """Between a connection and the first look at it, the other end goes."""
    loop = asyncio.get_running_loop()
    child = await asyncio.create_subprocess_exec("true")
    await child.wait()
    with socket.create_server(("127.0.0.1", 0)) as listens:
        sipp = process.Sipp(child, tmp_path, 0, listens.getsockname()[1])

        def goes() -> None:
            other, _ = listens.accept()
            # Closed so, it resets the connection.
            other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            other.close()

        connecting = asyncio.create_task(sipp.connect())
        # Rounds of the loop: it asks; it hears that it is connected; here; it looks.
        loop.call_soon(loop.call_soon, loop.call_soon, goes)
        assert not await connecting
    assert sipp.twin is None


async def test_a_telephone_that_is_off_says_so() -> None:
    """A line used outside its block raises instead of waiting."""
    line = CallerLine(sipp(), FAR)
    with pytest.raises(PhoneError, match="async with"):
        await line.call()
