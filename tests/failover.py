"""The primary is killed under load, its standby promoted: is every record there, once?

``python -m tests.failover [--records N] [--rate R] [--async]`` makes a PostgreSQL and a standby
that follows it, has two nodes write calls with a message each, kills the primary and one node
with SIGKILL, starts that node again while there is no database, promotes the standby and compares
what is there with what was written. Exit status 1 when anything is missing or there twice.

A node that is killed goes on where the committed position says, as the router does with the CEL
file: what it had not written yet is written by its successor. With ``--async`` commits do not wait
for the standby: how many records that costs is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from router.store import migrate, open_engine
from router.store.outbox import Notification
from router.store.position import CelPosition
from router.store.tables import calls, cel_positions, outbox
from router.store.writer import CallWriter
from siaga.settings import load
from tests.postgresql import FAST, Server, make_server
from tests.unit.router.store.records import BEGAN, closed, record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord

FILE: Final = "failover"
AWAY_S: Final = 3.0
"""How long nobody notices that the primary is gone."""
WAIT_S: Final = 180.0
SAFE: Final = ("synchronous_standby_names=*", "wal_level=replica", "max_wal_senders=4")


@dataclass(frozen=True, slots=True)
class Load:
    """What one node writes: ``records`` calls, ``rate`` a second, from ``url``'s position on."""

    url: str
    node: str
    records: int
    rate: float


def begun(node: str, number: int) -> CallRecord:
    """A call that comes in."""
    began = BEGAN + timedelta(seconds=number)
    return replace(record(f"{node}-{number}.1"), node=node, began=began)


def over(node: str, number: int) -> CallRecord:
    """The same call when it is over."""
    return replace(closed(f"{node}-{number}.1"), node=node)


def message(node: str, number: int) -> Notification:
    """What an agency is told of it."""
    call = f"{node}-{number}.1"
    at = BEGAN + timedelta(seconds=number)
    return Notification(call, node, call, "damkar", "call_ringing", "sms", "{}", at, "target")


async def reached(engine: AsyncEngine, node: str) -> int:
    """Up to where a node's calls were committed."""
    query = select(cel_positions.c.offset).where(cel_positions.c.node == node)
    async with engine.connect() as connection:
        return (await connection.execute(query)).scalar() or 0


