"""Asterisk's database has its room before anybody writes into it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ops.astdb import FILE, PAGES, roomy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    return tmp_path


def sizes(home: Path) -> tuple[int, int]:
    """Of the file and of its log."""
    return (home / FILE).stat().st_size, (home / f"{FILE}-wal").stat().st_size


def write(home: Path, count: int) -> None:
    """What Asterisk does when handsets log in, again and again."""
    with closing(sqlite3.connect(home / FILE, isolation_level=None)) as asterisk:
        asterisk.execute("CREATE TABLE IF NOT EXISTS astdb (key PRIMARY KEY, value)")
        for number in range(count):
            row = f"/registrar/contact/{number % 500}", "x" * 700
            asterisk.execute("INSERT OR REPLACE INTO astdb VALUES (?, ?)", row)


def test_neither_file_grows_with_what_is_written(home: Path) -> None:
    """Hundreds of handsets log in for the tenth time, and not a byte more of the disk is taken."""
    said: list[str] = []
    with roomy(home, said.append):
        before = sizes(home)
        assert min(before) > PAGES * 1024
        write(home, 5000)
        assert sizes(home) == before
    assert said == []


def test_what_was_in_it_stays_and_the_room_is_found_again(home: Path) -> None:
    """A second start takes no more, and loses nothing; the log is gone in between."""
    with roomy(home, print):
        write(home, 500)
        before = sizes(home)
    assert not (home / f"{FILE}-wal").exists()
    with roomy(home, print):
        assert sizes(home)[0] <= before[0] * 1.5
        with closing(sqlite3.connect(home / FILE)) as found:
            assert found.execute("SELECT COUNT(*) FROM astdb").fetchone() == (500,)


def test_without_room_the_instance_starts_all_the_same(home: Path) -> None:
    """A file that is no database is told, and left as it is."""
    (home / FILE).write_bytes(b"not a database" * 100)
    said: list[str] = []
    with roomy(home, said.append):
        assert len(said) == 1
    assert (home / FILE).read_bytes().startswith(b"not a database")


def test_a_file_that_cannot_be_opened_is_told_and_ends_nothing(tmp_path: Path) -> None:
    """The instance starts: there is no folder for the database yet."""
    said: list[str] = []
    with roomy(tmp_path, said.append):
        pass
    assert len(said) == 1
