"""``python -m tests.kills [PART …]``: parts of two nodes are killed under calls; prints a table.

Parts: ``asterisk``, ``node`` (all of its processes at once, as when its power fails), ``ivr``,
``router``, ``console``, ``postgresql``. Each is killed with SIGKILL on node 1, while callers are in
the menu, ringing and talking on both nodes. ``edges`` and ``edge``: one of two edges before two
nodes is killed, and the only one, while calls arrive and people talk. ``together``, instead: one
plan on both nodes, board and commands across them. What was started is stopped at the end. Exit
status 1 when a record was lost or is there twice, a call that arrived was not led, or somebody who
was cut off is not on the list in 10 s.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops import ready
from tests.kills import edges
from tests.kills.scene import power_off, scene, seconds, start
from tests.kills.together import boards, commands, plans
from tests.postgresql import make_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.kills.scene import Scene
    from tests.postgresql import Server

TOGETHER: Final = "together"
EDGES: Final = {"edges": ("edge, one of two", 2), "edge": ("edge, the only one", 1)}
"""What the table calls them, and how many edges there are."""
LIST_S: Final = 10.0
AWAY_S: Final = 5.0
"""How long PostgreSQL stays away."""
HEAD: Final = (
    "| killed | calls up (by it + by the other) | cut off | on the call-back list after "
    "| on it though not cut off | arriving meanwhile: led, after "
    "| records lost | twice | works again after |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass
class Row:
    """What became of one kill."""

    part: str
    up: tuple[int, int]
    cut: int
    after: list[float]
    wrongly: int
    lost: int
    double: int
    back_s: float
    led: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost that must not be."""
        on_time = [each for each in self.after if each <= LIST_S]
        lost = self.lost or self.double or self.refused
        return not lost and len(on_time) == self.cut

    def line(self) -> str:
        """As Markdown."""
        after = "-"
        if self.cut:
            after = f"{len(self.after)} of {self.cut}"
        if self.after:
            after += f", {min(self.after):.1f} to {max(self.after):.1f} s"
        led = "-"
        if self.led:
            led = f"{len(self.led)} of {len(self.led) + self.refused}, "
            led += f"{min(self.led):.1f} to {max(self.led):.1f} s"
        return (
            f"| {self.part} | {self.up[0]} + {self.up[1]} | {self.cut} | {after} | {self.wrongly} "
            f"| {led} | {self.lost} | {self.double} | {self.back_s:.1f} s |"
        )


async def _asterisk(stage: Scene, began: float) -> float:
    settings = stage.desks[0].centre.settings
    stage.desks[0].centre.kill("asterisk")
    return await _again(began, lambda: ready.ami(settings))


async def _node(stage: Scene, began: float) -> float:
    centre = stage.desks[0].centre
    await asyncio.to_thread(power_off, centre)
    # Its callers are to be on the list while it is away.
    await asyncio.sleep(LIST_S + 2 - (time.monotonic() - began))
    again = time.monotonic()
    await asyncio.to_thread(start, centre)
    return time.monotonic() - again


async def _ivr(stage: Scene, began: float) -> float:
    centre = stage.desks[0].centre
    centre.kill("ivr")
    return await _again(began, lambda: ready.agi(centre.settings))


async def _router(stage: Scene, began: float) -> float:
    centre = stage.desks[0].centre
    centre.kill("router")
    return await _again(began, lambda: ready.router(centre.settings))


async def _console(stage: Scene, began: float) -> float:
    centre = stage.desks[0].centre
    centre.kill("console")
    return await _again(began, lambda: ready.console(centre.settings))


async def _postgresql(stage: Scene, began: float) -> float:
    stage.server.kill()
    await asyncio.sleep(AWAY_S)
    await asyncio.to_thread(stage.server.start)
    settings = [desk.centre.settings for desk in stage.desks]

    async def well() -> bool:
        return all([await ready.router(each) for each in settings])

    return await seconds(began, well)


async def _again(began: float, up: Callable[[], Awaitable[bool]]) -> float:
    async def down() -> bool:
        return not await up()

    with suppress(TimeoutError):
        async with asyncio.timeout(2.0):
            await seconds(began, down)
    return await seconds(began, up)


