"""One file of the row that rotation makes of the CEL file, and how such files are told apart.

A file is known by its first line, which has a time in microseconds and a channel's id: rotation,
copying and restoring keep it, while another file at the same path, or with the same inode, has
another one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import IO, TYPE_CHECKING, Final

from router.calls.cellines import BEGINNING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD: Final = 4096
"""Bytes in which the first line is looked for."""


class Segment:
    """An open file.

    Attributes:
        offset: bytes of it that were read.
        drained: it was read to its end after another had taken its place.
    """

    def __init__(self, file: IO[bytes], offset: int = 0) -> None:
        self.offset = offset
        self.drained = False
        self._file = file
        self._identity = ""

    @property
    def identity(self) -> str:
        """What the file is known by; empty as long as it has no first line."""
        return self._identity or self._look()

    @property
    def size(self) -> int:
        """Bytes in it."""
        return os.fstat(self._file.fileno()).st_size

    @property
    def place(self) -> tuple[int, int]:
        """Device and inode."""
        return _place(os.fstat(self._file.fileno()))

    def is_at(self, path: Path) -> bool:
        """Whether this file lies at the path; also when nothing does for the moment."""
        try:
            return _place(path.stat()) == self.place
        except OSError:
            return True

    def is_cut(self) -> bool:
        """Whether what was read is in it no more."""
        if self.size < self.offset:
            return True
        return bool(self._identity) and identity(_head(self._file)) != self._identity

    def read(self, size: int) -> bytes:
        """Bytes from the offset on."""
        self._identity = self._identity or self._look()
        self._file.seek(self.offset)
        return self._file.read(size)

    def close(self) -> None:
        """Close the file; its identity stays known."""
        self._file.close()

    def _look(self) -> str:
        return "" if self._file.closed else identity(_head(self._file))


def opened(path: Path) -> Segment | None:
    """The file at the path; None when it cannot be read."""
    try:
        return Segment(path.open("rb"))
    except OSError:
        return None


def identity(head: bytes) -> str:
    """What a file with this beginning is known by; empty without a first line."""
    line, end, _ = head.partition(b"\n")
    if not end and len(head) < HEAD:
        return ""
    return hashlib.sha256(line).hexdigest()[:32]


def rotated(path: Path) -> list[Path]:
    """The files beside it that were made of it by rotation, oldest first.

    They have its name and more, and begin as Asterisk writes them. Compressed ones are left out.
    """
    found = []
    for other in _beside(path):
        with contextlib.suppress(OSError), other.open("rb") as file:
            begun = BEGINNING.match(file.read(HEAD))
            if begun:
                found.append((int(begun[1]), other.stat().st_mtime_ns, other))
    return [other for _, _, other in sorted(found)]


def _beside(path: Path) -> Iterator[Path]:
    try:
        yield from (
            other
            for other in path.parent.iterdir()
            if other.name.startswith((f"{path.name}.", f"{path.name}-")) and other.is_file()
        )
    except OSError:
        return


def _head(file: IO[bytes]) -> bytes:
    return os.pread(file.fileno(), HEAD, 0)


def _place(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
