"""Two nodes on one PostgreSQL, with callers in the menu, ringing and talking on each."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from ops import freeports
from ops.phone import PhoneError
from ops.runtime import find_runtime
from router.callbacks.rules import How
from router.store import CallbackStore, CallReader, open_engine
from router.store.tables import callback_tasks
from siaga import settings as settings_module
from siaga.settings import PROJECT
from tests.live.calls import arrive, choose
from tests.live.centre import Centre, _await_start, environment
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ops.phone import Call, Ring
    from router.calls.record import CallRecord
    from tests.live.phones import Phones
    from tests.postgresql import Server

TALKERS: Final = {"1": "201", "2": "301"}
"""A handset of the agency behind each key."""
RINGS: Final = ("4", "401")
"""One that rings and is not answered."""
IN_MENU: Final = 2
WAIT_S: Final = 60.0


@dataclass
class Caller:
    """A caller, where he is, and on which node."""

    node: str
    where: str
    number: str
    call: Call


@dataclass
class Desk:
    """A node with its telephones and its callers."""

    centre: Centre
    _phones: Phones | None = None
    callers: list[Caller] = field(default_factory=list)
    rings: list[Ring] = field(default_factory=list)

    @property
    def phones(self) -> Phones:
        """Its telephones, while there are any."""
        assert self._phones is not None
        return self._phones

    @asynccontextmanager
    async def equipped(self) -> AsyncIterator[None]:
        """With telephones that nobody has used, handsets logged in, as long as the block lasts."""
        async with telephones(self.centre) as phones:
            await phones.log_in(*TALKERS.values(), RINGS[1])
            self._phones = phones
            yield

    async def fill(self) -> None:
        """Have callers in the menu, ringing and talking."""
        self.callers, self.rings = [], []
        for key, handset in TALKERS.items():
            await self._talk(key, handset)
        await self._add("ringing", RINGS[0])
        ring = await self.phones.bank.ring(RINGS[1])
        await ring.alert()
        self.rings.append(ring)
        for _ in range(IN_MENU):
            number = self.centre.number()
            call = await arrive(self.phones, number)
            self.callers.append(Caller(self.centre.settings.node, "menu", number, call))

    async def _talk(self, key: str, handset: str) -> None:
        await self._add("talk", key)
        ring = await self.phones.bank.ring(handset)
        await ring.answer()
        await ring.confirmed()
        self.rings.append(ring)

    async def _add(self, where: str, keys: str) -> None:
        number = self.centre.number()
        call = await choose(self.phones, number, keys)
        self.callers.append(Caller(self.centre.settings.node, where, number, call))

    async def empty(self) -> None:
        """Everybody hangs up who still can."""
        for caller in self.callers:
            with suppress(PhoneError, TimeoutError, OSError):
                async with asyncio.timeout(5):
                    await caller.call.hang_up()
        for ring in self.rings:
            with suppress(PhoneError, TimeoutError, OSError):
                async with asyncio.timeout(5):
                    await ring.leave()


def processes(centre: Centre) -> list[int]:
    """Every process of a centre's home."""
    home = f"SIAGA_HOME={centre.settings.home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if home in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def power_off(centre: Centre) -> None:
    """Kill all of a node at once, as a machine that loses its power."""
    for pid in processes(centre):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    centre.process.wait(timeout=30)


def start(centre: Centre) -> None:
    """Start a node; returns when it takes calls."""
    with centre.output.open("wb") as file:
        centre.process = subprocess.Popen(
            [str(PROJECT / "siaga112"), "up"],
            env=environment(centre.settings),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    _await_start(centre)


@dataclass
class Scene:
    """All of it."""

    server: Server
    desks: list[Desk]
    database: str = "kills"
    placed: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The database."""
        return self.server.url(self.database)

    @asynccontextmanager
    async def equipped(self) -> AsyncIterator[None]:
        """With telephones at both nodes."""
        async with AsyncExitStack() as stack:
            for desk in self.desks:
                await stack.enter_async_context(desk.equipped())
            yield

    async def fill(self) -> None:
        """Have callers on both nodes, and wait until the database knows each."""
        for desk in self.desks:
            await desk.fill()
        numbers = {caller.number for desk in self.desks for caller in desk.callers}
        self.placed += sorted(numbers)
        await self.until(lambda found: numbers <= {each.caller for each in found})

    async def empty(self) -> None:
        """Everybody hangs up, and each record is closed."""
        await asyncio.gather(*(desk.empty() for desk in self.desks))
        await self.until(lambda found: all(each.ended is not None for each in found))

    async def until(self, check: Callable[[list[CallRecord]], bool]) -> list[CallRecord]:
        """The records, once they are so."""
        engine = open_engine(self.url)
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    with suppress(SQLAlchemyError, OSError):
                        found = await CallReader(engine).calls(500)
                        if check(found):
                            return found
                    await asyncio.sleep(0.2)
        finally:
            await engine.dispose()

    async def ever_cut_off(self) -> set[str]:
        """Numbers that were on the list as cut off, whether or not they are still."""
        table = callback_tasks.c
        engine = open_engine(self.url)
        try:
            async with engine.connect() as connection:
                query = select(table.number).where(
                    or_(table.reason.is_not(None), table.how == How.STILL_UP)
                )
                return set((await connection.execute(query)).scalars())
        finally:
            await engine.dispose()

    async def listed(self, wanted: set[str], began: float, within_s: float) -> dict[str, float]:
        """When each of these numbers is first seen on the call-back list, in seconds."""
        engine = open_engine(self.url)
        store = CallbackStore(engine)
        seen: dict[str, float] = {}
        try:
            while time.monotonic() - began < within_s and wanted - seen.keys():
                with suppress(SQLAlchemyError, OSError):
                    for task in await store.tasks(datetime.now(UTC)):
                        seen.setdefault(task.number, time.monotonic() - began)
                await asyncio.sleep(0.1)
        finally:
            store.close()
            await engine.dispose()
        return seen


@asynccontextmanager
async def scene(folder: Path, server: Server) -> AsyncIterator[Scene]:
    """Two nodes that take calls."""
    await server.execute("CREATE DATABASE kills")
    async with AsyncExitStack() as stack:
        desks = []
        for number in (1, 2):
            home = folder / f"n{number}"
            own = {"SIAGA_HOME": str(home), "SIAGA_CANARY_EVERY": "0"}
            own |= {"SIAGA_NODE": f"node{number}", "SIAGA_DATABASE_URL": server.url("kills")}
            base = settings_module.load({**os.environ, **own})
            settings = stack.enter_context(freeports.reserved(base))
            home.mkdir(parents=True)
            centre = Centre(
                settings,
                find_runtime(settings),
                _NOTHING,
                home / "up.log",
                # No number twice: by it a record is told from another.
                _numbers=itertools.count(number * 10_000),
            )
            await asyncio.to_thread(start, centre)
            stack.callback(_stop, centre)
            desks.append(Desk(centre))
        yield Scene(server, desks)


def _stop(centre: Centre) -> None:
    centre.process.terminate()
    try:
        centre.process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        power_off(centre)


async def seconds(began: float, ready: Callable[[], Awaitable[bool]]) -> float:
    """How long after ``began`` it is so."""
    async with asyncio.timeout(WAIT_S * 2):
        while not await ready():  # noqa: ASYNC110 (other processes)
            await asyncio.sleep(0.05)
    return time.monotonic() - began


_NOTHING: Final = subprocess.Popen(["true"])
