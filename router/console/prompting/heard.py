"""G.711 as browsers play it, and how long and how loud it is."""

from __future__ import annotations

import array
import io
import math
import wave
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from pathlib import Path

RATE: Final = 8_000
MOST: Final = 2_000_000
"""Bytes of a prompt; four minutes."""
_FRAME: Final = RATE // 50
_QUIET: Final = (0.01 * 32768) ** 2
"""Power below which a frame is silence, as ``ops.voice.audio`` has it."""


def _linear(code: int) -> int:
    """A sample of µ-law (ITU-T G.711, table 2a)."""
    code = ~code & 0xFF
    value = (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84
    return -value if code & 0x80 else value


_LINEAR: Final = tuple(_linear(code) for code in range(256))
_POWER: Final = tuple(value * value for value in _LINEAR)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a prompt is like on the line.

    Attributes:
        ms: length. ``level``: of what is heard, dBFS RMS; None: nothing is.
    """

    ms: int
    level: float | None


def heard(file: Path) -> Heard | None:
    """What is in a file of µ-law; None when there is nothing."""
    try:
        status = file.stat()
    except OSError:
        return None
    return _heard(file, status.st_mtime_ns, status.st_ino) if status.st_size else None


@lru_cache(maxsize=1000)
def _heard(file: Path, _changed: int, _inode: int) -> Heard | None:
    try:
        data = file.read_bytes()[:MOST]
    except OSError:
        return None
    frames = (data[at : at + _FRAME] for at in range(0, len(data), _FRAME))
    powers = [sum(map(_POWER.__getitem__, frame)) / len(frame) for frame in frames]
    loud = [power for power in powers if power > _QUIET]
    level = 10 * math.log10(sum(loud) / len(loud) / 32768**2) if loud else None
    return Heard(len(data) * 1000 // RATE, level)


def as_wav(ulaw: bytes) -> bytes:
    """The same as a WAV file of 16 bit, which every browser plays."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(array.array("h", map(_LINEAR.__getitem__, ulaw)).tobytes())
    return out.getvalue()


def played(request: web.Request, file: Path) -> web.Response:
    """A file of µ-law as an answer, a piece of it if a piece is asked for.

    Raises:
        HTTPNotFound, HTTPRequestRangeNotSatisfiable: there is none, or not that piece of it.
    """
    try:
        wav = as_wav(file.read_bytes()[:MOST])
    except OSError as error:
        raise web.HTTPNotFound from error
    headers = {"Accept-Ranges": "bytes", "Content-Disposition": "inline"}
    try:
        asked = request.http_range
    except ValueError as error:
        raise web.HTTPRequestRangeNotSatisfiable from error
    if asked.start is None and asked.stop is None:
        return web.Response(body=wav, content_type="audio/wav", headers=headers)
    first, last, _ = slice(asked.start, asked.stop).indices(len(wav))
    if first >= last:
        headers["Content-Range"] = f"bytes */{len(wav)}"
        raise web.HTTPRequestRangeNotSatisfiable(headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last - 1}/{len(wav)}"
    return web.Response(status=206, body=wav[first:last], content_type="audio/wav", headers=headers)
