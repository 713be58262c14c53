"""Files written so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_atomic(path: Path, text: str, mode: int = 0o640) -> None:
    """Replace ``path`` by ``text``, durably.

    Raises:
        OSError: no room, no permission; ``path`` is then as it was.
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105  (the atomic form)
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise
