"""What a recording is like, and what a person should know of it before callers hear it."""

from __future__ import annotations

import array
import math
from typing import Final

from siaga.takes import Measure

FULL: Final = 32_700
"""A sample from here on is at full scale."""
CLIPPED: Final = 0.0005
"""Share of samples at full scale above which it is heard; speech that fits has next to none."""
QUIET: Final = -38.0
"""dBFS RMS; what is softer is raised by so much that the room comes with it."""
NOISY: Final = 15.0
"""dB between voice and room; less is tiring on a bad line."""
SILENT: Final = -55.0
"""dBFS; softer than this there is no voice."""
SHORT: Final = 0.5
LONG: Final = 2.0
"""Of the time that the words take; a human voice is slower or quicker than ours by less."""
SLACK_MS: Final = 700
"""Of a word or two nobody can say that they are too short."""

_FRAME_S: Final = 0.02
_QUIETEST: Final = 0.05
"""Share of frames that are taken for the room."""


def measured(samples: bytes, rate: int, ms: int) -> Measure:
    """Measure 16-bit samples of one channel.

    Args:
        samples: as they came.
        rate: samples a second.
        ms: length without silence around it.
    """
    values = array.array("h", samples)
    size = max(1, round(rate * _FRAME_S))
    levels = sorted(_level(values[at : at + size]) for at in range(0, len(values), size))
    peak = max(max(values, default=0), -min(values, default=0))
    loud = sum(1 for value in values if value >= FULL or value <= -FULL)
    top = levels[-1] if levels else SILENT
    # What is 30 dB below the loudest moment is a pause.
    voice = [level for level in levels if level > max(top - 30, SILENT)]
    return Measure(
        ms=ms,
        level=round(_mean(voice), 1),
        peak=round(_decibels(peak / 32768), 1),
        clipped=round(loud / max(1, len(values)), 6),
        noise=round(levels[int(len(levels) * _QUIETEST)] if levels else -99.0, 1),
    )


def findings(found: Measure, expected_ms: int) -> tuple[str, ...]:
    """What is odd about a recording, the worst first; nothing: it is good.

    Args:
        found: the recording.
        expected_ms: how long the words take; 0: it has no words.
    """
    slack = SLACK_MS if expected_ms else 0
    odd = {
        "clipped": found.clipped > CLIPPED,
        "quiet": found.level < QUIET,
        "noisy": found.level - found.noise < NOISY,
        "short": found.ms < expected_ms * SHORT - slack,
        "long": bool(expected_ms) and found.ms > expected_ms * LONG + slack,
    }
    return tuple(name for name, is_so in odd.items() if is_so)


def _level(values: array.array[int]) -> float:
    return _decibels(math.sqrt(sum(value * value for value in values) / len(values)) / 32768)


def _mean(levels: list[float]) -> float:
    if not levels:
        return -99.0
    return 10 * math.log10(sum(10 ** (level / 10) for level in levels) / len(levels))


def _decibels(ratio: float) -> float:
    return 20 * math.log10(ratio) if ratio > 0 else -99.0
