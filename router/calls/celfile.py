"""The CEL file, read on as it grows: complete lines only, across rotation and truncation.

Where to go on after a restart is the first line of the oldest call that the file has not told to
its end, so that such a call is read whole again.
"""

from __future__ import annotations

import csv
import os
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import structlog

from router.calls.events import CelEvent, MalformedEventError, from_row

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

log = structlog.get_logger(__name__)

CHUNK: Final = 1 << 20
MAX_LINE: Final = 1 << 16
"""Bytes without a line end before a line is given up."""

_BEGINNING: Final = re.compile(rb'"[A-Za-z_]+","[0-9]+\.[0-9]+",')


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a CEL file.

    Attributes:
        file: identity of the file (device and inode), as another may come in its place.
        offset: bytes from its beginning.
    """

    file: str
    offset: int


class CelFile:
    """Reads a CEL file from a position on, as often as asked.

    Args:
        path: where Asterisk writes it; need not exist yet.
        position: where an earlier reader stood; another file than that is read from its beginning.
    """

    def __init__(self, path: Path, position: Position | None = None) -> None:
        self.malformed = 0
        self._path = path
        self._resume = position
        self._file: IO[bytes] | None = None
        self._identity = ""
        self._offset = 0
        self._open: dict[str, int] = {}

    @property
    def position(self) -> Position:
        """Where to go on after a restart."""
        if self._file is None and self._resume is not None:
            return self._resume
        return Position(self._identity, min(self._open.values(), default=self._offset))

    def release(self, linked: str) -> None:
        """A call of which no more lines will come needs not be read again."""
        self._open.pop(linked, None)

    def open_calls(self) -> list[str]:
        """Ids of the calls whose end the file has not told."""
        return list(self._open)

    def read(self, until: int | None = None) -> Iterator[CelEvent]:
        """The events written since the last time.

        Args:
            until: microseconds since the epoch; a later event, and all after it, are left for the
                next time.
        """
        while True:
            replaced = self._is_replaced()
            if self._file is not None:
                done = yield from self._rest(self._file, until)
                if not done:
                    return
            if not replaced or not self._reopen():
                return

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_replaced(self) -> bool:
        """Whether another file (or the first one) lies at the path, or this one was cut."""
        try:
            found = self._path.stat()
        except OSError:
            return False  # Not there for the moment: what is open can still be read.
        return _identity(found) != self._identity or found.st_size < self._offset

    def _reopen(self) -> bool:
        try:
            file = self._path.open("rb")
        except OSError:
            return False
        self.close()
        self._file = file
        self._identity = _identity(os.fstat(file.fileno()))
        self._offset = 0
        self._open.clear()
        if self._resume is not None and self._resume.file == self._identity:
            size = os.fstat(file.fileno()).st_size
            self._offset = self._resume.offset if self._resume.offset <= size else 0
        self._resume = None
        return True

    def _rest(self, file: IO[bytes], until: int | None) -> Generator[CelEvent, None, bool]:
        """Events up to the file's end; gives whether it was reached."""
        while True:
            file.seek(self._offset)
            chunk = file.read(CHUNK)
            used = 0
            for line in _lines(chunk):
                event = self._parse(line)
                if event is not None:
                    if until is not None and event.at > until:
                        return False
                    self._note(event)
                used += len(line)
                self._offset += len(line)
                if event is not None:
                    yield event
            if not used:
                if len(chunk) < MAX_LINE:
                    return True
                self._offset += len(chunk)
                self._spoilt(chunk)

    def _note(self, event: CelEvent) -> None:
        if event.kind == "LINKEDID_END":
            self._open.pop(event.linked, None)
        else:
            self._open.setdefault(event.linked, self._offset)

    def _parse(self, line: bytes) -> CelEvent | None:
        try:
            return _event(line)
        except (csv.Error, MalformedEventError):
            self._spoilt(line)
        # Asterisk died within a line, and the next one was written behind its stump.
        again = _BEGINNING.search(line, 1)
        try:
            return _event(line[again.start() :]) if again else None
        except (csv.Error, MalformedEventError):
            return None

    def _spoilt(self, line: bytes) -> None:
        self.malformed += 1
        log.warning("cel_line_skipped", offset=self._offset, line=repr(line[:80]))


def _identity(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino}"


def _lines(chunk: bytes) -> Iterator[bytes]:
    """Complete lines with their ends.

    A caller's number may hold line ends, which then stand between quotes. Quotes in it are doubled,
    so that nothing a caller sends looks like the beginning of a line.
    """
    begin = end = 0
    while (found := chunk.find(b"\n", end)) >= 0:
        if end > begin and _BEGINNING.match(chunk, end):
            yield chunk[begin:end]  # Asterisk died between the quotes.
            begin = end
        end = found + 1
        line = chunk[begin:end]
        if line.count(b'"', _last_beginning(line)) % 2 == 0:
            yield line
            begin = end


def _last_beginning(line: bytes) -> int:
    """Where the last line that was begun in ``line`` begins."""
    return max((found.start() for found in _BEGINNING.finditer(line)), default=0)


def _event(line: bytes) -> CelEvent | None:
    rows = list(csv.reader([_text(line)], strict=True))
    return from_row(rows[0]) if rows else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
