"""The menu's door: how many may come in, and how one process takes it over from another.

Two processes may listen on the port at once (``SO_REUSEPORT``); the kernel gives each new call to
one of them. Who stops takes along whom the kernel has let in for it by then, and closes at once
after: a call that comes in the microseconds between is cut off, and led by the next tier.
"""

from __future__ import annotations

import resource
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SPARE_FILES: Final = 64
"""Open files kept for all but connections."""
BACKLOG: Final = 1024


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


def waiting(listener: socket.socket) -> Iterator[socket.socket]:
    """Connections that the kernel has accepted and we have not."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # nobody, gone again, or no file left for it
            return
        connection.setblocking(False)  # noqa: FBT003 (as above)
        yield connection
