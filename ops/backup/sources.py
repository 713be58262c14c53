"""The files of a home that a backup takes, in an order in which a running centre may write on.

The database comes first and the CEL file last: whatever happens in between is in the CEL file, from
which the router of the restored home takes what the database does not have yet.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops import astdb
from ops.backup.form import DATABASE, BackupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be taken.

    Attributes:
        name: below the home, as the backup has it.
        path: where it is read.
    """

    name: str
    path: Path


def sources(home: Path, scratch: Path, *, database: bool) -> Iterator[Source]:
    """The files, each looked for as late as possible.

    Args:
        home: of the instance.
        scratch: an empty folder for copies of databases.
        database: whether the call records are in a file of the home.

    Raises:
        BackupError: a database cannot be read.
    """
    if database:
        yield Source(DATABASE, _snapshot(home / DATABASE, scratch / "siaga.db"))
    if (home / astdb.FILE).is_file():
        yield Source(astdb.FILE, _snapshot(home / astdb.FILE, scratch / "astdb.sqlite3"))
    for pattern in ("*.json", "*.jsonl"):
        yield from _below(home, home, pattern)
    yield from _below(home, home / "plan", "**/*")
    yield from _below(home, home / "takes", "*/*/*")
    yield from _below(home, home / "recordings", "*/*/*/*")
    yield from _below(home, home / "cel", "*")


def _below(home: Path, folder: Path, pattern: str) -> Iterator[Source]:
    for path in sorted(folder.glob(pattern)):
        # Locks and half-written files begin with a dot or are no part of what is kept.
        if path.is_file() and not path.is_symlink() and path.suffix != ".lock":
            yield Source(path.relative_to(home).as_posix(), path)


def _snapshot(source: Path, target: Path) -> Path:
    """A consistent copy of a database that others write to meanwhile."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(
            f"{source} tidak dapat dibaca ({error}). / {source} cannot be read ({error})."
        ) from error
    target.chmod(source.stat().st_mode & 0o777)
    return target
