"""What a call costs, beside another checkout: ``python -m tests.bench.whole --beside FOLDER``.

A centre of this checkout and one of the other are up at once, their routers stopped, and take the
same calls in turn, each round beginning with another: whatever else the machine does then, it does
to both. CPU is that of Asterisk and of the menu's process by their own clocks; the time is from the
key's first packet to the INVITE at the handset. Ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ops.bench.stats import percentile
from ops.prepare import child_environment
from siaga import settings as settings_module
from siaga.settings import PROJECT
from tests.bench.menus import SETTLE_S, bench_centre, load
from tests.bench.spread import Spread, said
from tests.bench.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.bench.menus import Bench

COMPARED = ("ours", "native")
START_S = 60.0
RUN_S = 90.0
WARM = 5
"""Calls before the first that is measured."""
_LINE = 1 << 20
_CPU_OF_PROCESS = 2


def _cpu_s(pid: int | None) -> float:
    # Not ``ops.bench.proc``: an older checkout counts in ticks.
    return time.clock_gettime(~pid << 3 | _CPU_OF_PROCESS) if pid else 0.0


async def taken(bench: Bench, key: str, calls: int, rate: float) -> dict[str, Any]:
    """Take these calls; CPU of each part in milliseconds a call, and how soon handsets rang."""
    (way,) = (way for way in WAYS if way.key == key)
    pids = bench.centre.pids["asterisk"], bench.menus.get(key)
    before = [_cpu_s(pid) for pid in pids]
    samples = await load(bench, way, calls, rate)
    await asyncio.sleep(SETTLE_S)
    good = [sample for sample in samples if not sample.fault]
    spent = [_cpu_s(pid) - was for pid, was in zip(pids, before, strict=True)]
    asterisk, menu = (each * 1000 / max(1, len(good)) for each in spent)
    rings = [sample.ring_ms for sample in good if sample.ring_ms is not None]
    return {"asterisk": asterisk, "menu": menu, "rings": rings, "failed": calls - len(good)}


async def _serve(home: Path) -> None:
    """A centre; takes what stdin asks for, a line each, and answers in JSON."""
    async with bench_centre(settings_module.load(os.environ), home, lambda _text: None) as bench:
        await bench.centre.stop_router()
        for key in COMPARED:
            await taken(bench, key, WARM, 5.0)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while line := await asyncio.to_thread(sys.stdin.readline):
            found = await taken(bench, **json.loads(line))
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


@asynccontextmanager
async def _centre(checkout: Path, home: Path) -> AsyncIterator[Callable[..., Any]]:
    """A process with a centre of a checkout; gives how it is asked to take calls."""
    settings = settings_module.load(os.environ)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", __file__, "--home", str(home)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=child_environment(settings) | {"PYTHONPATH": str(checkout)},
        limit=_LINE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    into, out = process.stdin, process.stdout

    async def ask(**wanted: Any) -> dict[str, Any]:
        into.write(json.dumps(wanted).encode() + b"\n")
        async with asyncio.timeout(RUN_S):
            found: dict[str, Any] = json.loads(await out.readline())
        return found

    try:
        async with asyncio.timeout(START_S):
            if await out.readline() != b"ready\n":
                raise RuntimeError(f"no centre of {checkout}")
        yield ask
    finally:
        into.close()
        await process.wait()


async def compared(asked: argparse.Namespace, home: Path) -> dict[tuple[str, str], list[Any]]:
    """Every checkout and way in turn."""
    checkouts = {"here": PROJECT}
    if asked.beside:
        checkouts["beside"] = asked.beside.resolve()
    found: dict[tuple[str, str], list[Any]] = {}
    async with AsyncExitStack() as stack:
        centres = {
            name: await stack.enter_async_context(_centre(checkout, home / name))
            for name, checkout in checkouts.items()
        }
        turns = [(name, key) for key in COMPARED for name in centres]
        for number in range(asked.runs):
            for offset in range(len(turns)):
                name, key = turn = turns[(number + offset) % len(turns)]
                got = await centres[name](key=key, calls=asked.calls, rate=asked.rate)
                found.setdefault(turn, []).append(got)
    return found


def _told(runs: list[dict[str, Any]]) -> str:
    asterisk, menu = (Spread(tuple(each[part] for each in runs)) for part in ("asterisk", "menu"))
    rings = [ring for each in runs for ring in each["rings"]]
    return (
        f"Asterisk {asterisk} ms a call, menu {menu}; key to INVITE {said(percentile(rings, 50))} "
        f"ms, p99 {said(percentile(rings, 99))}; {sum(each['failed'] for each in runs)} failed"
    )


def main() -> int:
    """Entry of the process, and of each that has a centre."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.whole", description=__doc__)
    parser.add_argument("--beside", type=Path, help="another checkout, such as of git worktree")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--calls", type=int, default=25, help="of each run")
    parser.add_argument("--rate", type=float, default=5.0, help="calls a second")
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.home:
        asyncio.run(_serve(asked.home))
        return 0
    home = Path(tempfile.mkdtemp(prefix="siaga-whole-"))
    try:
        found = asyncio.run(compared(asked, home))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    for (name, key), runs in found.items():
        print(f"{name}, {key}: {_told(runs)}")  # noqa: T201 (what it is for)
    return 0


if __name__ == "__main__":
    sys.exit(main())
