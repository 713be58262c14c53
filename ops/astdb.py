"""Room that Asterisk's own database keeps when the disk is full.

In it are the handsets' logins and what was changed by hand (closures, diversions, pauses). Asterisk
commits about once a second; on a full disk the commit fails and is taken back, logins with it, and
a handset that nobody can ring any more still counts as free. SQLite's write-ahead log overwrites
itself from its beginning: once both files have been made large, it needs no more of the disk.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FILE: Final = "lib/astdb.sqlite3"
"""Below the home."""
PAGE: Final = 1024
"""Bytes of a page of a new file."""
PAGES: Final = 1500
"""Kept free: SQLite begins its log anew after 1000 pages, and a login takes less than one."""


@contextmanager
def roomy(home: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Room as long as the block lasts, in which Asterisk runs; without it, ``say`` is told.

    The log goes when the last one who uses it closes it, so it is held open here: Asterisk alone
    would remove it when it is restarted.
    """
    with ExitStack() as held:
        try:
            database = sqlite3.connect(home / FILE, isolation_level=None)
            held.enter_context(closing(database))
            _grow(database)
        except sqlite3.Error as error:
            say(
                f"Tidak ada ruang untuk basis data Asterisk ({error}): login pesawat dapat hilang "
                "bila disk penuh / no room kept for Asterisk's database"
            )
        yield


def _grow(database: sqlite3.Connection) -> None:
    # It has a say in a new file alone.
    database.execute(f"PRAGMA page_size={PAGE}")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=OFF")
    database.execute("PRAGMA wal_autocheckpoint=0")
    (size,) = database.execute("PRAGMA page_size").fetchone()
    database.execute("DROP TABLE IF EXISTS siaga_room")
    database.execute("CREATE TABLE siaga_room (filler BLOB)")
    database.execute("INSERT INTO siaga_room VALUES (zeroblob(?))", (PAGES * size,))
    database.execute("DROP TABLE siaga_room")
    # From here on it is overwritten from its beginning.
    database.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
