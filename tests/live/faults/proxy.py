"""A line between two programs that can be slow, deaf or cut."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass
class Proxy:
    """Passes on what both sides say.

    Attributes:
        target: port on the loopback that connections go to.
        port: its own.
        delay_s: how long what the target says is kept back.
        deaf: whether nothing is passed on at all.
        shut: whether new connections are closed at once.
    """

    target: int
    port: int = 0
    delay_s: float = 0.0
    deaf: bool = False
    shut: bool = False
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Cut all connections, and let no new one in."""
        self.shut = True
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        self._writers.add(writer)
        try:
            if self.shut:
                return
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(far_writer)
            try:
                both = [
                    asyncio.create_task(self._carry(reader, far_writer, late=False)),
                    asyncio.create_task(self._carry(far_reader, writer, late=True)),
                ]
                try:
                    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in both:
                        task.cancel()
                    await asyncio.gather(*both, return_exceptions=True)
            finally:
                self._writers.discard(far_writer)
                far_writer.close()
        except OSError:
            pass  # Nobody is there any more: this side is closed as well.
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, late: bool
    ) -> None:
        while data := await reader.read(65_536):
            if late and self.delay_s:
                await asyncio.sleep(self.delay_s)
            if not self.deaf:
                writer.write(data)
                await writer.drain()


@asynccontextmanager
async def proxy(port: int, target: int) -> AsyncIterator[Proxy]:
    """A proxy on ``port``; 0: any that is free."""
    made = Proxy(target)
    server = await asyncio.start_server(made.serve, "127.0.0.1", port)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.cut()
        with contextlib.suppress(OSError):
            await server.wait_closed()
