"""Files as they were, to be put back when a step fails."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What stood in some files, and which of some folders were there.

    Attributes:
        files: text and mode by file; None for one that was not there.
        absent: folders that were not there.
    """

    files: Mapping[Path, tuple[str, int] | None]
    absent: tuple[Path, ...]

    @classmethod
    def take(cls, files: Iterable[Path], folders: Iterable[Path] = ()) -> Snapshot:
        """Read the files as they are now.

        Raises:
            OSError: one is there and cannot be read.
        """
        return cls(
            {file: _content(file) for file in files},
            tuple(folder for folder in folders if not folder.exists()),
        )

    def restore(self, *, folders: bool = True) -> None:
        """Put everything back; a file that did not change is not touched.

        Args:
            folders: remove those that were not there.

        Raises:
            OSError: something could not be put back; all that can be was.
        """
        failed: OSError | None = None
        for file, content in self.files.items():
            try:
                if content is None:
                    file.unlink(missing_ok=True)
                elif _content(file) != content:
                    write_atomic(file, *content)
            except OSError as error:
                failed = error
        for folder in self.absent if folders else ():
            shutil.rmtree(folder, ignore_errors=True)
        if failed is not None:
            raise failed


def _content(file: Path) -> tuple[str, int] | None:
    try:
        # newline="": as it stands, byte for byte.
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read(), file.stat().st_mode & 0o777
    except FileNotFoundError:
        return None
