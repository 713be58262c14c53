"""A real centre for live tests: ``./siaga112 up`` in a home and on ports of its own."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops import freeports, ready
from ops.prepare import child_environment
from ops.runtime import Runtime, find_runtime
from router.store import CallReader, open_engine
from siaga import secrets
from siaga import settings as settings_module
from siaga.plan import Plan, load_plan
from siaga.settings import PROJECT, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Iterator

    from router.calls.record import CallRecord

START_S = 90.0
RECORD_S = 40.0
"""Longest a finished record may take: the CEL file is read 3 s behind, recordings are polled."""


@dataclass
class Centre:
    """A running centre, as a test sees it from outside."""

    settings: Settings
    runtime: Runtime
    process: subprocess.Popen[bytes]
    output: Path
    _numbers: Iterator[int] = field(
        default_factory=lambda: itertools.count(int(time.time()) % 10**6)
    )

    @property
    def target(self) -> tuple[str, int]:
        """Where SIP goes."""
        return self.settings.bind, self.settings.ports.sip

    @property
    def entrance(self) -> tuple[str, int]:
        """Where calls to 112 go."""
        edge = self.settings.edge
        return (edge.host, edge.port) if edge else self.target

    @property
    def sipp(self) -> Path:
        """The program the telephones are made of."""
        return self.runtime.sipp

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return load_plan(self.settings.plan_in_force).plan

    def password(self, extension: str) -> str:
        """Password of a handset."""
        return secrets.read(self.settings.secrets).handsets[extension]

    def number(self) -> str:
        """A caller's number that no other call of this centre has."""
        return f"0812{next(self._numbers) % 10**8:08d}"

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[CallReader]:
        """The call records."""
        engine = open_engine(self.settings.database)
        try:
            yield CallReader(engine)
        finally:
            await engine.dispose()

    async def record(
        self,
        number: str,
        until: Callable[[CallRecord], bool] = lambda record: record.ended is not None,
        *,
        filed: bool = True,
    ) -> CallRecord:
        """The record of the call from ``number``, once it is over and its recording filed.

        Args:
            number: the caller's, as the record has it.
            until: what the record must be.
            filed: whether to wait for the recording's digest.
        """
        seen: CallRecord | None = None
        async with self.reader() as reader:
            try:
                async with asyncio.timeout(RECORD_S):
                    while True:
                        for record in await reader.calls(200):
                            if record.caller != number:
                                continue
                            seen = record
                            done = record.recording is None or record.recording.sha256 is not None
                            if until(record) and (done or not filed):
                                return record
                        await asyncio.sleep(0.1)
            except TimeoutError:
                raise AssertionError(f"no such record from {number}; last seen: {seen}") from None

    async def records(
        self, numbers: Collection[str], until: Callable[[CallRecord], bool]
    ) -> dict[str, CallRecord]:
        """The records of calls placed lately, by number, once each is as ``until`` wants it.

        Args:
            numbers: the callers'.
            until: what each record must be.
        """
        found: dict[str, CallRecord] = {}
        async with self.reader() as reader:
            try:
                async with asyncio.timeout(RECORD_S):
                    while True:
                        for record in await reader.calls(len(numbers) + 200):
                            if record.caller in numbers and until(record):
                                found[record.caller] = record
                        if len(found) == len(numbers):
                            return found
                        await asyncio.sleep(0.1)
            except TimeoutError:
                missing = sorted(set(numbers) - found.keys())
                raise AssertionError(f"no such records from {missing}") from None

    def asterisk(self, command: str) -> str:
        """What Asterisk's console answers to a command."""
        words = [str(self.runtime.asterisk), "-C", f"{self.settings.etc}/asterisk.conf"]
        return subprocess.run(
            [*words, "-rx", command], capture_output=True, text=True, timeout=60, check=True
        ).stdout

    def pid(self, part: str) -> int:
        """Process id of ``asterisk``, ``ivr``, ``router``, ``console``, or the first ``edge``."""
        found = self.pids(part)
        if not found:
            raise AssertionError(f"{part} does not run")
        return found[0]

    def pids(self, part: str) -> list[int]:
        """All of a part's processes, in their order."""
        marks = {
            "asterisk": f"{self.settings.etc}/asterisk.conf",
            "ivr": "ivr",
            "router": "router",
            "console": "router.console",
            "edge": f"{self.settings.etc}/kamailio.cfg",
        }
        home = f"SIAGA_HOME={self.settings.home}".encode()
        starters = {b"ops.supervised", b"ops.edge"}
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                environment = (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if (
                home in environment
                and marks[part].encode() in words
                and not starters.intersection(words)
            ):
                found.append(int(entry.name))
        return sorted(found)

    def kill(self, part: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a part; gives its process id."""
        pid = self.pid(part)
        os.kill(pid, number)
        return pid

    async def until_ready(self) -> None:
        """Wait until every part answers."""
        async with asyncio.timeout(START_S):
            while await ready.missing(self.settings):  # noqa: ASYNC110 (other processes)
                await asyncio.sleep(0.1)

    async def until_down(self, part: str) -> None:
        """Wait until a part, named as in :mod:`ops.ready`, does not answer."""
        async with asyncio.timeout(START_S):
            while await ready.PARTS[part](self.settings):  # noqa: ASYNC110 (other processes)
                await asyncio.sleep(0.02)

    async def until_login_is_kept(self, extension: str) -> None:
        """Wait until Asterisk has a handset's login on disk; it writes about once a second."""
        query = "SELECT COUNT(*) FROM astdb WHERE key LIKE ?"
        database = f"file:{self.settings.home}/lib/astdb.sqlite3?mode=ro"
        async with asyncio.timeout(START_S):
            while True:
                with closing(sqlite3.connect(database, uri=True)) as connection:
                    key = f"/registrar/contact/{extension};%"
                    if connection.execute(query, (key,)).fetchone()[0]:
                        return
                await asyncio.sleep(0.1)

    def command(self, *words: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run ``./siaga112 …`` for this centre."""
        return subprocess.run(
            [str(PROJECT / "siaga112"), *words],
            env=environment(self.settings),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )


def environment(settings: Settings) -> dict[str, str]:
    """Environment in which ``./siaga112`` means this centre."""
    return {**os.environ, **child_environment(settings)}


@contextmanager
def running_centre(home: Path, *, rtp_ports: int | None = None, **changes: Any) -> Iterator[Centre]:
    """A centre that takes calls as long as the block lasts; nothing of it is left after.

    Args:
        home: its folder.
        rtp_ports: how many ports it has for audio; None: as many as tests have.
        changes: of its settings.
    """
    # Test calls of the centre's own are made when a test asks for them, not when they are due.
    own = {"SIAGA_HOME": str(home), "SIAGA_CANARY_EVERY": "0"}
    base = settings_module.load({**os.environ, **own})
    with freeports.reserved(replace(base, **changes)) as reserved:
        settings = reserved if rtp_ports is None else _with_audio(reserved, rtp_ports)
        home.mkdir(parents=True, exist_ok=True)
        output = home / "up.log"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [str(PROJECT / "siaga112"), "up"],
                env=environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        centre = Centre(settings, find_runtime(settings), process, output)
        try:
            _await_start(centre)
            yield centre
        finally:
            process.terminate()
            process.wait(timeout=120)


def _with_audio(settings: Settings, count: int) -> Settings:
    ports = settings.ports
    return replace(settings, ports=replace(ports, rtp_end=ports.rtp_start + count - 1))


def _await_start(centre: Centre) -> None:
    deadline = time.monotonic() + START_S
    while "Siap menerima panggilan" not in centre.output.read_text(encoding="utf-8"):
        if centre.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"did not start:\n{centre.output.read_text(encoding='utf-8')}")
        time.sleep(0.05)
