"""Tell systemd how far the service is, when it was systemd that started it (``Type=notify``)."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

READY: Final = "READY=1"
STOPPING: Final = "STOPPING=1"


def tell(state: str, env: Mapping[str, str] | None = None) -> bool:
    """Send the state; whether there was anybody to send it to. A service goes on without."""
    address = (os.environ if env is None else env).get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    # "@": of Linux's abstract names, which begin with a zero byte.
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
            to.sendto(state.encode(), name)
    except OSError:
        return False
    return True