PARTS: Final = {
    "asterisk": (_asterisk, True),
    "node": (_node, True),
    "ivr": (_ivr, False),
    "router": (_router, False),
    "console": (_console, False),
    "postgresql": (_postgresql, False),
}
"""Each part: how it is killed, and whether the calls of node 1 are cut off by it."""


KNOWN: Final = (*PARTS, *EDGES, TOGETHER)


async def one(stage: Scene, part: str) -> Row:
    """Kill one part, and look what became of everything."""
    kill, cuts = PARTS[part]
    await stage.fill()
    here, there = (desk.callers for desk in stage.desks)
    cut = {caller.number for caller in here} if cuts else set()
    spared = {caller.number for caller in (*here, *there)} - cut
    began = time.monotonic()
    watch = asyncio.create_task(stage.listed(cut or {"nobody"}, began, LIST_S + 5))
    back = await kill(stage, began)
    seen = await watch
    _say(f"# {part}: killed, works again after {back:.1f} s")
    await asyncio.gather(*(desk.centre.until_ready() for desk in stage.desks))
    await stage.empty()
    found = Counter(each.caller for each in await stage.until(lambda _: True))
    return Row(
        part,
        (len(here), len(there)),
        len(cut),
        sorted(seen[number] for number in cut & seen.keys()),
        len(spared & (seen.keys() | await stage.ever_cut_off())),
        sum(1 for number in stage.placed if not found[number]),
        sum(1 for number in stage.placed if found[number] > 1),
        back,
    )


async def of_edges(folder: Path, server: Server, part: str) -> Row:
    """Kill one of two edges, or the only one, and look what became of everything."""
    name, count = EDGES[part]
    async with edges.staged(folder, server, count) as stage, stage.equipped():
        fate = await edges.kill(stage)
        _say(
            f"# {name}: killed, works again after {fate.back_s:.1f} s; arriving calls, in seconds:"
        )
        tries = (f"{call.waited_s:.2f} ({call.tries}. way)" for call in fate.meanwhile)
        _say("# " + ", ".join(tries))
        scene_ = stage.scene
        found = Counter(each.caller for each in await scene_.until(lambda _: True))
        cut_off = await scene_.ever_cut_off()
        placed = scene_.placed
        return Row(
            name,
            fate.up,
            len(fate.cut),
            [],
            len(cut_off - fate.cut),
            sum(1 for number in placed if not found[number]),
            sum(1 for number in placed if found[number] > 1),
            fate.back_s,
            [call.waited_s for call in fate.meanwhile],
            len(fate.refused),
        )


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


async def nodes_and_edges(folder: Path, server: Server, parts: list[str]) -> list[Row]:
    """What became of each of these kills."""
    rows = []
    if own := [part for part in parts if part in PARTS]:
        async with scene(folder, server) as stage:
            for part in own:
                async with stage.equipped():
                    rows.append(await one(stage, part))
                _say(rows[-1].line())
    for part in parts:
        if part in EDGES:
            rows.append(await of_edges(folder, server, part))
            _say(rows[-1].line())
    return rows


async def both_nodes(folder: Path, server: Server) -> None:
    """What two nodes do together."""
    async with scene(folder, server) as stage:
        said = await plans(stage)
        async with stage.equipped():
            said += await boards(stage)
            said += await commands(stage)
    _say("\n".join(f"- {line}" for line in said))


async def main(parts: list[str]) -> int:
    """Do it; the exit status."""
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    server = make_server(("max_connections=200",))
    try:
        server.start()
        if TOGETHER in parts:
            await both_nodes(folder, server)
            return 0
        rows = await nodes_and_edges(folder, server, parts)
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write("\n".join([HEAD, *(row.line() for row in rows)]) + "\n")
    return 0 if all(row.is_good for row in rows) else 1


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    arguments.add_argument("parts", nargs="*", help=", ".join(KNOWN))
    wanted = arguments.parse_args().parts or [*PARTS, *EDGES]
    if unknown := [part for part in wanted if part not in KNOWN]:
        arguments.error(f"no such part: {', '.join(unknown)}")
    sys.exit(asyncio.run(main(wanted)))
