"""The versions of the plan: a line each in ``plan/versions.jsonl``, their texts beside it.

The last line is the version in force: appending it is what makes a plan be in force.
"""

from __future__ import annotations

import difflib
import getpass
import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from siaga.errors import SiagaError
from siaga.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION: Final = re.compile(r"[0-9a-f]{12}")
"""What a version is called; nothing else ever becomes part of a path."""
LIMIT: Final = 300
"""Longest name or reason that is kept."""


class UnknownVersionError(SiagaError):
    """There is no version of that number."""

    code = "unknown_version"
    exit_status = 2


@dataclass(frozen=True, slots=True)
class Stat:
    """Lines by which a plan's text differs from the one before."""

    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """Who puts a plan in force, and why.

    Attributes:
        by: name of a person.
        why: the reason given, or empty.
        what: ``first start``, ``start``, ``apply`` or ``rollback to N``.
        approved: name of the second person; empty: there was none.
    """

    by: str
    why: str
    what: str
    approved: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A plan that was put in force.

    Attributes:
        number: in the order of being put in force, from 1.
        version: hash of its text.
        at: when, aware.
        change: by whom and why.
        stat: against the one before.
    """

    number: int
    version: str
    at: datetime
    change: Change
    stat: Stat

    def document(self) -> dict[str, Any]:
        """The entry as JSON values."""
        return {
            "number": self.number,
            "version": self.version,
            "at": self.at.isoformat(timespec="milliseconds"),
            "by": self.change.by,
            "why": self.change.why,
            "what": self.change.what,
            "approved": self.change.approved,
            "added": self.stat.added,
            "removed": self.stat.removed,
        }


def version_of(data: bytes) -> str:
    """The version that a text is known by."""
    return hashlib.sha256(data).hexdigest()[:12]


def person(by: str | None) -> str:
    """Who acts: the name given, else ``SIAGA_USER``, else the operating system's user."""
    if by or (by := os.environ.get("SIAGA_USER")):
        return clean(by)
    try:
        return clean(getpass.getuser())
    except (KeyError, OSError):  # a user without an entry, as in containers
        return str(os.getuid())


def clean(text: str) -> str:
    """A person's words as one printable line of bounded length."""
    return "".join(char if char.isprintable() else " " for char in text).strip()[:LIMIT]


def stat(old: bytes, new: bytes) -> Stat:
    """How many lines ``new`` has more and fewer."""
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (old, new))
    signs = [line[0] for line in difflib.unified_diff(before, after, n=0, lineterm="")][2:]
    return Stat(signs.count("+"), signs.count("-"))


class VersionStore:
    """The versions of one instance.

    Args:
        folder: ``SIAGA_HOME/plan``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "versions.jsonl"

    def entries(self) -> tuple[Entry, ...]:
        """All of them, oldest first. A line that a crash cut short never was in force."""
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return ()
        return tuple(_entries(lines))

    @property
    def in_force(self) -> Entry | None:
        """The newest; None before the first start."""
        return next(reversed(self.entries()), None)

    def numbered(self, number: int) -> Entry:
        """The version of a number.

        Raises:
            UnknownVersionError: there is none.
        """
        entries = self.entries()
        for entry in entries:
            if entry.number == number:
                return entry
        known = f"1-{entries[-1].number}" if entries else "-"
        raise UnknownVersionError(
            f"Tidak ada versi {number}; yang ada: {known}. / No version {number}; known are: "
            f"{known}."
        )

    def text(self, version: str) -> Path:
        """Where the text of a version is."""
        return self.folder / _checked(version) / "routing.yaml"

    def menu(self, version: str) -> Path:
        """Where the compiled menu of a version is."""
        return self.folder / _checked(version) / "menu.json"

    def keep(self, data: bytes) -> Path:
        """Keep a text under its version, so that it can be put in force again.

        Raises:
            OSError: there is no room.
        """
        file = self.text(version_of(data))
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_bytes() != data:
            write_atomic(file, data.decode("utf-8"))
        return file

    def append(self, version: str, change: Change, at: datetime | None = None) -> Entry:
        """Put a version whose text is kept in force, durably.

        Raises:
            OSError: it could not be noted; the one before stays in force.
        """
        entries = self.entries()
        last = entries[-1] if entries else None
        entry = Entry(
            number=max((e.number for e in entries), default=0) + 1,
            version=_checked(version),
            at=at or datetime.now(UTC).astimezone(),
            change=change,
            stat=stat(self._old(last), self.text(version).read_bytes()),
        )
        self._write(json.dumps(entry.document(), ensure_ascii=False).encode() + b"\n")
        return entry

    def _old(self, last: Entry | None) -> bytes:
        try:
            return self.text(last.version).read_bytes() if last else b""
        except FileNotFoundError:
            return b""

    def _write(self, line: bytes) -> None:
        with self._file.open("ab") as file:
            size = file.seek(0, os.SEEK_END)
            try:
                # What a crash left of a line must not swallow this one.
                file.write(b"\n" + line if size and not self._ends_whole() else line)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(size)
                raise
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _ends_whole(self) -> bool:
        with self._file.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _checked(version: str) -> str:
    if not VERSION.fullmatch(version):
        raise ValueError(f"{version[:40]!r} is not a version")
    return version


def _change(value: dict[str, Any]) -> Change:
    approved = str(value.get("approved", ""))
    return Change(str(value["by"]), str(value["why"]), str(value["what"]), approved)


def _entries(lines: list[bytes]) -> Iterator[Entry]:
    for line in lines:
        try:
            value = json.loads(line)
            yield Entry(
                number=int(value["number"]),
                version=_checked(value["version"]),
                at=datetime.fromisoformat(value["at"]),
                change=_change(value),
                stat=Stat(int(value["added"]), int(value["removed"])),
            )
        except (ValueError, TypeError, KeyError):
            continue
