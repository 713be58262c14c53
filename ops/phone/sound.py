"""Tones made and measured: sine waves, DTMF pairs, loudness, the level of one frequency."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from ops.phone.g711 import FULL_SCALE, encode
from ops.phone.rtp import CLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.phone.g711 import Law

TONE_LEVEL: Final = 0.25
"""Amplitude of a tone we make, of full scale (-12 dB): loud, and no sum of two is clipped."""

_ROWS: Final = (697, 770, 852, 941)
_COLUMNS: Final = (1209, 1336, 1477, 1633)
_KEYS: Final = ("123A", "456B", "789C", "*0#D")
DTMF_PAIRS: Final = {
    key: (low, high)
    for low, keys in zip(_ROWS, _KEYS, strict=True)
    for high, key in zip(_COLUMNS, keys, strict=True)
}
"""Frequencies in Hz of each key (ITU-T Q.23)."""


@lru_cache(maxsize=64)
def tone(frequencies: tuple[int, ...], law: Law) -> bytes:
    """One second of these frequencies (whole Hz) together, as G.711; repeats without a click."""
    return encode(
        (
            round(
                sum(math.sin(math.tau * hz * i / CLOCK) for hz in frequencies)
                * TONE_LEVEL
                * FULL_SCALE
            )
            for i in range(CLOCK)
        ),
        law,
    )


def rms(samples: Sequence[int]) -> float:
    """Root mean square, of full scale: a sine of amplitude 1 has 0.71, nothing at all has 0."""
    if not samples:
        return 0.0
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) / FULL_SCALE


def amplitude(samples: Sequence[int], hz: float) -> float:
    """Amplitude of one frequency, of full scale, by Goertzel's algorithm.

    Tells frequencies apart that differ by more than ``CLOCK / len(samples)`` Hz.
    """
    if not samples:
        return 0.0
    turn = math.tau * hz / CLOCK
    weight = 2 * math.cos(turn)
    last = before = 0.0
    for sample in samples:
        last, before = sample + weight * last - before, last
    power = last * last + before * before - weight * last * before
    return 2 * math.sqrt(max(power, 0.0)) / len(samples) / FULL_SCALE


def share(samples: Sequence[int], hz: float) -> float:
    """How much of the energy is at this frequency: 1 for a pure tone, near 0 for anything else."""
    total = rms(samples)
    return min(1.0, amplitude(samples, hz) ** 2 / 2 / total**2) if total else 0.0
