"""Asterisk's side of AMI, as a test scripts it, and a link to it."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from router.ami import Address, AmiLink, Connected, Disconnected, Down, Event, Policy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENT = Policy(
    connect_s=60,
    login_s=60,
    booted_s=60,
    action_s=60,
    ping_every_s=30,
    silence_s=60,
    retry_first_s=0.001,
    retry_max_s=0.002,
)
"""Waits so long that no test meets one by mistake, and comes back at once."""

SECRET = "rahasia"

Headers = dict[str, str]


class Conversation:
    """One connection, as the server sees it.

    Attributes:
        pings: whether pings are answered.
        pinged: set when one came.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pings = True
        self.pinged = asyncio.Event()
        self.actions: asyncio.Queue[Headers | None] = asyncio.Queue()
        self._reader = reader
        self._writer = writer

    async def read(self) -> None:
        """Take actions to the end of the connection; the end is None."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                block = await self._reader.readuntil(b"\r\n\r\n")
                lines = block.decode()[:-4].split("\r\n")
                headers: Headers = {}
                for line in lines:
                    name, _, value = line.partition(": ")
                    headers[name] = f"{headers[name]}|{value}" if name in headers else value
                if headers["Action"] != "Ping":
                    self.actions.put_nowait(headers)
                    continue
                self.pinged.set()
                if self.pings:
                    self.answer(headers, "Ping: Pong")
        self.actions.put_nowait(None)

    async def action(self) -> Headers:
        """The next action that is no ping."""
        headers = await self.actions.get()
        assert headers is not None, "the link closed the connection"
        return headers

    async def closed(self) -> None:
        """Wait until the link has closed the connection; nothing else came before."""
        assert await self.actions.get() is None

    def say(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)

    def frame(self, *lines: str) -> None:
        """Send a frame."""
        self.say(frame(*lines))

    def answer(self, action: Headers, *lines: str, response: str = "Success") -> None:
        """Answer an action."""
        self.frame(f"Response: {response}", f"ActionID: {action['ActionID']}", *lines)

    async def log_in(self) -> None:
        """Greet, take the login, be booted."""
        self.say(b"Asterisk Call Manager/11.0.0\r\n")
        login = await self.action()
        assert (login["Action"], login["Username"], login["Secret"]) == ("Login", "router", SECRET)
        self.answer(login, "Message: Authentication accepted")
        self.frame("Event: FullyBooted", "Status: Fully Booted")

    def leave(self) -> None:
        """Close the connection at once."""
        self._writer.transport.abort()


class AmiServer:
    """Listens on a free port of loopback."""

    def __init__(self) -> None:
        self.port = 0
        self.accepted = 0
        self._waiting: asyncio.Queue[Conversation] = asyncio.Queue()
        self._all: list[Conversation] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen; a second time on the same port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and close every connection."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()
        for conversation in self._all:
            conversation.leave()

    async def connection(self) -> Conversation:
        """The next connection of the link."""
        return await self._waiting.get()

    async def logged_in(self) -> Conversation:
        """The next connection of the link, logged in."""
        conversation = await self.connection()
        await conversation.log_in()
        return conversation

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        conversation = Conversation(reader, writer)
        self._all.append(conversation)
        self._waiting.put_nowait(conversation)
        try:
            await conversation.read()
        finally:
            writer.close()


def frame(*lines: str) -> bytes:
    """A frame as Asterisk writes it."""
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def cel(number: int) -> bytes:
    """An event that can be told from others."""
    return frame("Event: CEL", "Privilege: call,all", f"Number: {number}")


async def up(link: AmiLink, *, first: bool = True) -> None:
    """Take what there is up to the announcement, which is to be this one, and its event."""
    item = await link.next_event()
    while isinstance(item, Disconnected):
        item = await link.next_event()
    assert item == Connected(first=first, booted=True)
    await link.next_event()


async def numbers(link: AmiLink, count: int) -> list[int]:
    """Take this many events and give their numbers."""
    found = []
    for _ in range(count):
        item = await link.next_event()
        assert isinstance(item, Event)
        found.append(int(item.headers["Number"]))
    return found


@contextlib.asynccontextmanager
async def linked(policy: Policy = PATIENT) -> AsyncIterator[tuple[AmiServer, AmiLink]]:
    """A server and a link to it; afterwards no task, socket or connection of the link is left."""
    before = asyncio.all_tasks()
    server = AmiServer()
    await server.start()
    link = AmiLink(Address("127.0.0.1", server.port, "router", SECRET), policy)
    running = asyncio.create_task(link.run())
    try:
        yield server, link
        assert not running.done(), "run() ended by itself"
    finally:
        running.cancel()
        await asyncio.wait((running,))
        await server.stop()
        others = asyncio.all_tasks() - before
        if others:
            await asyncio.wait(others, timeout=60)
    assert running.cancelled()
    async for last in link:
        stopped = last
    assert stopped == Disconnected(Down.STOPPED, "We closed the connection.")
    assert asyncio.all_tasks() <= before


def open_files() -> int:
    """File descriptors of this process."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
