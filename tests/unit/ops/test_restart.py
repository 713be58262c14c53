"""What the restart goes by."""

from __future__ import annotations

import socket
from pathlib import Path

from ops.restart import listening


def test_listeners_are_counted() -> None:
    """Sockets that listen on the port are counted, beside each other; no other socket is."""

    def table() -> str:
        return Path("/proc/net/tcp").read_text(encoding="ascii")

    first = socket.create_server(("127.0.0.1", 0), reuse_port=True)
    port = first.getsockname()[1]
    with first, socket.create_server(("127.0.0.1", port), reuse_port=True):
        with socket.create_connection(("127.0.0.1", port)):
            assert listening(table(), port) == 2
        first.close()
        assert listening(table(), port) == 1
    assert listening(table(), port) == 0
