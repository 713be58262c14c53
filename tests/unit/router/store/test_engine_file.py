"""A SQLite database whose file is taken away or changed for another while it is in use."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from router.store import open_engine
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

QUERY = text("SELECT word FROM told")


def make(path: Path, word: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE told (word TEXT)")
        connection.execute("INSERT INTO told VALUES (?)", [word])


async def test_what_is_read_and_written_is_in_the_file_that_is_there(tmp_path: Path) -> None:
    """An open connection to a file that is gone is not used again, and makes no file."""
    path, other = tmp_path / "siaga.db", tmp_path / "other.db"
    make(path, "old")
    make(other, "new")
    engine = open_engine(f"sqlite:///{path}")
    writer = Transactions(engine, 1.0)

    async def read() -> object:
        async with engine.connect() as connection:
            return (await connection.execute(QUERY)).scalar()

    def change(connection: Connection) -> None:
        connection.execute(text("UPDATE told SET word = word || '!'"))

    try:
        await writer.run(change)
        assert await read() == "old!"
        path.unlink()
        with pytest.raises(FileNotFoundError):
            await read()
        with pytest.raises(FileNotFoundError):
            await writer.run(change)
        assert not path.exists()
        other.rename(path)
        assert await read() == "new"
        await writer.run(change)
        assert await read() == "new!"
    finally:
        writer.close()
        await engine.dispose()
