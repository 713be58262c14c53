"""Debug data: the logs of an instance and what a crash leaves. Nobody's call hangs on any of it.

Records, recordings, the CEL file, the plan and the passwords are never touched from here: only
files that lie in the log folder, or are named as Linux names a core dump, are ever removed.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LOG_MAX: Final = 20_000_000
"""Bytes of a log of Asterisk's at which it is rotated, as the supervisor does with its own."""
BACKUPS: Final = 5
KEPT_TAIL: Final = 256_000
"""Bytes of a log that are left of it when the disk is full."""
LIVE: Final = ("asterisk.log",)
"""Logs that Asterisk appends to and nobody else rotates."""

_ROTATED: Final = re.compile(r"[A-Za-z0-9_.-]+\.log\.\d{1,4}")
_CORE: Final = re.compile(r"core(\.\d+)?")


def old(home: Path) -> list[Path]:
    """Rotated logs and core dumps, oldest first."""
    found = _named(home / "log", _ROTATED) + _named(home, _CORE)
    return [path for _, path in sorted(found)]


def _named(folder: Path, pattern: re.Pattern[str]) -> list[tuple[float, Path]]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if pattern.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    modified = entry.stat(follow_symlinks=False).st_mtime
                    found.append((modified, folder / entry.name))
    except FileNotFoundError:
        return found
    return found


def thin(home: Path, want: int) -> int:
    """Remove old debug data, oldest first, until ``want`` bytes are freed; gives how many were."""
    freed = 0
    for path in old(home):
        if freed >= want:
            break
        freed += _remove(path)
    return freed


def cut(home: Path) -> int:
    """Cut Asterisk's logs to their ends; gives bytes freed. Their writer goes on undisturbed."""
    freed = 0
    for name in LIVE:
        path = home / "log" / name
        try:
            size = path.stat().st_size
            if size <= KEPT_TAIL:
                continue
            tail = _tail(path)
            os.truncate(path, 0)  # Asterisk writes at the end, wherever that is
            freed += size
            (path.parent / f"{name}.1").write_bytes(tail)
        except OSError:
            continue  # no room even for the tail, or no such log
        freed -= len(tail)
    return freed


def rotate(home: Path) -> list[str]:
    """Rotate those of Asterisk's logs that have grown large; gives their names.

    By copy: Asterisk keeps a log open, and has to be there to be told of another.
    """
    done = []
    for name in LIVE:
        path = home / "log" / name
        try:
            if path.stat().st_size < LOG_MAX:
                continue
            for number in range(BACKUPS - 1, 0, -1):
                earlier = path.parent / f"{name}.{number}"
                if earlier.exists():
                    earlier.replace(path.parent / f"{name}.{number + 1}")
            (path.parent / f"{name}.1").write_bytes(path.read_bytes())
            os.truncate(path, 0)
        except OSError:
            continue
        done.append(name)
    return done


def expired(home: Path, before: float) -> Iterable[str]:
    """Remove old debug data last written before this, seconds since 1970; gives the names."""
    for path in old(home):
        try:
            if path.stat().st_mtime >= before:
                continue
        except OSError:
            continue
        if _remove(path):
            yield path.name


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-KEPT_TAIL, os.SEEK_END)
        return file.read(KEPT_TAIL)


def _remove(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except OSError:
        return 0
    return size
