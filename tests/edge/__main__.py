"""``python -m tests.edge``: handsets log in at an edge before two nodes, and are called from both.

Two whole centres and an edge are started on loopback, and nothing of them is left after. Takes
about a minute; each line of the account says what was seen, and the first that is wrong ends it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.phone.transfer import dial, hand_over
from tests.edge.nodes import (
    EDGE,
    Trial,
    contacts,
    front,
    logged_in,
    running,
    say,
    telephones,
)
from tests.live import fronts
from tests.live.calls import choose, converse

if TYPE_CHECKING:
    from tests.live.centre import Centre

GONE_S: Final = 40.0
"""Asterisk asks each 20 s, and waits 3 s."""


async def from_both(trial: Trial) -> None:
    """One handset is called from one node and then from the other."""
    used = set()
    for ends in ("caller", "handset"):
        number = trial.number()
        began = time.monotonic()
        call = await choose(trial.phones, number)
        ring = await trial.answer("201")
        node = await trial.node_of(number)
        used.add(node.settings.node)
        await converse(call, ring)
        await (call if ends == "caller" else ring).hang_up()
        await (ring if ends == "caller" else call).ended()
        record = await node.record(number)
        assert record.handset == "201", record
        say(f"201 talked by {node.settings.node} after {time.monotonic() - began:.1f} s")
    assert len(used) == 2, used


async def busy(trial: Trial) -> None:
    """In a call by one node a handset is left alone by the other, which rings the next."""
    first, second = trial.number(), trial.number()
    call = await choose(trial.phones, first)
    ring = await trial.answer("201")
    await converse(call, ring)
    other = await choose(trial.phones, second)
    taken = await trial.answer("202")
    await converse(other, taken)
    nodes = {(await trial.node_of(number)).settings.node for number in (first, second)}
    assert len(nodes) == 2, nodes
    await trial.not_rung("201")
    await converse(call, ring)
    for up in (call, other):
        await up.hang_up()
    for end in (ring, taken):
        await end.ended()
    say("201 talked by one node, the other's caller was put through to 202, and 201 did not ring")


async def handed_over(trial: Trial) -> None:
    """A handset asks a colleague and hands the caller over: all of it at the caller's node."""
    password = trial.nodes[0].password("201")
    for _ in trial.nodes:
        number = trial.number()
        call = await choose(trial.phones, number)
        ring = await trial.answer("201")
        asked, colleague = await asyncio.gather(
            dial(trial.desk, "201", password, "101"), trial.answer("101")
        )
        node = await trial.node_of(number)
        assert await hand_over(ring, asked) == 202
        await converse(call, colleague)
        await asyncio.gather(ring.leave(), asked.leave())
        await call.hang_up()
        await colleague.ended()
        say(f"201 asked 101 and handed its caller over at {node.settings.node}")


async def edge_killed(trial: Trial, edges: AsyncExitStack, folder: Path) -> None:
    """Killed while two talk: they talk on, and with it back handsets are reached as before."""
    number = trial.number()
    call = await choose(trial.phones, number)
    ring = await trial.answer("201")
    await converse(call, ring)
    await edges.aclose()
    await converse(call, ring)
    began = time.monotonic()
    edges.enter_context(front(folder, trial.nodes))
    await fronts.until_reached(EDGE)
    await ring.hang_up()
    await call.ended()
    say("the edge was killed and started; they talked on, and the handset ended the call by it")
    for _ in trial.nodes:
        call = await choose(trial.phones, trial.number())
        ring = await trial.answer("201")
        await converse(call, ring)
        await call.hang_up()
        await ring.ended()
    say(f"201 was called by both again, {time.monotonic() - began:.1f} s after it was started")


async def node_killed(trial: Trial) -> None:
    """A node is killed in a call: the handset is free for the other node as soon as it hangs up."""
    number = trial.number()
    call = await choose(trial.phones, number)
    ring = await trial.answer("201")
    await converse(call, ring)
    node = await trial.node_of(number)
    node.kill("asterisk")
    began = time.monotonic()
    await asyncio.gather(call.leave(), ring.leave())
    number = trial.number()
    call = await choose(trial.phones, number)
    ring = await trial.answer("201")
    await converse(call, ring)
    other = await trial.node_of(number)
    say(
        f"{node.settings.node} was killed; 201 talked by {other.settings.node} "
        f"{time.monotonic() - began:.1f} s later"
    )
    await call.hang_up()
    await ring.ended()


async def gone(nodes: tuple[Centre, ...]) -> None:
    """Handsets that are switched off are missed by each node, not taken for there."""
    for node in nodes:
        began = time.monotonic()
        async with asyncio.timeout(GONE_S):
            while "Unavail" not in contacts(node):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.5)
        say(f"{node.settings.node} missed a handset {time.monotonic() - began:.1f} s later")


async def tried(folder: Path, nodes: tuple[Centre, ...]) -> None:
    """All of it, one after the other."""
    async with AsyncExitStack() as edges:
        edges.enter_context(front(folder, nodes))
        async with telephones(nodes) as trial:
            await logged_in(trial, "201", "202", "101")
            await from_both(trial)
            await busy(trial)
            await handed_over(trial)
            await edge_killed(trial, edges, folder)
            await node_killed(trial)
        await gone(nodes)


def main() -> int:
    """Try all of it; exit status 0 when it was as it must be."""
    with tempfile.TemporaryDirectory(prefix="siaga112-edge-") as made:
        folder = Path(made)
        with running(folder) as nodes:
            say("two nodes are up")
            asyncio.run(tried(folder, nodes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
