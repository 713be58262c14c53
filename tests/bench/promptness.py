"""How soon a centre is there, has another plan in force, and shows on its board what happens."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ops import freeports
from ops.bench import plan
from ops.bench.entries import Entry
from ops.bench.phones import phones
from ops.bench.stats import percentile
from ops.instance import running
from ops.prepare import child_environment
from router.board.model import Where
from router.console.link import RouterLink
from siaga import secrets
from siaga.files import write_atomic
from tests.bench.menus import alone
from tests.bench.spread import Spread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from ops.instance import Instance
    from siaga.settings import Settings

RATE: Final = 5.0
APPLY_S: Final = 60.0
LAST_S: Final = 1.0
"""After the last call, until its end is on the board."""
OTHER_PLAN: Final = plan.TEXT.replace(
    f"agency: {plan.AGENCY}, overflow", f"agency: {plan.AGENCY}, ring: 19s, overflow"
)


@dataclass(frozen=True, slots=True)
class Round:
    """One centre's life.

    Attributes:
        ready_s: from the command to the first call that would be taken, in a new home.
        again_s: the same in a home that was used. ``apply_s``: from the command to in force.
        board_ms: from Asterisk's stamp of what changed a call to the line on the board's stream.
    """

    ready_s: float
    again_s: float
    apply_s: float
    board_ms: tuple[float, ...]


async def promptness(
    settings: Settings, home: Path, runs: int, calls: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """A centre for each run, with so many calls."""
    rounds = []
    for number in range(runs):
        say(f"Mulai, terapkan, papan / start, apply, board: {number + 1} / {runs}")
        rounds.append(await _round(settings, home / str(number), calls))
    every = [value for each in rounds for value in each.board_ms]
    return {
        "ready_s": Spread(tuple(each.ready_s for each in rounds)),
        "again_s": Spread(tuple(each.again_s for each in rounds)),
        "apply_s": Spread(tuple(each.apply_s for each in rounds)),
        "board_ms": Spread(tuple(percentile(each.board_ms, 50) for each in rounds)),
        "board_p99_ms": percentile(every, 99),
        "changes": len(every),
    }


async def _round(settings: Settings, home: Path, calls: int) -> Round:
    await asyncio.to_thread(home.mkdir, parents=True)
    file = home / "bench-plan.yaml"
    write_atomic(file, plan.TEXT)
    with freeports.reserved(replace(alone(settings, home), plan=file)) as own:
        began = time.monotonic()
        async with running(own, _silent) as instance:
            ready_s = time.monotonic() - began
            board_ms = await _on_board(instance, calls)
            apply_s = await _applied(instance)
        began = time.monotonic()
        async with running(own, _silent):
            return Round(ready_s, time.monotonic() - began, apply_s, board_ms)


def _silent(_text: str) -> None:
    pass


async def _on_board(instance: Instance, calls: int) -> tuple[float, ...]:
    """Of every change of a call's place, of so many calls."""
    delays: dict[tuple[str, str], float] = {}
    async with phones(instance) as made, _read(instance, delays):
        await made.load([made.script(Entry.FASTAGI) for _ in range(calls)], RATE)
        await asyncio.sleep(LAST_S)
    return tuple(delays.values())


@asynccontextmanager
async def _read(instance: Instance, delays: dict[tuple[str, str], float]) -> AsyncIterator[None]:
    """The board's stream is read, as the console reads it, for as long as the block lasts."""
    token = secrets.read(instance.settings.secrets).api
    link = RouterLink(instance.settings.ports.router, token)
    await link.open()
    first = asyncio.Event()
    reading = asyncio.create_task(_follow(link, first, delays))
    try:
        async with asyncio.timeout(APPLY_S):
            await first.wait()
        yield
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await link.close()


async def _follow(
    link: RouterLink, first: asyncio.Event, delays: dict[tuple[str, str], float]
) -> None:
    async for line in link.lines("board", "stream"):
        now = time.time()
        told: dict[str, Any] = json.loads(line)
        first.set()
        for key, call in told.get("change", {}).get("calls", {}).items():
            if call is not None and not _is_unstamped(call):
                made = datetime.fromisoformat(call["since"]).timestamp()
                delays.setdefault((key, call["where"]), (now - made) * 1000)


def _is_unstamped(call: dict[str, Any]) -> bool:
    """Whether it waits for its first step: the board has that it waits since it began."""
    return bool(call["where"] == Where.WAITING and call["since"] == call["began"])


async def _applied(instance: Instance) -> float:
    """Seconds that the command takes which puts another plan in force."""
    file = instance.settings.home / "other-plan.yaml"
    write_atomic(file, OTHER_PLAN)
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "ops", "apply", str(file), "--why", "bench"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=child_environment(instance.settings),
    )
    async with asyncio.timeout(APPLY_S):
        output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the plan was not applied: {output.decode()[-500:]}")
    return time.monotonic() - began
