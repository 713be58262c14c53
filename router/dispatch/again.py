"""The last seconds of a call, from the recording that is still being written."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Final

from router.recordings import HEADER, RATE
from router.storage.sound import locate

if TYPE_CHECKING:
    from pathlib import Path

LAST_S: Final = 30
"""How much of it is heard again."""
LEAST_S: Final = 1
_SAMPLE: Final = 2


def cut(recordings: Path, relative: str, into: Path) -> bool:
    """Write the last :data:`LAST_S` of a recording to a file of its own; False: there are none.

    The header of a file that is being written says nothing of its length yet, and Asterisk keeps
    back what it has not written.

    Args:
        recordings: folder of all recordings.
        relative: the recording's path below it.
        into: the file to be written.

    Raises:
        OSError: one of them cannot be read or written.
    """
    found = locate(recordings, relative)
    if found is None:
        return False
    with found.open("rb") as file:
        size = (file.seek(0, 2) - HEADER) // _SAMPLE * _SAMPLE
        if size < LEAST_S * RATE:
            return False
        file.seek(HEADER + max(0, size - LAST_S * RATE))
        sound = file.read(min(size, LAST_S * RATE))
    into.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(into), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(_SAMPLE)
        made.setframerate(RATE // _SAMPLE)
        made.writeframes(sound)
    return True
