"""What a telephone hears: the audio and keys received, and measures of them."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.phone import sound
from ops.phone.dtmf import EventReader
from ops.phone.g711 import Law, decode
from ops.phone.rtp import CLOCK, FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.phone.rtp import Packet

KEPT_S: Final = 60
"""Seconds of audio kept of a call, the latest."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of audio.

    Attributes:
        samples: 16 bits each, 8000 a second.
    """

    samples: Sequence[int]

    @property
    def ms(self) -> float:
        """Its length."""
        return len(self.samples) * 1000 / CLOCK

    @property
    def rms(self) -> float:
        """Loudness, of full scale."""
        return sound.rms(self.samples)

    def amplitude(self, hz: float) -> float:
        """Amplitude of one frequency, of full scale."""
        return sound.amplitude(self.samples, hz)

    def share(self, hz: float) -> float:
        """How much of its energy is at this frequency, 0 to 1."""
        return sound.share(self.samples, hz)


class Heard:
    """Everything received so far.

    Attributes:
        packets: RTP packets of any kind.
        keys: keys told by telephone events, in order.
        first_at: ``time.monotonic()`` of the first packet's arrival.
        last_at: that of the latest.
    """

    def __init__(self) -> None:
        self.packets = 0
        self.keys: list[str] = []
        self.first_at: float | None = None
        self.last_at: float | None = None
        self._events = EventReader()
        self._frames: deque[tuple[float, Law, bytes]] = deque(maxlen=KEPT_S * 1000 // FRAME_MS)

    def take(self, packet: Packet, at: float, telephone_event: int | None) -> None:
        """Take in a packet that arrived at ``at``."""
        self.packets += 1
        self.first_at = at if self.first_at is None else self.first_at
        self.last_at = at
        if packet.payload_type == telephone_event:
            key = self._events.read(packet)
            if key is not None:
                self.keys.append(key)
        elif packet.payload_type in (Law.PCMA, Law.PCMU):
            self._frames.append((at, Law(packet.payload_type), packet.payload))

    @staticmethod
    def mark() -> float:
        """Now, to ask later what was heard since."""
        return time.monotonic()

    def since(self, mark: float = 0.0, last_ms: float | None = None) -> Sound:
        """The audio that arrived after ``mark``, or only the last ``last_ms`` of it."""
        wanted = len(self._frames) if last_ms is None else int(last_ms / FRAME_MS)
        parts: list[list[int]] = []
        for at, law, data in reversed(self._frames):
            if at < mark or len(parts) >= wanted:
                break
            parts.append(decode(data, law))
        return Sound([sample for part in reversed(parts) for sample in part])
