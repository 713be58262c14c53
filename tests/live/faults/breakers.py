"""How each fault of the matrix is made, on the real thing, for as long as a block lasts."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ops import ready
from ops.prepare import child_environment
from ops.restart import Supervisor
from tests.live.faults.proxy import Proxy, proxy
from tests.live.menu.faults import hung_ivr, no_restarts, prompt_is

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from siaga.settings import Settings
    from tests.live.centre import Centre

    Press = Callable[[], Awaitable[None]]
    """Has those press their key who do so in the moment of the fault."""
    Breaks = Callable[[Press], Awaitable[None]]
    """Makes the fault."""
    Prepared = Callable[[Centre], AbstractAsyncContextManager[Breaks]]
    """Makes ready for a fault; it is over when the block is."""

SLOW_S: Final = 3.0
READY_S: Final = 60.0
NONSENSE: Final = (
    b"HTTP/1.1 400 Bad Request\r\nServer: other\r\n\r\n\x00\xff\xfe(hangup)\n200 result=1\n"
)


@asynccontextmanager
async def ivr_killed(centre: Centre, press: Press) -> AsyncIterator[None]:
    async with no_restarts(centre):
        pid = centre.kill("ivr", signal.SIGSTOP)
        await press()
        os.kill(pid, signal.SIGKILL)
        await centre.until_down("FastAGI")
        yield


@asynccontextmanager
async def ivr_hung(centre: Centre, press: Press) -> AsyncIterator[None]:
    async with hung_ivr(centre):
        await press()
        yield


@asynccontextmanager
async def ivr_refuses(centre: Centre, press: Press) -> AsyncIterator[None]:
    async with _without(centre, "ivr"):
        await press()
        yield


@asynccontextmanager
async def ivr_nonsense(centre: Centre, press: Press) -> AsyncIterator[None]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(NONSENSE)
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    async with _without(centre, "ivr"):
        port = centre.settings.ports.agi
        async with await asyncio.start_server(answer, "127.0.0.1", port):
            await press()
            yield


@asynccontextmanager
async def ivr_slow(centre: Centre) -> AsyncIterator[Breaks]:
    """The menu is there, and each of its words comes late."""
    with _free_port() as port:
        moved = replace(centre.settings, ports=replace(centre.settings.ports, agi=port))
    async with (
        _without(centre, "ivr"),
        _program("ivr", moved, ready.agi),
        proxy(centre.settings.ports.agi, port) as line,
    ):

        async def breaks(press: Press) -> None:
            line.delay_s = SLOW_S
            await press()

        yield breaks


@asynccontextmanager
async def router_killed(centre: Centre, press: Press) -> AsyncIterator[None]:
    async with no_restarts(centre):
        centre.kill("router")
        await centre.until_down("router")
        await press()
        yield


@asynccontextmanager
async def router_hung(centre: Centre, press: Press) -> AsyncIterator[None]:
    pid = centre.kill("router", signal.SIGSTOP)
    try:
        await press()
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def database_locked(centre: Centre, press: Press) -> AsyncIterator[None]:
    with closing(sqlite3.connect(centre.settings.home / "siaga.db", isolation_level=None)) as held:
        held.execute("PRAGMA busy_timeout = 30000")
        held.execute("BEGIN IMMEDIATE")
        await press()
        yield
        held.execute("ROLLBACK")


@asynccontextmanager
async def database_full(centre: Centre, press: Press) -> AsyncIterator[None]:
    """Nothing the router writes finds room any more."""
    pid = centre.pid("router")
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        await press()
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@asynccontextmanager
async def database_gone(centre: Centre, press: Press) -> AsyncIterator[None]:
    async with no_restarts(centre):
        centre.kill("router")
        await centre.until_down("router")
        for path in centre.settings.home.glob("siaga.db*"):
            path.unlink()
        await press()
        yield


@asynccontextmanager
async def recordings_read_only(centre: Centre, press: Press) -> AsyncIterator[None]:
    with _mounted(centre.settings.recordings, "ro"):
        await press()
        yield


@asynccontextmanager
async def recordings_full(centre: Centre, press: Press) -> AsyncIterator[None]:
    with _mounted(centre.settings.recordings, "size=64k"):
        with (
            contextlib.suppress(OSError),
            (centre.settings.recordings / "filler").open("wb", 0) as file,
        ):
            while True:
                file.write(bytes(1024))
        assert shutil.disk_usage(centre.settings.recordings).free == 0
        await press()
        yield


@contextmanager
def _mounted(folder: Path, options: str) -> Iterator[None]:
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    subprocess.run(words, check=True, capture_output=True, text=True)
    try:
        yield
    finally:
        # A recording may still be open in it.
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


@asynccontextmanager
async def _router_by_proxy(centre: Centre) -> AsyncIterator[Proxy]:
    """A router of our own that reaches Asterisk by a line which can fail."""
    ports = centre.settings.ports
    async with _without(centre, "router"), proxy(0, ports.ami) as line:
        moved = replace(centre.settings, ports=replace(ports, ami=line.port))
        async with _program("router", moved, ready.router):
            yield line


@asynccontextmanager
async def ami_cut(centre: Centre) -> AsyncIterator[Breaks]:
    async with _router_by_proxy(centre) as line:

        async def breaks(press: Press) -> None:
            line.cut()
            await centre.until_down("router")
            await press()

        yield breaks
        line.shut = False
        await centre.until_ready()


@asynccontextmanager
async def ami_half_open(centre: Centre) -> AsyncIterator[Breaks]:
    async with _router_by_proxy(centre) as line:

        async def breaks(press: Press) -> None:
            line.deaf = True
            await press()

        yield breaks


@asynccontextmanager
async def prompts_missing(centre: Centre, press: Press) -> AsyncIterator[None]:
    with prompt_is(centre, "id", "menu", None), prompt_is(centre, "en", "menu", None):
        await press()
        yield


@asynccontextmanager
async def nothing(centre: Centre, press: Press) -> AsyncIterator[None]:
    await press()
    yield


@asynccontextmanager
async def _without(centre: Centre, part: str) -> AsyncIterator[None]:
    """A part is stopped; afterwards it runs again."""
    supervisor = Supervisor(centre.settings)
    await asyncio.to_thread(supervisor.stop, part)
    try:
        yield
    finally:
        await asyncio.to_thread(supervisor.start, part)
        await centre.until_ready()


@asynccontextmanager
async def _program(
    name: str, settings: Settings, is_ready: Callable[[Settings], Awaitable[bool]]
) -> AsyncIterator[None]:
    """A part of our own, not under the supervisor."""
    with (settings.logs / f"{name}.test.log").open("ab") as output:
        process = subprocess.Popen(  # noqa: ASYNC220 (it lives as long as the block)
            [sys.executable, "-m", name],
            env={**os.environ, **child_environment(settings)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        async with asyncio.timeout(READY_S):
            while not await is_ready(settings):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 60)


@contextmanager
def _free_port() -> Iterator[int]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        yield found.getsockname()[1]


def _plain(breaker: Callable[[Centre, Press], AbstractAsyncContextManager[None]]) -> Prepared:
    """A fault that needs nothing to be made ready for it."""

    @asynccontextmanager
    async def prepared(centre: Centre) -> AsyncIterator[Breaks]:
        async with AsyncExitStack() as stack:

            async def breaks(press: Press) -> None:
                await stack.enter_async_context(breaker(centre, press))

            yield breaks

    return prepared


BREAKERS: Final[dict[str, Prepared]] = {
    "ivr-killed": _plain(ivr_killed),
    "ivr-hung": _plain(ivr_hung),
    "ivr-refuses": _plain(ivr_refuses),
    "ivr-nonsense": _plain(ivr_nonsense),
    "ivr-slow": ivr_slow,
    "router-killed": _plain(router_killed),
    "router-hung": _plain(router_hung),
    "database-locked": _plain(database_locked),
    "database-full": _plain(database_full),
    "database-gone": _plain(database_gone),
    "recordings-read-only": _plain(recordings_read_only),
    "recordings-full": _plain(recordings_full),
    "ami-cut": ami_cut,
    "ami-half-open": ami_half_open,
    "prompts-missing": _plain(prompts_missing),
    "handsets-gone": _plain(nothing),
}
"""By the name of the fault."""
