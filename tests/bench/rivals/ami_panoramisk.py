"""Rows from events on panoramisk's manager: each event is written and committed, in order.

A call is one row, as with us. SQLite is as durable as ours (WAL, ``synchronous=FULL``), and is
written to directly, which is the quickest way there is; PostgreSQL over asyncpg. Ends, and says
when, as soon as so many calls are committed to their end.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import time
from typing import Any

import asyncpg
from panoramisk import Manager

TABLE = """CREATE TABLE IF NOT EXISTS rival_calls (id text PRIMARY KEY, number text, began text,
 changed text, channel text, last text, detail text, events integer)"""
PUT = """INSERT INTO rival_calls VALUES ({0}, {1}, {2}, {3}, {4}, {5}, {6}, 1)
 ON CONFLICT (id) DO UPDATE SET changed = excluded.changed, channel = excluded.channel,
 last = excluded.last, detail = excluded.detail, events = rival_calls.events + 1"""
NAMES = ("linkedid", "calleridnum", "timestamp", "timestamp", "channel", "eventname", "extra")
END = "LINKEDID_END"


class Sqlite:
    """One connection to SQLite."""

    def __init__(self, file: str) -> None:
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute(TABLE)
        self._put = PUT.format(*"???????")

    async def put(self, row: tuple[str, ...]) -> None:
        """Write and commit."""
        self._database.execute(self._put, row)


class Postgres:
    """One connection to PostgreSQL."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._put = PUT.format(*(f"${number}" for number in range(1, 8)))

    async def put(self, row: tuple[str, ...]) -> None:
        """Write and commit."""
        await self._connection.execute(self._put, *row)


async def database(address: str) -> Sqlite | Postgres:
    """By its address."""
    if not address.startswith("postgresql"):
        return Sqlite(address)
    connection = await asyncpg.connect(address)
    await connection.execute(TABLE)
    return Postgres(connection)


async def main() -> None:
    """Until all is written."""
    wanted = json.loads(sys.argv[1])
    store = await database(wanted["database"])
    queue: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
    manager = Manager(host="127.0.0.1", port=wanted["port"], username="u", secret="s")

    @manager.register_event("CEL")  # type: ignore[misc]
    def heard(_manager: Manager, event: Any) -> None:
        # panoramisk loses a last header that is empty: so ``get``.
        queue.put_nowait(tuple(event.get(name, "") for name in NAMES))

    manager.connect()
    delays: list[float] = []
    left = wanted["calls"]
    began = time.process_time()  # nothing is told yet: it connects, and the manager waits
    while left:
        row = await queue.get()
        await store.put(row)
        delays.append((time.time() - float(row[2])) * 1000)
        left -= row[5] == END
    found = {"done": time.time(), "cpu_s": time.process_time() - began, "delays": delays}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
