"""The router's own parts in a process of the bench's, watched: ``python -m ops.bench.listener``.

Takes the place of the centre's router, with a database of its own. Says ``ready`` on
stdout when it follows, and at the end of stdin the delay of every event as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import structlog

from ops.bench.watch import READY, CommitWatch, Moment
from router.ami import Address, AmiLink, Connected, Event
from router.calls.celfile import CelFile
from router.follower import CallFollower
from router.plans import Plans
from router.process import SWITCH_S
from router.store import CelPosition, migrate, open_engine
from router.takeover import Left
from router.wiring import EVENTS, LOOPBACK, Router
from siaga import secrets
from siaga import settings as settings_module
from siaga.names import AmiUser

if TYPE_CHECKING:
    from router.ami import Item
    from router.calls.record import CallRecord
    from siaga.settings import Settings


END_S: Final = 10.0


class WatchedLink(AmiLink):
    """The AMI connection; knows which event its consumer works on.

    Attributes:
        moment: of the event that was taken last; None while the next one is awaited.
        followed: set when the consumer has dealt with the connection's beginning.
    """

    def __init__(self, address: Address) -> None:
        super().__init__(address, EVENTS)
        self.moment: Moment | None = None
        self.followed = asyncio.Event()
        self._connected = False

    async def next_event(self) -> Item:
        """What happened next."""
        self.moment = None
        if self._connected:
            self.followed.set()
        item = await super().next_event()
        if isinstance(item, Connected):
            self._connected = True
        elif isinstance(item, Event):
            received = item.received_at.timestamp()
            made = float(item.headers.get("Timestamp", "") or received)
            self.moment = Moment(made, received)
        return item


class WatchedRouter(Router):
    """The router, with a note of when each record came and was committed."""

    def __init__(self, settings: Settings, plans: Plans, engine: Any, place: CelPosition) -> None:
        self.watch = CommitWatch()
        super().__init__(settings, plans, engine, Left(place=place), None)
        password = secrets.read(settings.secrets).ami[AmiUser.ROUTER]
        self.link = WatchedLink(Address(LOOPBACK, settings.ports.ami, AmiUser.ROUTER, password))
        self.follower = CallFollower(self.link, self.file, self.tracker, self.board, self.emit)

    def emit(self, record: CallRecord) -> None:
        """Take a record that may have changed."""
        if self.link.moment is not None:
            self.watch.changed(record, self.link.moment)
        super().emit(record)

    def committed(self, records: tuple[CallRecord, ...]) -> None:
        """After a commit."""
        self.watch.committed(records, time.time())


def _end_of(settings: Settings) -> CelPosition:
    """The end of the CEL file: calls before are none of ours.

    Raises:
        FileNotFoundError: there was no call yet.
    """
    end = CelFile(settings.cel_file).end()
    if end.segment is None:
        raise FileNotFoundError(settings.cel_file)
    return CelPosition(settings.node, end.segment.identity, end.offset)


async def _stdin_ended() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()


async def listen(settings: Settings) -> CommitWatch:
    """Follow calls until stdin ends.

    Raises:
        StoreError: the database cannot be used.
    """
    await migrate(settings)
    engine = open_engine(settings.database)
    plans = Plans(settings.plan_in_force)
    router = WatchedRouter(settings, plans, engine, _end_of(settings))
    router.writer.start()
    jobs = (router.link.run, router.follower.listen, router.follower.tail, router.filer.run)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job()) for job in (*jobs, router.mark)]
            await router.link.followed.wait()
            sys.stdout.write(f"{READY}\n")
            sys.stdout.flush()
            await _stdin_ended()
            for task in tasks:
                task.cancel()
    finally:
        await router.writer.close(END_S)
        router.file.close()
        await engine.dispose()
    return router.watch


def main() -> None:
    """Entry of the process."""
    # Stdout is for the bench; it keeps stderr in a file.
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()  # As the router is loaded (siaga.loading): else one search for garbage is 0.1 s.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    watch = asyncio.run(listen(settings_module.load(os.environ)))
    found = {"waiting": watch.waiting, "delays": [asdict(delay) for delay in watch.delays]}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
