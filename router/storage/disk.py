"""How full a disk is, in levels: what each means is decided here, what is done about it is not."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from siaga.storage import StorageRules, Watermark

BACK: Final = 1.1
"""A level is left with a tenth more room than it begins at, so that it does not flutter."""


class Level(IntEnum):
    """How full; each includes what the one before does."""

    OK = 0
    WARN = 1
    """Somebody should make room."""
    THIN = 2
    """Rotated logs and core dumps are removed, oldest first."""
    FULL = 3
    """All debug data is. Recordings are still written as long as there is a byte."""


@dataclass(frozen=True, slots=True)
class Room:
    """Free room of a disk, bytes.

    Attributes:
        free: for us. ``total``: of the disk, without what is reserved for root.
    """

    free: int
    total: int


def room(path: Path) -> Room:
    """Room of the disk that ``path`` is on.

    Raises:
        OSError: it is not there.
    """
    space = os.statvfs(path)
    free = space.f_bavail * space.f_frsize
    used = (space.f_blocks - space.f_bfree) * space.f_frsize
    return Room(free, free + used)


def level(found: Room, rules: StorageRules, before: Level = Level.OK) -> Level:
    """The level of a disk that was at ``before``."""

    def passed(mark: Watermark, at: Level) -> bool:
        limit = mark.below(found.total)
        return found.free < (limit * BACK if before >= at else limit)

    marks = ((Level.FULL, rules.full), (Level.THIN, rules.thin), (Level.WARN, rules.warn))
    return next((at for at, mark in marks if passed(mark, at)), Level.OK)


def worst(levels: Iterable[Level]) -> Level:
    """The highest."""
    return max(levels, default=Level.OK)
