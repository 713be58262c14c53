"""Callers who are heard: one clock sends the sound of all of them, a packet each every 20 ms."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ops.phone import rtp, sdp
from ops.phone.g711 import Law
from tests.fuzz.callers import Caller, Exchange
from tests.fuzz.sip import text_of

if TYPE_CHECKING:
    from ops.phone.message import Message
    from tests.fuzz.sip import Address

SOUND: Final = bytes((0x2A, 0xAA)) * (rtp.FRAME // 2)
"""A square wave at 4000 Hz in A-law."""


class Speaker(Caller):
    """A caller who makes a sound from the answer on."""

    _far: Address | None = None
    _packets = 0

    def hear(self, found: Message) -> None:
        """A message of this call."""
        if found.status and text_of(found, "CSeq").endswith("CANCEL"):
            return  # Whether it came in time, the INVITE's own answer tells.
        super().hear(found)
        if found.status == 200 and text_of(found, "CSeq").endswith("INVITE"):
            answer = sdp.parse(found.body.decode("latin-1"))
            self._far = (answer.address, answer.port) if answer is not None else None

    def speak(self) -> None:
        """Send the next packet."""
        if self._far is None or self.ended.is_set():
            return
        self._packets += 1
        number = self._packets
        packet = rtp.Packet(Law.PCMA.value, number, number * rtp.FRAME, id(self), SOUND)
        try:
            self._ear.sendto(packet.encode(), self._far)
        except OSError:
            self._far = None  # Asterisk has closed the port.


class Crowd(Exchange):
    """Where those callers call from."""

    kind = Speaker

    async def speak(self) -> None:
        """Have them all speak until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + rtp.FRAME_MS / 1000, loop.time() - 1)
            await asyncio.sleep(due - loop.time())
            for caller in list(self._calls.values()):
                if isinstance(caller, Speaker):
                    caller.speak()
