"""A caller of whom nothing is heard: the officer is freed, and is back when there is a sound."""

from __future__ import annotations

import math
from typing import Final

from ops.phone.rtp import CLOCK
from tests.compose.calls import CALLER_HZ
from tests.compose.desk import Desk, converse, expect, over
from tests.compose.stack import NODES

TURNS: Final = 4
"""So many silent callers come at most until each node has had one."""
FREED_S: Final = 20.0
QUIET: Final = 0.008
"""Amplitude of full scale: a sine of -39 dBm0."""


async def silence(desk: Desk) -> str:
    """The officer takes the next call meanwhile; who makes a quiet sound has a human again.

    By each node. A router trusts silence only where it has heard somebody, so each does first.
    """
    heard: set[str] = set()
    while heard != set(NODES):
        heard.add(await _heard(desk))
    freed: dict[str, float] = {}
    for _ in range(TURNS):
        # Nodes have calls by turns: the next is not of the node that had this one.
        while await _heard(desk) not in (freed or NODES):
            pass
        node, seconds = await _freed(desk)
        freed[node] = seconds
        if len(freed) == len(NODES):
            break
    expect("nodes of silent callers", sorted(freed), sorted(NODES))
    told = ", ".join(f"{seconds:.1f} s at {node}" for node, seconds in freed.items())
    return f"the officer was freed after {told}"


async def _freed(desk: Desk) -> tuple[str, float]:
    """A silent caller who makes a sound in the end; gives the node and the wait."""
    number, calling = await desk.call("")
    ring = await desk.take("101")
    await ring.hears_sound()
    freed = (await ring.ended(FREED_S)).at - (ring.up_at or 0.0)
    await _heard(desk)
    calling.play_samples(hum(QUIET))
    again = await desk.take("101")
    expect("shown", again.caller_name, "BERSUARA PETUGAS")
    calling.stop_tone()
    await converse(calling, again)
    await calling.hang_up()
    row = await desk.record(number, over)
    steps = [(step["agency"], step["kind"], step["result"]) for step in row["steps"]]
    rang = ("kominfo", "queue", "answered")
    expect("steps", steps, [rang, ("kominfo", "watch", "heard"), rang])
    return str(row["node"]), freed


async def _heard(desk: Desk) -> str:
    """Somebody who asks for the officer, and is heard from the beginning; gives the node."""
    number = desk.number()
    calling = await desk.line.call(number)
    desk.up.append(calling)
    await calling.answered()
    calling.play_tone(CALLER_HZ)
    await calling.hears_sound()
    await calling.press("0")
    ring = await desk.take("101")
    await converse(calling, ring)
    await calling.hang_up()
    (row,) = await desk.rows(number, 1)
    return str(row["node"])


def hum(level: float) -> list[int]:
    """A second of 200 Hz."""
    return [round(level * 32768 * math.sin(math.tau * 200 * at / CLOCK)) for at in range(CLOCK)]
