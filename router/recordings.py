"""Recordings as filed: complete or not, how long, and the hash that proves them unchanged.

MixMonitor writes the length into a WAV file's header when it closes it, so the header tells whether
a file is complete. It ignores the results of its writes: on a full disk the file is short, which
only an audit afterwards sees.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import struct
import time
from collections import deque
from typing import IO, TYPE_CHECKING, Final

import structlog

from router.calls.record import Recording

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

log = structlog.get_logger(__name__)

HEADER: Final = 44
"""Bytes before the audio in a WAV file of Asterisk's."""
RATE: Final = 16_000
"""Bytes a second: 8000 samples of 16 bits."""
EMPTY_S: Final = 5.0
"""A recording that has no audio after so long will not have any."""
POLL_S: Final = 0.25
GIVE_UP_S: Final = 60.0
"""How long after its call a file may stay open; what is there by then is filed as it is."""
_BLOCK: Final = 1 << 20


class UnfiledError(ValueError):
    """The file is not complete, not there, or not below the recordings folder."""


def audio_bytes(head: bytes) -> int:
    """Bytes of audio that a WAV header promises.

    Raises:
        UnfiledError: not the header of a WAV file.
    """
    if len(head) < HEADER or head[:4] != b"RIFF" or head[36:40] != b"data":
        raise UnfiledError("no WAV header")
    return int(struct.unpack("<I", head[40:44])[0])


def inspect(folder: Path, relative: str, *, complete: bool = True) -> Recording:
    """Hash and measure the recording at ``relative`` below ``folder``.

    Args:
        folder: the recordings folder.
        relative: as the dialplan named it.
        complete: refuse a file whose header does not account for all of it.

    Raises:
        UnfiledError: not complete, or no recording.
    """
    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise UnfiledError("outside the recordings folder")
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            head = file.read(HEADER)
            promised = audio_bytes(head)
            if complete and not promised and not _is_left_empty(file):
                raise UnfiledError("still open")
            digest.update(head)
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise UnfiledError(error.strerror or "cannot be read") from error
    if complete and promised > size:
        raise UnfiledError("not complete")
    return Recording(relative, digest.hexdigest(), size * 1000 // RATE)


def _is_left_empty(file: IO[bytes]) -> bool:
    """Whether a file without audio is closed: a call of a few milliseconds leaves such a one."""
    status = os.fstat(file.fileno())
    return status.st_size == HEADER and time.time() - status.st_mtime > EMPTY_S


class RecordingFiler:
    """Waits for the recordings of ended calls to be complete, and reports each once.

    Args:
        folder: the recordings folder.
        filed: told a call's id and its recording.
    """

    def __init__(self, folder: Path, filed: Callable[[str, Recording], Awaitable[None]]) -> None:
        self._folder = folder
        self._filed = filed
        self._waiting: deque[tuple[str, str, float]] = deque()
        self._known: set[str] = set()
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def file(self, call: str, relative: str) -> None:
        """File the recording of a call that has ended; asking twice is asking once."""
        if call not in self._known:
            self._known.add(call)
            self._waiting.append((call, relative, asyncio.get_running_loop().time() + GIVE_UP_S))
            self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            await asyncio.sleep(POLL_S)  # MixMonitor closes its file a moment after the call.
            due, self._waiting = list(self._waiting), deque()
            # One trip to a thread for all of them: most are looked at several times.
            found = await asyncio.to_thread(self._look, due, loop.time())
            for (call, relative, deadline), result in zip(due, found, strict=True):
                late = loop.time() > deadline
                if isinstance(result, Recording):
                    self._known.discard(call)
                    if late:
                        log.warning("recording_incomplete", call=call, path=relative)
                    await self._filed(call, result)
                elif late:
                    self._known.discard(call)
                    log.warning("recording_unfiled", call=call, path=relative, reason=str(result))
                else:
                    self._waiting.append((call, relative, deadline))
            if not self._waiting:
                self._wake.clear()

    def _look(
        self, due: list[tuple[str, str, float]], now: float
    ) -> list[Recording | UnfiledError]:
        found: list[Recording | UnfiledError] = []
        for _, relative, deadline in due:
            try:
                found.append(inspect(self._folder, relative, complete=now <= deadline))
            except UnfiledError as error:
                found.append(error)
        return found
