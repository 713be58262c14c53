"""G.711 (ITU-T G.711): A-law and mu-law bytes from and to 16-bit samples."""

from __future__ import annotations

from bisect import bisect_left
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

FULL_SCALE: Final = 32768
_SHIFT = 2  # A-law resolves 13 bits, mu-law 14: the encoders' tables hold one entry for 4 samples.


class Law(IntEnum):
    """A codec, by its static RTP payload type."""

    PCMU = 0
    PCMA = 8


def _a_sample(byte: int) -> int:
    byte ^= 0x55
    exponent, mantissa = byte >> 4 & 7, byte & 15
    value = (mantissa << 4) + 8
    if exponent:
        value = (value + 0x100) << (exponent - 1)
    return value if byte & 0x80 else -value


def _u_sample(byte: int) -> int:
    byte ^= 0xFF
    exponent, mantissa = byte >> 4 & 7, byte & 15
    value = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return -value if byte & 0x80 else value


@cache
def _decoder(law: Law) -> tuple[int, ...]:
    sample = _a_sample if law is Law.PCMA else _u_sample
    return tuple(sample(byte) for byte in range(256))


@cache
def _encoder(law: Law) -> bytes:
    """For each sample, shifted and made positive, the byte whose sample is nearest.

    An entry stands for 4 samples and is judged by their middle.
    """
    known = sorted((sample, byte) for byte, sample in enumerate(_decoder(law)))
    samples = [sample for sample, _ in known]
    table = bytearray()
    middle = 1 << (_SHIFT - 1)
    for wanted in range(-FULL_SCALE + middle, FULL_SCALE, 1 << _SHIFT):
        above = min(bisect_left(samples, wanted), len(known) - 1)
        below = max(above - 1, 0)
        nearer = above if samples[above] - wanted < wanted - samples[below] else below
        table.append(known[nearer][1])
    return bytes(table)


def encode(samples: Iterable[int], law: Law) -> bytes:
    """Samples as G.711; those out of range are clipped."""
    table = _encoder(law)
    low, high = -FULL_SCALE, FULL_SCALE - 1
    return bytes(table[(min(max(sample, low), high) + FULL_SCALE) >> _SHIFT] for sample in samples)


def decode(data: bytes, law: Law) -> list[int]:
    """G.711 as samples."""
    table = _decoder(law)
    return [table[byte] for byte in data]


@cache
def silence(law: Law, samples: int) -> bytes:
    """So many samples of nothing."""
    return encode((0,), law) * samples
