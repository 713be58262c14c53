"""RTP packets (RFC 3550), as bytes and as values."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

CLOCK: Final = 8000
"""Timestamp units a second, of G.711 and of telephone events alike."""
FRAME_MS: Final = 20
FRAME: Final = CLOCK * FRAME_MS // 1000
"""Samples, timestamp units and G.711 bytes a packet."""

_FIXED = struct.Struct("!BBHII")
_VERSION = 2


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet; header extensions and contributing sources are left out.

    Attributes:
        payload_type: 0 to 127.
        sequence: 16 bits.
        timestamp: 32 bits, in units of ``CLOCK``.
        ssrc: 32 bits.
        marker: first packet after silence, or of an event.
    """

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def encode(self) -> bytes:
        """The packet as sent."""
        return (
            _FIXED.pack(
                _VERSION << 6,
                self.marker << 7 | self.payload_type & 0x7F,
                self.sequence & 0xFFFF,
                self.timestamp & 0xFFFFFFFF,
                self.ssrc & 0xFFFFFFFF,
            )
            + self.payload
        )


def parse(data: bytes) -> Packet | None:
    """The packet in a datagram, or None when it holds none (STUN, RTCP, rubbish)."""
    if len(data) < _FIXED.size or data[0] >> 6 != _VERSION or 192 <= data[1] <= 223:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    start = _FIXED.size + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if first & 0x20:
        end -= data[-1] or len(data)
    if start > end:
        return None
    return Packet(second & 0x7F, sequence, timestamp, ssrc, data[start:end], bool(second & 0x80))
