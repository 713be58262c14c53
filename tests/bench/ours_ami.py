"""Rows from events by the router's own parts, watched: ``python -m tests.bench.ours_ami``.

The parts are those that a running router is made of, in its own wiring; see
:mod:`ops.bench.listener`. Ends, and says when, as soon as so many calls are committed to their end.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import structlog

from ops.bench.listener import WatchedLink, WatchedRouter
from router.ami import Address
from router.follower import CallFollower
from router.plans import Plans
from router.process import SWITCH_S
from router.store import CelPosition, migrate, open_engine
from siaga import settings as settings_module

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from siaga.settings import Settings


class FedRouter(WatchedRouter):
    """The router, on a manager that is fed; knows when all calls are over and committed."""

    def __init__(self, settings: Settings, engine: AsyncEngine, port: int, calls: int) -> None:
        plans = Plans(settings.plan_in_force)
        super().__init__(settings, plans, engine, CelPosition(settings.node, "0-0", 0))
        self.link = WatchedLink(Address("127.0.0.1", port, "u", "s"))
        self.follower = CallFollower(
            self.link, self.file, self.tracker, self.board, self.emit, heard=self.heard
        )
        self.all_over = asyncio.Event()
        self.cpu_s = 0.0
        self._calls = calls
        self._over: set[str] = set()

    def committed(self, records: tuple[CallRecord, ...]) -> None:
        """After a commit."""
        super().committed(records)
        self._over |= {record.id for record in records if record.ended is not None}
        if len(self._over) >= self._calls:
            self.all_over.set()


async def follow(settings: Settings, port: int, calls: int) -> dict[str, Any]:
    """Until all is written; when, at what cost, and how late each event was."""
    await migrate(settings)
    engine = open_engine(settings.database)
    router = FedRouter(settings, engine, port, calls)
    router.writer.start()
    try:
        async with asyncio.TaskGroup() as group:
            jobs = (router.link.run, router.follower.listen)
            tasks = [group.create_task(job()) for job in jobs]
            await router.link.followed.wait()
            began = time.process_time()
            await router.all_over.wait()
            done, router.cpu_s = time.time(), time.process_time() - began
            for task in tasks:
                task.cancel()
    finally:
        await router.writer.close(5)
        await engine.dispose()
    return {
        "done": done,
        "cpu_s": router.cpu_s,
        "delays": [delay.since_made for delay in router.watch.delays],
        "dropped": router.link.counters.dropped,
        "rows": router.writer.counters.written,
    }


def main() -> None:
    """Entry of the process."""
    wanted = json.loads(sys.argv[1])
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()  # As the router is loaded (siaga.loading): else one search for garbage is 0.1 s.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    settings = settings_module.load(os.environ)
    found = asyncio.run(follow(settings, wanted["port"], wanted["calls"]))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
