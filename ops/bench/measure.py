"""The measurements: each places calls at a centre and gives what it saw."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ops.bench.centre import LAG_S, NOTHING, BenchError
from ops.bench.entries import LISTEN_MS, Entry
from ops.bench.phones import Script, phones
from ops.bench.watch import READY
from ops.prepare import child_environment

if TYPE_CHECKING:
    from ops.bench.centre import Centre, Usage
    from ops.bench.sizes import Sizes

SPOKEN_LISTEN_S: Final = 2.0
SPOKEN_TALK_S: Final = 5.0
"""A talk far shorter than any real one, which would only make Python's share smaller."""
LISTENER_S: Final = 30.0
"""Longest the listener may take to follow, and to end."""
_LINE: Final = 1 << 26

PAIR: Final = (Entry.FASTAGI, Entry.NATIVE, Entry.NATIVE, Entry.FASTAGI)
"""Order of the two ways, so that neither is always the one that follows the other."""
ROUND: Final = (Entry.MENU_FASTAGI, Entry.MENU_PROCESS, Entry.MENU_NONE)


@dataclass(frozen=True, slots=True)
class Commits:
    """Delays from event to commit, in ms.

    Attributes:
        since_made: from Asterisk's own time stamp. ``since_received``: from the socket.
        waiting: events that never were committed.
    """

    since_made: list[float]
    since_received: list[float]
    waiting: int


async def whole(centre: Centre, count: int, rate: float, entry: Entry = Entry.FASTAGI) -> Usage:
    """What whole calls cost."""
    return await centre.used([centre.phones.script(entry) for _ in range(count)], rate)


async def spoken(centre: Centre, sizes: Sizes) -> Usage:
    """What whole calls cost as people make them: with sound, and some seconds long."""
    script = Script(Entry.FASTAGI, SPOKEN_LISTEN_S, talk_s=SPOKEN_TALK_S)
    async with phones(centre.instance, media=True) as talking:
        found = await centre.used([script] * sizes.spoken, sizes.spoken_rate, talking)
    await centre.phones.log_in()
    return found


async def warm_up(centre: Centre, sizes: Sizes) -> None:
    """Calls of every kind, so that nothing is done for the first time while it is measured."""
    whole_ones = [centre.phones.script(Entry.FASTAGI) for _ in range(sizes.warm_up)]
    others = [Entry.NATIVE, Entry.PROCESS]
    await centre.load(
        [*whole_ones, *(centre.phones.script(entry) for entry in others), *map(_menu, ROUND)],
        sizes.latency_rate,
    )
    await centre.settled()


async def latency(centre: Centre, sizes: Sizes) -> dict[Entry, list[float]]:
    """Milliseconds from the key to the INVITE, of both ways in turn."""
    order = [PAIR[number % len(PAIR)] for number in range(2 * sizes.latency)]
    scripts = [centre.phones.script(entry) for entry in order]
    found: dict[Entry, list[float]] = defaultdict(list)
    for sample in await centre.load(scripts, sizes.latency_rate):
        if sample.ring_ms is not None and not sample.fault:
            found[Entry(sample.entry)].append(sample.ring_ms)
    return found


async def menus(centre: Centre, sizes: Sizes) -> dict[Entry, Usage]:
    """What calls cost that consist of a menu, or of none; the ways take turns."""
    found = dict.fromkeys(ROUND, NOTHING)
    for _ in range(sizes.rounds):
        for entry in ROUND:
            found[entry] += await centre.used([_menu(entry)] * sizes.round_calls, sizes.round_rate)
    return found


def _menu(entry: Entry) -> Script:
    return Script(entry, LISTEN_MS / 1000, rings=False)


async def commits(centre: Centre, sizes: Sizes) -> Commits:
    """How long events of whole calls take to the database.

    The listener takes the place of the centre's router, which is stopped for good.

    Raises:
        BenchError: the router did not stop, or the listener did not start or end.
    """
    await centre.stop_router()
    settings = centre.instance.settings
    own = replace(settings, database_url=f"sqlite+aiosqlite:///{settings.home}/bench.db")
    with (settings.logs / "bench-listener.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ops.bench.listener"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=child_environment(own),
            limit=_LINE,
        )
    try:
        async with asyncio.timeout(LISTENER_S):
            await _ready(process)
        scripts = [centre.phones.script(Entry.FASTAGI) for _ in range(sizes.commits)]
        await centre.load(scripts, sizes.commits_rate)
        await asyncio.sleep(LAG_S)
        async with asyncio.timeout(LISTENER_S):
            output, _ = await process.communicate(b"")
        return _commits(json.loads(output))
    except (TimeoutError, ValueError, OSError) as error:
        raise BenchError(
            f"Pendengar bench gagal; lihat {settings.logs}. / The bench's listener failed: look "
            f"into {settings.logs}."
        ) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
    line = await process.stdout.readline()
    if line.strip() != READY.encode():
        raise ValueError(f"the listener said {line[:80]!r}")


def _commits(found: dict[str, Any]) -> Commits:
    return Commits(
        since_made=[delay["since_made"] for delay in found["delays"]],
        since_received=[delay["since_received"] for delay in found["delays"]],
        waiting=found["waiting"],
    )
