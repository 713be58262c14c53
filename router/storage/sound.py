"""What a recording's file holds: digest, length, and in which of its seconds anything sounds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from router.recordings import HEADER, RATE, UnfiledError, audio_bytes

if TYPE_CHECKING:
    from pathlib import Path


class UnreadableError(ValueError):
    """Not a WAV file, or not to be read."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording as it is on disk.

    Attributes:
        sha256: of the whole file, hex.
        duration_ms: length of its audio.
        closed: whether the header accounts for it, as MixMonitor leaves a file when it is done.
        heard: for each second begun, whether any sample in it is not zero.
    """

    sha256: str
    duration_ms: int
    closed: bool
    heard: tuple[bool, ...]


def locate(folder: Path, relative: str) -> Path | None:
    """Where a recording is; None: there is no such regular file below ``folder``."""
    try:
        path = (folder / relative).resolve()
        inside = path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):  # ValueError: a path that holds NUL
        return None
    return path if inside else None


def listen(path: Path) -> Sound:
    """Read all of a recording.

    Raises:
        UnreadableError: not one.
    """
    digest = hashlib.sha256()
    heard = []
    size = 0
    try:
        with path.open("rb") as file:
            head = file.read(HEADER)
            promised = audio_bytes(head)
            digest.update(head)
            while second := file.read(RATE):
                digest.update(second)
                size += len(second)
                heard.append(second.count(0) != len(second))
    except UnfiledError as error:
        raise UnreadableError(str(error)) from error
    except OSError as error:
        raise UnreadableError(error.strerror or "cannot be read") from error
    return Sound(digest.hexdigest(), size * 1000 // RATE, promised == size, tuple(heard))
