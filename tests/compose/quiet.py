"""A caller of whom nothing is heard: the officer is freed, and is back when there is a sound."""

from __future__ import annotations

import math
from typing import Final

from ops.phone.rtp import CLOCK
from tests.compose.calls import CALLER_HZ
from tests.compose.desk import Desk, converse, expect, over
from tests.compose.stack import NODES

FREED_S: Final = 20.0
QUIET: Final = 0.008
"""Amplitude of full scale: a sine of -39 dBm0."""


async def silence(desk: Desk) -> str:
    """The officer takes the next call meanwhile; who makes a quiet sound has a human again."""
    # A router trusts silence only where it has heard somebody.
    heard: set[str] = set()
    while heard != set(NODES):
        heard.add(await _heard(desk))
    number, calling = await desk.call("")
    ring = await desk.take("101")
    await ring.hears_sound()
    began = ring.up_at or 0.0
    freed = (await ring.ended(FREED_S)).at - began
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
    return f"at {row['node']}, the officer freed after {freed:.1f} s"


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
