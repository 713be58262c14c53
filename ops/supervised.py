"""``python -m ops.supervised``: supervisord as its own command starts it, which no full disk ends.

What it cannot write into a log it tells on its standard error, a file beside that log. When that
cannot be written either, it would end, and with it Asterisk and every call.
"""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import sys
from typing import Final

STDERR: Final = 2


class Unfailing(io.TextIOBase):
    """Text for a file that may have no room: then it is lost, and nobody hears of that.

    Args:
        handle: of the open file.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def write(self, text: str) -> int:
        """Write what there is room for."""
        with contextlib.suppress(OSError):
            os.write(self._handle, text.encode(errors="backslashreplace"))
        return len(text)

    def fileno(self) -> int:
        """The open file's."""
        return self._handle


def main() -> None:
    """Run it, by the arguments of this command."""
    sys.stdout = sys.stderr = Unfailing(STDERR)
    runpy.run_module("supervisor.supervisord", run_name="__main__")


if __name__ == "__main__":
    main()
