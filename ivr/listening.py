"""The menu's door: how many may come in, and how one process takes it over from another.

Two processes may listen on the port at once (``SO_REUSEPORT``); the kernel gives each new call to
one of them. Who stops takes along whom the kernel has let in for it by then, and closes at once
after: a call that comes in the microseconds between is cut off, and led by the next tier.
"""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPARE_FILES: Final = 64
"""Open files kept for all but connections."""
BACKLOG: Final = 1024
REST_S: Final = 1.0
"""How long nobody is let in when there is no file left for them."""
_FULL: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def room(connections: int) -> int:
    """Have the process allowed to open files for so many connections; give how many it got.

    Without a free file a call would be accepted by the kernel and then left without a word, instead
    of going to the next tier.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    if soft < wanted and soft != resource.RLIM_INFINITY:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else min(connections, soft - SPARE_FILES)


def listen(host: str, port: int) -> socket.socket:
    """Listen, beside whoever does already.

    Raises:
        OSError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small writes at once only on what it knows to be TCP.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
        made.setblocking(False)  # noqa: FBT003 (the socket API)
    except BaseException:
        made.close()
        raise
    return made


class Door:
    """Lets connections in. Whoever has come so far when it is closed, it lets in yet.

    asyncio's own server breaks off those that it has accepted and not told of when it is closed.

    Args:
        listener: a socket that listens; it is closed with the door.
        protocol: makes what a connection talks with.
    """

    def __init__(self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._protocol = protocol
        self._coming: set[asyncio.Task[None]] = set()
        self._rest: asyncio.TimerHandle | None = None
        self._open()

    async def close(self) -> None:
        """Let nobody in any more but who is there already."""
        self._loop.remove_reader(self._listener)
        if self._rest is not None:
            self._rest.cancel()
        self._let_in()
        self._listener.close()
        if self._coming:
            await asyncio.wait(self._coming)

    def _open(self) -> None:
        self._loop.add_reader(self._listener, self._take)

    def _take(self) -> None:
        if not self._let_in():
            # The kernel would tell of them again and again.
            self._loop.remove_reader(self._listener)
            self._rest = self._loop.call_later(REST_S, self._open)

    def _let_in(self) -> bool:
        """Those who are there now; false: one had to be left waiting."""
        try:
            for connection in islice(_waiting(self._listener), BACKLOG):
                task = self._loop.create_task(self._made(connection))
                self._coming.add(task)
                task.add_done_callback(self._coming.discard)
        except OSError as error:
            return error.errno not in _FULL
        return True

    async def _made(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()


def _waiting(listener: socket.socket) -> Iterator[socket.socket]:
    """Connections that the kernel has accepted and we have not.

    Raises:
        OSError: one cannot be taken.
    """
    while True:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionAbortedError:
            continue
        connection.setblocking(False)  # noqa: FBT003 (the socket API)
        yield connection
