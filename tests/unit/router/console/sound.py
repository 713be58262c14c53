"""Recordings for tests of the pages: as Asterisk leaves them."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from router.calls.record import Recording

if TYPE_CHECKING:
    from pathlib import Path


def wav(*levels: int, seconds: int = 1) -> bytes:
    """A WAV file that is so loud for so many seconds each."""
    audio = b"".join(struct.pack("<hh", level, -level) * 4000 * seconds for level in levels)
    head = b"RIFF" + struct.pack("<I", 36 + len(audio)) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    return head + b"data" + struct.pack("<I", len(audio)) + audio


def put(folder: Path, path: str, content: bytes) -> Recording:
    """A recording on disk, as it is filed."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return Recording(path, hashlib.sha256(content).hexdigest(), (len(content) - 44) // 16)
