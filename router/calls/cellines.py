"""Lines of a CEL file: where each begins and ends, and the event in it."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Final

from router.calls.events import CelEvent, MalformedEventError, from_row

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGINNING: Final = re.compile(rb'"[A-Za-z_]+","([0-9]+)\.[0-9]+",')
"""How every line begins; nothing a caller sends looks like it, as quotes in it are doubled."""


def complete(chunk: bytes) -> Iterator[bytes]:
    """Complete lines with their ends.

    A caller's number may hold line ends, which then stand between quotes. Quotes in it are doubled,
    so that nothing a caller sends looks like the beginning of a line.
    """
    begin = end = 0
    while (found := chunk.find(b"\n", end)) >= 0:
        if end > begin and BEGINNING.match(chunk, end):
            yield chunk[begin:end]  # Asterisk died between the quotes.
            begin = end
        end = found + 1
        line = chunk[begin:end]
        if line.count(b'"', _last_beginning(line)) % 2 == 0:
            yield line
            begin = end


def parse(line: bytes) -> tuple[CelEvent | None, bool]:
    """The event in a line, if any, and whether the line was spoilt.

    Where Asterisk died within a line, the next one was written behind its stump: that one's event
    is given.
    """
    try:
        return _event(line), False
    except (csv.Error, MalformedEventError):
        again = BEGINNING.search(line, 1)
    try:
        return (_event(line[again.start() :]) if again else None), True
    except (csv.Error, MalformedEventError):
        return None, True


def _last_beginning(line: bytes) -> int:
    """Where the last line that was begun in ``line`` begins."""
    return max((found.start() for found in BEGINNING.finditer(line)), default=0)


def _event(line: bytes) -> CelEvent | None:
    rows = list(csv.reader([_text(line)], strict=True))
    return from_row(rows[0]) if rows else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
