"""Made prompts by what they were made from, each in one file that shows when it is damaged."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SUM: Final = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Sound:
    """A prompt in both forms of G.711, one byte a sample each."""

    ulaw: bytes
    alaw: bytes

    @property
    def ms(self) -> int:
        """Length, ms."""
        return len(self.ulaw) // 8


@dataclass(frozen=True, slots=True)
class Key:
    """What a prompt is known by.

    Attributes:
        content: hash of what is heard: words and voice, or the recording.
        maker: hash of what makes it: tools and recipe.
    """

    content: str
    maker: str


def digest(*parts: str | bytes) -> str:
    """A hash of the parts that no other parts have."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.hexdigest()[:32]


class Cache:
    """A folder of made prompts; several instances may share it.

    Args:
        folder: where they are kept.
        delivered: one more that is only read: what came with the program.
    """

    def __init__(self, folder: Path, delivered: Path | None = None) -> None:
        self._folder = folder
        self._folders = (folder, delivered) if delivered else (folder,)

    def get(self, key: Key) -> Sound | None:
        """The sound, or None when it is not there or is damaged."""
        return self._first(_name(key))

    def by_other_tools(self, content: str) -> Sound | None:
        """A sound of the same content, whatever made it."""
        return self._first(f"{content}-*.g711")

    def _first(self, pattern: str) -> Sound | None:
        found = (file for folder in self._folders for file in sorted(folder.glob(pattern)))
        return next((sound for sound in map(_load, found) if sound), None)

    def put(self, key: Key, sound: Sound) -> None:
        """Keep the sound.

        Raises:
            OSError: no room, no permission.
        """
        data = sound.ulaw + sound.alaw
        self._folder.mkdir(parents=True, exist_ok=True)
        replace(self._folder / _name(key), hashlib.sha256(data).digest() + data)


def _name(key: Key) -> str:
    return f"{key.content}-{key.maker}.g711"


def _load(file: Path) -> Sound | None:
    try:
        data = file.read_bytes()
    except OSError:
        return None
    total, sound = data[:_SUM], data[_SUM:]
    if not sound or hashlib.sha256(sound).digest() != total:
        return None
    half = len(sound) // 2
    return Sound(sound[:half], sound[half:])


def replace(file: Path, data: bytes) -> None:
    """Write ``data`` so that a reader sees the old content or the new.

    Not forced to the disk: what a power cut damages is seen at the next start and made again.

    Raises:
        OSError: no room, no permission; ``file`` is then as it was.
    """
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), 0o644)
            stream.write(data)
        os.replace(temporary, file)  # noqa: PTH105 - the atomic form
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise
