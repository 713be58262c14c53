"""A watch over the menu's process: kills it when it hangs, so that its calls go one tier down.

The dialplan leaves a silent tier by a time-out, but must allow each prompt the time that it lasts:
whoever presses a key early in a long prompt would hear nothing until then. The server beats on a
pipe for as long as its event loop turns; without a beat it is killed, Asterisk sees the connections
end at that moment, and the supervisor starts it anew.

This file runs by itself as the watch, with the standard library alone: ``guard.py PID``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

BEAT_S: Final = 0.25
SILENT_BEATS: Final = 6
"""Beats in a row that may fail to come. They are counted while the watch itself runs, so that a
machine that stood still as a whole is no reason to kill anybody."""


class Guard:
    """The server's side: starts the watch and beats for it."""

    def __init__(self) -> None:
        self._watch: subprocess.Popen[bytes] | None = None

    async def beat(self) -> None:
        """Beat until cancelled; a watch that ended is started again."""
        while True:
            if self._watch is None or self._watch.poll() is not None:
                self._watch = _start()
            if self._watch.stdin is not None:
                with contextlib.suppress(OSError):  # It ended just now, or does not read.
                    os.write(self._watch.stdin.fileno(), b".")
            await asyncio.sleep(BEAT_S)


def _start() -> subprocess.Popen[bytes]:
    watch = subprocess.Popen(  # noqa: S603  (our own file)
        [sys.executable, "-I", str(Path(__file__)), str(os.getpid())],
        stdin=subprocess.PIPE,
        bufsize=0,
    )
    if watch.stdin is not None:
        os.set_blocking(watch.stdin.fileno(), False)
    return watch


def watch(beats: int, kill: Callable[[], None]) -> None:
    """Wait for beats on a file descriptor until its other end is closed, or ``kill`` is due."""
    silent = 0
    while silent < SILENT_BEATS:
        readable, _, _ = select.select([beats], [], [], BEAT_S)
        if not readable:
            silent += 1
        elif os.read(beats, 4096):
            silent = 0
        else:
            return
    kill()


def _kill(pid: int) -> None:
    # A parent that ended leaves its id to others: only who is our parent still is the server.
    if os.getppid() == pid:
        sys.stdout.write('{"event": "server_hung", "service": "ivr", "level": "error"}\n')
        sys.stdout.flush()
        os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Entry of the watch."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch(sys.stdin.fileno(), lambda: _kill(int(sys.argv[1])))


if __name__ == "__main__":
    main()
