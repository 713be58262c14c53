"""What a board of many nodes costs: ``python -m tests.unit.router.board.many [--calls N]``.

Puts so many calls of another node that are up into a new database of SQLite, reads
them as a router does whose board is looked at, makes the board of them, and prints for both the
median of five in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from sqlalchemy import insert

from router.board import Hub, Sources
from router.board.view import Kept
from router.store import CallReader, migrate, open_engine
from router.store.engine import WRITE
from router.store.rows import to_row
from router.store.tables import calls
from siaga.settings import load
from tests.unit.router.board.test_board import ANSWERED, PLAN, at, seen

TIMES = 5


async def measure(home: Path, count: int) -> None:
    """Make, read, show, print."""
    settings = load({"SIAGA_HOME": str(home), "SIAGA_DATABASE_URL": ""})
    await migrate(settings)
    engine = open_engine(settings.database)
    up = [replace(ANSWERED, id=f"n2-{each}", node="n2", began=at(each)) for each in range(count)]
    async with engine.connect() as plain:
        connection = await plain.execution_options(**{WRITE: True})
        async with connection.begin():
            rows = [{**to_row(each), "change": number} for number, each in enumerate(up)]
            await connection.execute(insert(calls), rows)
    reader, read_ms, shown_ms = CallReader(engine), list[float](), list[float]()

    async def read() -> Kept:
        begin = time.perf_counter()
        found = Kept(elsewhere=list(await reader.open_calls()))
        read_ms.append((time.perf_counter() - begin) * 1000)
        return found

    hub = Hub(Sources(lambda boot: replace(seen(), boot=boot), list, lambda _version: PLAN, read))
    for _ in range(TIMES):
        begin = time.perf_counter()
        told = await hub.now()
        shown_ms.append((time.perf_counter() - begin) * 1000 - read_ms[-1])
    assert len(told["whole"]["calls"]) == count
    await engine.dispose()
    sys.stdout.write(
        f"{count} calls of another node: read in {median(read_ms):.0f} ms,"
        f" made a board of in {median(shown_ms):.0f} ms\n"
    )


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.unit.router.board.many")
    parser.add_argument("--calls", type=int, default=1000)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), parser.parse_args().calls))
    return 0


if __name__ == "__main__":
    sys.exit(main())
