"""Many open boards beside many calls: what the console costs, and whether callers notice.

``python -m tests.browser.boards [--boards N] [--rate N] [--calls N] [--rounds N]`` starts a centre
on the bench's plan and places the same calls with no board open and with all of them, by turns. A
board here is a log-in of its own that reads the stream as a browser does, and draws nothing.
Prints the console's CPU in processors, the delay from a caller's key to the ringing handset, and
what a board was sent. Its own telephones and boards use the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp

from ops import freeports
from ops.bench import proc
from ops.bench.centre import opened
from ops.bench.entries import Entry
from ops.bench.stats import percentile
from router.accounts import passwords, tokens
from router.accounts.model import Role
from router.accounts.trail import Actor
from router.store import open_engine
from router.store.accounts import AccountStore
from router.store.sessions import SessionStore
from siaga.settings import load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ops.bench.centre import Centre
    from siaga.settings import Settings

CONSOLE: Final = ("-m", "router.console")
PASSWORD: Final = "Kuda laut makan 7 jeruk"
LOOPBACK: Final = "127.0.0.1"
WARM_UP: Final = 20


@dataclass
class Turn:
    """What was measured with boards open, or without.

    Attributes:
        cpu_s: of the console. ``wall_s``: how long it took.
        ring_ms: from a key to the ringing handset, of each call. ``faults``: calls that failed.
        told: fragments that boards were sent, ``sent`` their bytes.
    """

    cpu_s: float = 0.0
    wall_s: float = 0.0
    ring_ms: list[float] = field(default_factory=list)
    faults: int = 0
    told: int = 0
    sent: int = 0


def console(supervisor: int) -> int:
    """The console's process.

    Raises:
        ProcessGoneError: it does not run.
    """
    for entry in proc.PROC.iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
                words = (entry / "cmdline").read_text(encoding="utf-8").split("\0")
            except OSError:
                continue
            if proc.parse_stat(stat)[0] == supervisor and proc.part(words, {"console": CONSOLE}):
                return int(entry.name)
    raise proc.ProcessGoneError("console")


async def log_ins(settings: Settings, count: int) -> list[str]:
    """Words of so many sessions, as a browser's cookie has them."""
    engine = open_engine(settings.database)
    accounts, sessions = AccountStore(engine), SessionStore(engine)
    now = datetime.now(UTC)
    actor = Actor("boards", LOOPBACK, now)
    hashed = passwords.hashed(PASSWORD)
    try:
        made = await accounts.add("Papan", Role.SUPERVISOR, hashed, actor)
        await accounts.change_password(made.id, hashed, actor)
        words = [tokens.new() for _ in range(count)]
        for word in words:
            await sessions.open(made, tokens.digest(word) or "", LOOPBACK, "boards", now)
    finally:
        sessions.close()
        accounts.close()
        await engine.dispose()
    return words


@asynccontextmanager
async def boards(settings: Settings, words: list[str], turn: Turn) -> AsyncIterator[None]:
    """Boards that are open for as long as the block lasts; each has been told all there is."""
    port = settings.ports.http
    ready = asyncio.Semaphore(0)

    async def one(session: aiohttp.ClientSession, word: str) -> None:
        cookie = {"Cookie": f"siaga-{port}-session={word}"}
        first = True
        async with session.get(f"http://{LOOPBACK}:{port}/board/stream", headers=cookie) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                if line.startswith(b"event: fragments"):
                    turn.told += 1
                    if first:
                        first = False
                        ready.release()
                turn.sent += len(line)

    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=connector,
                timeout=timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=2**20,
            )
        )
        tasks = [asyncio.create_task(one(session, word)) for word in words]
        try:
            for _ in words:
                await ready.acquire()
            yield
            if gone := [task for task in tasks if task.done()]:
                gone[0].result()
                raise RuntimeError(f"{len(gone)} boards were closed")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def place(centre: Centre, pid: int, turn: Turn, calls: int, rate: float) -> None:
    """Place calls and add what they met to a turn."""
    loop = asyncio.get_running_loop()
    before, began = proc.times(pid).own, loop.time()
    scripts = [centre.phones.script(Entry.FASTAGI) for _ in range(calls)]
    samples = await centre.load(scripts, rate)
    turn.wall_s += loop.time() - began
    turn.cpu_s += proc.times(pid).own - before
    turn.ring_ms += [sample.ring_ms for sample in samples if sample.ring_ms is not None]
    turn.faults += sum(bool(sample.fault) for sample in samples)
    await centre.settled()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


async def measure(settings: Settings, asked: argparse.Namespace) -> dict[str, Turn]:
    """Both ways by turns."""
    turns = {"none": Turn(), "all": Turn()}
    async with opened(settings, _say) as centre:
        pid = console(centre.instance.process.pid)
        own = centre.instance.settings
        words = await log_ins(own, asked.boards)
        await place(centre, pid, Turn(), WARM_UP, asked.rate)
        for _ in range(asked.rounds):
            await place(centre, pid, turns["none"], asked.calls, asked.rate)
            async with boards(own, words, turns["all"]):
                await place(centre, pid, turns["all"], asked.calls, asked.rate)
    return turns


def told(name: str, turn: Turn) -> str:
    """A line of what was measured."""
    rings = ", ".join(f"p{p} {percentile(turn.ring_ms, p):.0f} ms" for p in (50, 95, 99))
    return (
        f"{name}: console {turn.cpu_s / turn.wall_s:.2f} processors over {turn.wall_s:.0f} s; "
        f"key to ringing {rings} of {len(turn.ring_ms)} calls, {turn.faults} failed; "
        f"{turn.told} fragments, {turn.sent / 1e6:.1f} MB sent"
    )


def main() -> int:
    """Entry."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.boards")
    parser.add_argument("--boards", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        own = replace(
            load({"SIAGA_HOME": str(Path(home) / "c")}),
            bind=LOOPBACK,
            trunks=(LOOPBACK,),
            canary_every=0,
        )
        with freeports.reserved(own) as moved:
            turns = asyncio.run(measure(moved, asked))
    none, every = turns["none"], turns["all"]
    sys.stdout.write(told("no board", none) + "\n")
    sys.stdout.write(told(f"{asked.boards} boards", every) + "\n")
    shares = ", ".join(
        f"p{p} {percentile(every.ring_ms, p) / percentile(none.ring_ms, p):.2f}" for p in (50, 95)
    )
    sys.stdout.write(f"key to ringing with boards, as a share of without: {shares}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
