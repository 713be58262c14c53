"""Real PostgreSQL servers of a test's own: made, killed, copied to a standby, promoted.

Each runs on a unix socket and a loopback port, as a user without rights (PostgreSQL refuses root),
and ends with the process that started it, whatever becomes of that.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg

from siaga.settings import load

USER: Final = "siaga"
READY_S: Final = 60.0
"""How long a server may take to take connections, on a machine that has other work."""
STOP_S: Final = 30.0
_NOBODY: Final = 65534
_POLL_S: Final = 0.05
FAST: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For data that nobody misses after a power cut."""


@dataclass(slots=True)
class Server:
    """One server and its files.

    Attributes:
        folder: its own, with data and socket.
        port: on 127.0.0.1.
        options: settings, as ``name=value``.
    """

    folder: Path
    port: int
    options: tuple[str, ...] = FAST
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def data(self) -> Path:
        """Where its data lie."""
        return self.folder / "data"

    @property
    def pid(self) -> int | None:
        """Of the running server."""
        return None if self._process is None else self._process.pid

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it; returns when it takes connections."""
        command = [*_program("postgres"), "-D", str(self.data), "-k", str(self.folder)]
        settings = (f"port={self.port}", "listen_addresses=127.0.0.1", *self.options)
        command += [word for each in settings for word in ("-c", each)]
        # Not by the old file: one of a server that was killed says that it is ready.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def _wait(self) -> None:
        assert self._process is not None
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            with suppress(OSError, IndexError):
                lines = (self.data / "postmaster.pid").read_text().splitlines()
                if lines[7].strip() in {"ready", "standby"}:
                    return
            time.sleep(_POLL_S)
        raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a power cut would: its processes with it, nothing written any more."""
        if self._process is not None:
            for pid in _children(self._process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.wait(STOP_S)

    def remove(self) -> None:
        """End it, and take its files away."""
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def standby(self, options: tuple[str, ...] = FAST) -> Server:
        """A copy that follows it; not started yet."""
        made = Server(_folder(), free_port(), options)
        _run(
            "pg_basebackup",
            *("-d", self.url(), "-D", str(made.data)),
            *("--write-recovery-conf", "--create-slot", "--slot", "standby"),
            *("--checkpoint", "fast", "--no-sync"),
        )
        return made

    async def execute(self, *statements: str, database: str = "postgres") -> None:
        """Run statements, each by itself."""
        connection = await asyncpg.connect(self.url(database))
        try:
            for each in statements:
                await connection.execute(each)
        finally:
            await connection.close()

    async def value(self, query: str, database: str = "postgres") -> object:
        """The one value that a query gives."""
        connection = await asyncpg.connect(self.url(database))
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    def copied(self, template: str, name: str) -> str:
        """Make a database like another; gives its address. Not from within an event loop."""
        asyncio.run(self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        return self.url(name)

    def dropped(self, name: str) -> None:
        """Take a database away, whoever is connected. Not from within an event loop."""
        asyncio.run(self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


def make_server(options: tuple[str, ...] = FAST) -> Server:
    """A new server with nothing in it; not started yet."""
    server = Server(_folder(), free_port(), options)
    _run(
        "initdb",
        *("-D", str(server.data), "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"),
        *("--no-sync", "--no-instructions"),
    )
    return server


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has now."""
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _folder() -> Path:
    # Short: a socket's path may have 107 characters.
    made = Path(tempfile.mkdtemp(prefix="siaga-pg-"))
    if os.geteuid() == 0:
        os.chown(made, _NOBODY, _NOBODY)
    return made


def _program(name: str) -> list[str]:
    """How to run one of PostgreSQL's programs: without root's name, ended with its parent."""
    path = load({}).runtime / "bin" / name
    words = ["setpriv"]
    if os.geteuid() == 0:
        words += [f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
        # The programs may lie where only root may look.
        words += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*words, "--pdeathsig", "INT", "--", str(path)]


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run(
        [*_program(name), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=READY_S * 2,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(each) for each in text.split()]
