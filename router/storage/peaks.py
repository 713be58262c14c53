"""The outline of a recording: how loud it is, from its begin to its end, to be drawn.

However long it is, so many bytes are read of it at most: of a long one the first part of each
piece.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.recordings import HEADER, RATE, UnfiledError, audio_bytes
from router.storage.sound import UnreadableError

if TYPE_CHECKING:
    from pathlib import Path

COUNT: Final = 600
"""Pieces of an outline at most."""
MOST: Final = 16 << 20
"""Bytes that are read of a recording: 17 minutes."""
_LOUDEST: Final = 32_768
_SAMPLE: Final = 2


@dataclass(frozen=True, slots=True)
class Peaks:
    """An outline.

    Attributes:
        duration_ms: of the audio.
        levels: the loudest sample of each piece, 0 to 100.
    """

    duration_ms: int
    levels: tuple[int, ...]


def outline(path: Path, count: int = COUNT, most: int = MOST) -> Peaks:
    """Read a recording for its outline.

    Raises:
        UnreadableError: it is none.
    """
    try:
        with path.open("rb") as file:
            audio_bytes(file.read(HEADER))
            samples = (path.stat().st_size - HEADER) // _SAMPLE
            pieces = min(count, samples)
            levels = []
            for piece in range(pieces):
                begin, end = samples * piece // pieces, samples * (piece + 1) // pieces
                file.seek(HEADER + begin * _SAMPLE)
                levels.append(_level(file.read(min((end - begin) * _SAMPLE, most // count & ~1))))
    except UnfiledError as error:
        raise UnreadableError(str(error)) from error
    except OSError as error:
        raise UnreadableError(error.strerror or "cannot be read") from error
    return Peaks(max(0, samples) * _SAMPLE * 1000 // RATE, tuple(levels))


def _level(part: bytes) -> int:
    sound = array("h", part[: len(part) & ~1])
    if sys.byteorder == "big":
        sound.byteswap()
    if not sound:
        return 0
    highest, lowest = max(sound), min(sound)
    return max(highest, -lowest) * 100 // _LOUDEST
