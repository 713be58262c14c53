"""Who changed what and why: one JSON line a change, appended and never rewritten."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class AuditFile:
    """The file, ``SIAGA_HOME/plan/live.jsonl``; the router and the command line append to it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, home: Path) -> AuditFile:
        """That of an instance, by its home."""
        return cls(home / "plan" / "live.jsonl")

    def append(self, line: Mapping[str, object]) -> None:
        """Append a line, durably.

        Raises:
            OSError: no room, no permission.
        """
        data = json.dumps(line).encode() + b"\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            # In one piece: another process may append at the same time.
            os.write(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