async def patiently(ask: Callable[[], Awaitable[int]]) -> int:
    """What the database says, once there is one."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                return await ask()
            except (SQLAlchemyError, OSError):
                await asyncio.sleep(0.2)


async def write(load: Load) -> dict[str, float]:
    """Be a node: write calls at its rate, whatever the database does; gives its figures."""
    engine = open_engine(load.url)
    away: list[float] = []
    most = 0
    try:
        first = await patiently(lambda: reached(engine, load.node))
        writer = CallWriter(engine, on_back=lambda seconds, _waited: away.append(seconds))
        writer.start()
        for number in range(first, load.records):
            writer.put(begun(load.node, number), [message(load.node, number)])
            if number > first:
                writer.put(over(load.node, number - 1))
                writer.put_position(CelPosition(load.node, FILE, number))
            most = max(most, writer.pending)
            await asyncio.sleep(1 / load.rate)
        writer.put(over(load.node, load.records - 1))
        writer.put_position(CelPosition(load.node, FILE, load.records))
        whole = await writer.close(WAIT_S)
    finally:
        await engine.dispose()
    return {
        "first": first,
        "whole": whole,
        "away_s": round(sum(away), 1),
        "most_unwritten": most,
        "failures": writer.counters.failures,
    }


def node(load: Load) -> subprocess.Popen[str]:
    """A process that is a node."""
    words = [load.url, load.node, str(load.records), str(load.rate)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.failover", "--node", *words],
        stdout=subprocess.PIPE,
        text=True,
    )


def figures(process: subprocess.Popen[str]) -> str:
    """What a node says in the end."""
    out, _ = process.communicate(timeout=WAIT_S * 2)
    return out.strip().splitlines()[-1] if out.strip() else f"exit status {process.returncode}"


async def missing(url: str, loads: list[Load]) -> list[str]:
    """What is not as it must be."""
    engine = open_engine(url)
    wrong = []
    try:
        async with engine.connect() as connection:
            for each in loads:
                wanted = {over(each.node, number).id for number in range(each.records)}
                ended = select(calls.c.id).where(calls.c.node == each.node, calls.c.ended > 0)
                found = set((await connection.execute(ended)).scalars())
                told = select(outbox.c.call_id).where(outbox.c.node == each.node)
                messages = list((await connection.execute(told)).scalars())
                rows = select(func.count()).where(calls.c.node == each.node)
                count = (await connection.execute(rows)).scalar_one()
                wrong += [f"{call}: no record that it ended" for call in sorted(wanted - found)]
                wrong += [f"{call}: no message" for call in sorted(wanted - set(messages))]
                if count != each.records or len(messages) != each.records:
                    wrong.append(f"{each.node}: {count} records, {len(messages)} messages")
    finally:
        await engine.dispose()
    return wrong


async def until_written(server: Server, count: int) -> None:
    """Wait until so many calls are committed."""
    async with asyncio.timeout(WAIT_S):
        while int(str(await server.value("SELECT count(*) FROM calls", "siaga"))) < count:  # noqa: ASYNC110 (another process writes)
            await asyncio.sleep(0.1)


async def play(primary: Server, standby: Server, records: int, rate: float) -> list[str]:
    """The whole of it; gives what is wrong."""
    hosts = f"host=127.0.0.1:{primary.port}&host=127.0.0.1:{standby.port}"
    url = f"postgresql://siaga@/siaga?{hosts}&target_session_attrs=read-write"
    await migrate(load({"SIAGA_DATABASE_URL": url}))
    loads = [Load(url, name, records, rate) for name in ("node1", "node2")]
    nodes = [node(each) for each in loads]
    try:
        await until_written(primary, records * 2 // 3)
        began = time.monotonic()
        primary.kill()
        nodes[1].kill()
        nodes[1].wait()
        nodes[1] = node(loads[1])
        await asyncio.sleep(AWAY_S)  # So long nobody has noticed; not a wait for anything.
        await standby.execute("SELECT pg_promote(true)")
        promoted = time.monotonic() - began
        sys.stdout.write(f"killed, and {promoted:.1f} s later promoted\n")
        for each, process in zip(loads, nodes, strict=True):
            said = await asyncio.to_thread(figures, process)
            sys.stdout.write(f"{each.node}: {said}\n")
    finally:
        for process in nodes:
            process.kill()
    return await missing(standby.url("siaga"), loads)


def trial(records: int, rate: float, *, waits: bool) -> int:
    """Make both servers, play, say what came out; gives the exit status."""
    made = make_server((*FAST, "wal_level=replica", "max_wal_senders=4"))
    standby: Server | None = None
    try:
        made.start()
        asyncio.run(made.execute("CREATE DATABASE siaga"))
        standby = made.standby()
        standby.start()
        made.stop()
        # For the trial of the real thing commits are on the disk, and on the standby's.
        made.options = SAFE if waits else SAFE[1:]
        made.start()
        wrong = asyncio.run(play(made, standby, records, rate))
    finally:
        made.remove()
        if standby is not None:
            standby.remove()
    for each in wrong[:10]:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(f"{2 * records} calls written; {len(wrong)} things wrong\n")
    return 1 if wrong else 0


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.failover")
    parser.add_argument("--records", type=int, default=1_500, help="of each of two nodes")
    parser.add_argument("--rate", type=float, default=50.0, help="calls a second of each node")
    parser.add_argument("--async", action="store_true", dest="no_wait")
    parser.add_argument("--node", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.node:
        url, name, records, rate = options.node
        said = asyncio.run(write(Load(url, name, int(records), float(rate))))
        sys.stdout.write(json.dumps(said) + "\n")
        return 0
    return trial(options.records, options.rate, waits=not options.no_wait)


if __name__ == "__main__":
    sys.exit(main())
