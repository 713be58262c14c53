"""Recordings of this node as other nodes ask for them: a piece, the outline, the digest.

Which file it is says the record of the call, and never who asks. What reads a whole file does so in
a thread, one at a time, and few wait for it: calls come first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from router.storage.peaks import Peaks, outline
from router.storage.sound import UnreadableError, listen, locate
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from router.store import CallReader

_T = TypeVar("_T")
PIECE: Final = 1 << 20
"""Bytes of a piece at most: a minute of sound, and little to what carries it."""
WAITING: Final = 4
"""Outlines and digests that wait at most; further ones are sent away."""


class NoRecordingError(SiagaError):
    """There is no such recording on this node."""

    code = "recording_gone"

    def __init__(self) -> None:
        super().__init__("Rekaman tidak ada di node ini. / This node has no such recording.")


class RecordingsBusyError(SiagaError):
    """Too many are read already."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("Sedang sibuk; coba lagi sebentar. / Busy: try again in a moment.")


class Lent:
    """Reads them.

    Args:
        node: this one.
        folder: of its recordings.
        reader: of call records.

    Raises (all methods):
        NoRecordingError: there is none, or its call is not over.
        SQLAlchemyError, OSError: the database does not work now, or the file cannot be read.
    """

    def __init__(self, node: str, folder: Path, reader: CallReader) -> None:
        self._node = node
        self._folder = folder
        self._reader = reader
        self._one = asyncio.Lock()
        self._waiting = 0

    async def piece(self, call: str, begin: int, most: int) -> tuple[int, bytes]:
        """The size of the file, and its bytes from ``begin`` on, :data:`PIECE` at most."""
        path = await self._path(call)
        return await asyncio.to_thread(_read, path, begin, min(most, PIECE))

    async def outline(self, call: str) -> Peaks:
        """How loud it is.

        Raises:
            RecordingsBusyError: too many wait already.
        """
        path = await self._path(call)
        return await self._alone(lambda: outline(path))

    async def digest(self, call: str) -> str:
        """SHA-256 of the file as it is now.

        Raises:
            RecordingsBusyError: too many wait already.
        """
        path = await self._path(call)
        return await self._alone(lambda: listen(path).sha256)

    async def _path(self, call: str) -> Path:
        record = await self._reader.call(self._node, call)
        if record is None or record.recording is None or record.ended is None:
            raise NoRecordingError
        path = locate(self._folder, record.recording.path)
        if path is None:
            raise NoRecordingError
        return path

    async def _alone(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= WAITING:
            raise RecordingsBusyError
        self._waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(work)
        except UnreadableError as error:
            raise NoRecordingError from error
        finally:
            self._waiting -= 1


def _read(path: Path, begin: int, most: int) -> tuple[int, bytes]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(min(begin, size))
        return size, file.read(most)
