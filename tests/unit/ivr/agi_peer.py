"""Asterisk's side of FastAGI for the server's tests, and the server under test on a free port."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from ivr import commands
from ivr.connection import Timeouts
from ivr.server import FastAgiServer, Policy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ivr.connection import AgiSession
    from ivr.server import Handler

PATIENT = Timeouts(environment=60, reply=60, session=60, grace=60)
"""So long that no test waits for one by mistake."""


def environment(path: str = "menu", call: str = "node1-1.1") -> bytes:
    """What Asterisk sends first."""
    return (
        f"agi_network: yes\nagi_network_script: {path}\nagi_uniqueid: {call}\n"
        f"agi_callerid: 081234567890\nagi_calleridname: Budi\n\n"
    ).encode()


class Peer:
    """A connection as Asterisk makes it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, server: FastAgiServer, first: bytes = b"") -> Peer:
        """Connect and send ``first``."""
        peer = cls(*await asyncio.open_connection("127.0.0.1", server.port))
        peer.writer.write(first)
        return peer

    async def asked(self) -> bytes:
        """The next command, without its line end; empty when the server has closed."""
        try:
            return (await self.reader.readline()).rstrip(b"\n")
        except ConnectionError:
            return b""

    def say(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)

    async def closed_by_server(self) -> bool:
        """Wait until the server closes the connection."""
        with contextlib.suppress(ConnectionError):
            await self.reader.read()
        await self.leave()
        return True

    async def leave(self) -> None:
        """Close the connection at once."""
        self.writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def whole_call(self, digit: str = "1") -> list[bytes]:
        """Answer everything as Asterisk would, until the server closes; give what it asked."""
        asked = []
        while line := await self.asked():
            asked.append(line)
            pressed = line.startswith((b"STREAM", b"WAIT"))
            result = ord(digit) if pressed else 1
            self.say(b"200 result=%d%s\n" % (result, b" endpos=800" if pressed else b""))
        await self.leave()
        return asked


async def tiny_menu(session: AgiSession) -> None:
    """The smallest handler: ask for a digit and set the result as the last act."""
    reply = await session.command(commands.stream_file("siaga/greeting", "123", lasts_s=10))
    await session.command(commands.set_variable("SIAGA_RESULT", {"1": "fire"}[reply.digit]))


TINY_CALL = [b"STREAM FILE siaga/greeting 123 0", b"SET VARIABLE SIAGA_RESULT fire"]


def open_files() -> int:
    """File descriptors of this process."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@contextlib.asynccontextmanager
async def serving(
    handler: Handler = tiny_menu, policy: Policy | None = None
) -> AsyncIterator[FastAgiServer]:
    """Run a server; afterwards no connection, handler, task or descriptor of it is left."""
    tasks, files = asyncio.all_tasks(), open_files()
    server = FastAgiServer(handler, port=0, policy=policy or Policy(timeouts=PATIENT))
    await server.start()
    yield server
    with contextlib.suppress(ConnectionRefusedError):  # The test itself has drained it.
        peer = await Peer.connect(server)  # What connected before is accepted once this one is.
        await peer.leave()
    await server.drain(30)
    assert (server.counters.open, server.counters.unnamed, server.counters.active) == (0, 0, 0)
    assert asyncio.all_tasks() <= tasks
    assert open_files() <= files
