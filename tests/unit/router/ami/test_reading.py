"""How the socket is read: with rests while little comes, without while there is more."""

from __future__ import annotations

import asyncio

from router.ami.protocol import AmiProtocol
from router.calls.events import AMI_FORM

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
PLAIN = b"Event: X\r\nA: b\r\n\r\n"


class Socket(asyncio.Transport):
    """Counts how often reading was to rest."""

    def __init__(self) -> None:
        super().__init__()
        self.rests = 0

    def pause_reading(self) -> None:
        self.rests += 1

    def resume_reading(self) -> None:
        """Nothing is read here."""

    def abort(self) -> None:
        """Nothing is open here."""


async def test_reading_rests_only_when_the_socket_was_emptied() -> None:
    """A read that fills the buffer is followed by the next at once: no limit of our own is put."""
    heard: list[str] = []
    protocol = AmiProtocol(lambda event: heard.append(event.name), gather_s=60, forms=(AMI_FORM,))
    socket = Socket()
    protocol.connection_made(socket)
    room = len(protocol.get_buffer(-1))
    data = GREETING + PLAIN * (2 * room // len(PLAIN))
    rests = []
    while data:
        buffer = protocol.get_buffer(-1)
        piece, data = data[: len(buffer)], data[len(buffer) :]
        buffer[: len(piece)] = piece
        protocol.buffer_updated(len(piece))
        rests.append(socket.rests)
    assert rests == [0, 0, 1]
    assert heard == ["X"] * (2 * room // len(PLAIN))
    protocol.close()
