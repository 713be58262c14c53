"""Recordings as MixMonitor leaves them."""

from __future__ import annotations

import hashlib
import wave
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, seconds: float, silent: tuple[float, float] | None = None) -> str:
    """Write a recording that sounds all the while, but not between ``silent``; gives its digest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = bytearray(b"\x01\x00" * round(8000 * seconds))
    if silent is not None:
        begin, end = (round(8000 * at) * 2 for at in silent)
        data[begin:end] = bytes(end - begin)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(data))
    return hashlib.sha256(path.read_bytes()).hexdigest()
