"""Digits on the line: telephone events (RFC 4733) and the body of a SIP INFO."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ops.phone.rtp import FRAME, FRAME_MS, Packet

KEYS: Final = "0123456789*#ABCD"
"""Each key at the number of its event."""
LAST_PACKETS: Final = 3
"""Times the end of an event is sent, for packets get lost."""
VOLUME: Final = 10
"""Power level of our events, in dBm0 without the sign."""
_LONGEST = 0xFFFF
_BODY = struct.Struct("!BBH")


class Dtmf(StrEnum):
    """How a digit is sent."""

    RFC4733 = "rfc4733"
    INFO = "info"
    INBAND = "inband"


@dataclass(frozen=True, slots=True)
class Event:
    """A telephone event as one packet tells it.

    Attributes:
        key: one of ``KEYS``.
        end: the key is up again.
        duration: so far, in units of RTP's clock.
    """

    key: str
    end: bool
    duration: int
    volume: int = VOLUME

    def encode(self) -> bytes:
        """The payload as sent."""
        flags = self.end << 7 | self.volume & 0x3F
        return _BODY.pack(KEYS.index(self.key), flags, min(self.duration, _LONGEST))


def parse(payload: bytes) -> Event | None:
    """The event in a payload, or None when it is none of a key."""
    if len(payload) < _BODY.size:
        return None
    number, flags, duration = _BODY.unpack_from(payload)
    if number >= len(KEYS):
        return None
    return Event(KEYS[number], bool(flags & 0x80), duration, flags & 0x3F)


def check_key(key: str) -> str:
    """The key as events name it.

    Raises:
        ValueError: there is no such key.
    """
    if len(key) != 1 or key.upper() not in KEYS:
        raise ValueError(f"{key!r} is not a key: one of {KEYS}.")
    return key.upper()


@dataclass(slots=True)
class EventSender:
    """The packets of one pressed key: one every 20 ms, then the last ones together; sans-IO.

    Attributes:
        key: the key pressed.
        ms: how long, rounded up to whole packets.
        payload_type: what the far end calls telephone events.
        timestamp: when it began; the same in all its packets.
    """

    key: str
    ms: int
    payload_type: int
    timestamp: int
    sent: int = 0

    @property
    def _lasting(self) -> int:
        """Packets before the first that says the key is up, which comes ``ms`` after the first."""
        return max(1, -(-self.ms // FRAME_MS))

    @property
    def ending(self) -> bool:
        """The next packet says that the key is up."""
        return self.sent >= self._lasting

    @property
    def done(self) -> bool:
        """Every packet was given."""
        return self.sent >= self._lasting + LAST_PACKETS

    def next(self, sequence: int, ssrc: int) -> Packet:
        """The packet to send now."""
        duration = min(self.sent + 1, self._lasting) * FRAME
        packet = Packet(
            self.payload_type,
            sequence,
            self.timestamp,
            ssrc,
            Event(self.key, self.ending, duration).encode(),
            marker=self.sent == 0,
        )
        self.sent += 1
        return packet


class EventReader:
    """Keys out of received packets, each once however many packets tell of it; sans-IO."""

    def __init__(self) -> None:
        self._seen: tuple[int, int] | None = None

    def read(self, packet: Packet) -> str | None:
        """The key that this packet is the first to tell of, if it is."""
        event = parse(packet.payload)
        mark = (packet.ssrc, packet.timestamp)
        if event is None or mark == self._seen:
            return None
        self._seen = mark
        return event.key
