"""An edge before several nodes for live tests, and nodes that answer as they are told to."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from ops import ready
from ops.phone import message
from siaga.settings import PROJECT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from ops.phone.message import Message
    from siaga.edge import Edge

START_S: Final = 30.0
COPIED: Final = ("Via", "From", "To", "Call-ID", "CSeq", "Record-Route")


@contextmanager
def alone() -> Iterator[None]:
    """The addresses of an edge and its nodes are nobody else's on this machine for the block."""
    with (Path(tempfile.gettempdir()) / f"siaga112-fronts-{os.getuid()}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def running_front(
    home: Path, edge: Edge, nodes: Sequence[Edge], **env: str
) -> Iterator[subprocess.Popen[bytes]]:
    """An edge that stands apart, as long as the block lasts."""
    home.mkdir(parents=True, exist_ok=True)
    settings = {"SIAGA_HOME": str(home), "SIAGA_EDGE_NODES": ",".join(map(str, nodes))}
    with (home / "edge.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ops.container.edge"],
            env={**os.environ, "PYTHONPATH": str(PROJECT), **edge.environment(), **settings, **env},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


async def lose(front: subprocess.Popen[bytes], home: Path, edge: Edge) -> None:
    """Kill all of an edge at once, as its machine's end does, until its address is another's."""
    os.killpg(int((home / "run" / "kamailio.pid").read_text()), signal.SIGKILL)
    front.wait()
    async with asyncio.timeout(START_S):
        while not _free(edge):  # noqa: ASYNC110 (processes that nobody here waits for)
            await asyncio.sleep(0.01)


def _free(edge: Edge) -> bool:
    kinds = (socket.SOCK_DGRAM, socket.SOCK_STREAM)
    with socket.socket(type=kinds[0]) as datagrams, socket.socket(type=kinds[1]) as streams:
        streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            datagrams.bind((edge.host, edge.port))
            streams.bind((edge.host, edge.port))
        except OSError:
            return False
        return True


async def until_reached(edge: Edge) -> None:
    """Wait until an edge answers, and has a node behind it."""
    async with asyncio.timeout(START_S):
        while not await ready.reached(edge):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.05)


@dataclass
class Scripted(asyncio.DatagramProtocol):
    """A node that says one status to every INVITE; 0: it says nothing at all to any.

    Attributes:
        edge: where it is.
        status: what it says.
        invites: those that came, repetitions included.
        requests: everything else. ``answers``: to what it sent itself.
    """

    edge: Edge
    status: int
    invites: list[Message] = field(default_factory=list)
    requests: list[Message] = field(default_factory=list)
    answers: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers go by."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a request."""
        heard = message.parse(data)
        if heard.status:
            self.answers.put_nowait(heard)
            return
        invite = heard.first("CSeq").endswith(b"INVITE")
        (self.invites if invite else self.requests).append(heard)
        if heard.first("CSeq").endswith(b"ACK"):
            return
        if invite and not self.status:
            return
        self.answer(heard, self.status if invite else 200, addr)

    def answer(self, request: Message, status: int, addr: tuple[str, int]) -> None:
        """Send a response, with what a node tells of itself in it."""
        own = (f'Warning: 399 {self.edge.host} "x"', f"Server: node at {self.edge.host}")
        self.send(response(request, status, self.edge, *own), addr)

    def send(self, data: bytes, addr: tuple[str, int]) -> None:
        """Send a message of its own."""
        if self._transport is not None:
            self._transport.sendto(data, addr)

    async def hears(self, call_id: str) -> int:
        """The final status of what it sent in a call."""
        return (await self.heard(call_id)).status

    async def heard(self, call_id: str) -> Message:
        """The final response to what it sent in a call."""
        async with asyncio.timeout(START_S):
            while True:
                heard = await self.answers.get()
                if heard.first("Call-ID") == call_id.encode() and heard.status >= 200:
                    return heard


def response(request: Message, status: int, at: Edge, *own: str) -> bytes:
    """A response by whoever is ``at`` there; ``own`` are further lines of it."""
    lines = [f"SIP/2.0 {status} Said".encode()]
    for name in COPIED:
        for value in request.all(name):
            tagged = name == "To" and b"tag=" not in value
            lines.append(name.encode() + b": " + value + (b";tag=said" if tagged else b""))
    tail = (f"Contact: <sip:{at.host}:{at.port}>", *own, "Content-Length: 0", "", "")
    return b"\r\n".join([*lines, *(line.encode() for line in tail)])


@asynccontextmanager
async def scripted(edge: Edge, status: int) -> AsyncIterator[Scripted]:
    """A node at ``edge`` that says ``status``, as long as the block lasts."""
    loop = asyncio.get_running_loop()
    transport, node = await loop.create_datagram_endpoint(
        lambda: Scripted(edge, status), local_addr=(edge.host, edge.port)
    )
    try:
        yield node
    finally:
        with contextlib.suppress(RuntimeError):
            transport.close()
