"""The far side of a trunk: says that it lives, takes note of who is called, and connects nobody.

It can be dead too: then it hears everything, and says nothing.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ops.phone import message
from tests.fuzz.sip import offer, respond

if TYPE_CHECKING:
    from collections.abc import Iterator


class Carrier:
    """Listens on a port of loopback.

    Attributes:
        called: numbers that calls came for, each call once however often its INVITE is sent.
        answers: whether calls are taken; they hear nothing, and are ended by the other side.
        refusal: what other calls are refused with.
        dead: whether it answers nothing at all. ``dies``: whether it does so once it has rung.
    """

    def __init__(self) -> None:
        self.called: list[str] = []
        self._calls: set[bytes] = set()
        self.dead = False
        self.dies = False
        self.answers = False
        self.refusal = "503 Service Unavailable"
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def run(self) -> None:
        """Answer until an empty datagram comes."""
        while True:
            data, sender = self._socket.recvfrom(65536)
            if not data:
                return
            found = message.parse(data)
            if found.start.startswith(b"INVITE") and found.first("Call-ID") not in self._calls:
                self._calls.add(found.first("Call-ID"))
                self.called.append(found.request_user)
            if self.dead:
                continue
            if found.start.startswith(b"OPTIONS") or found.start.startswith(b"BYE"):
                self._answer(found, "200 OK", sender)
            elif found.start.startswith(b"INVITE") and self.answers:
                self._take(found, sender)
            elif found.start.startswith(b"INVITE"):
                status = "180 Ringing" if self.dies else self.refusal
                self._answer(found, status, sender)
                self.dead = self.dies

    def stop(self) -> None:
        """Have :meth:`run` end."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", ("127.0.0.1", self.port))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _take(self, found: message.Message, sender: tuple[str, int]) -> None:
        contact = (f"Contact: <sip:far@127.0.0.1:{self.port}>",)
        body = offer(("127.0.0.1", self.port))
        taken = respond(found, "200 OK", ";tag=far", headers=contact, body=body)
        self._socket.sendto(taken.encode(), sender)

    def _answer(self, found: message.Message, status: str, sender: tuple[str, int]) -> None:
        self._socket.sendto(respond(found, status, ";tag=far").encode(), sender)


@contextmanager
def connected() -> Iterator[Carrier]:
    """A carrier as long as the block lasts."""
    carrier = Carrier()
    thread = threading.Thread(target=carrier.run)
    thread.start()
    try:
        yield carrier
    finally:
        carrier.stop()
        thread.join()
        carrier.close()
