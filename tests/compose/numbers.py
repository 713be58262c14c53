"""What hangs on a caller's number: a flagged one is warned, one who left is called back."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from ops.phone import HandsetBank
from ops.phone.transfer import dial
from ops.runtime import find_runtime
from siaga import settings
from siaga.keys import CALLBACK_KEYS
from siaga.plan.arrival import flag_of
from tests.compose.announcing import CALLS, TERMS, cleared, overridden, prompt, which
from tests.compose.calls import CALLER_HZ, OFFICER_HZ
from tests.compose.desk import RECORD_S, Desk, ScenarioError, converse, expect, over
from tests.compose.plan import with_trunk
from tests.compose.planned import planned
from tests.compose.stack import ADDRESS, CARRIERS, EDGE_PORT, NODES

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from ops.phone import Ring


async def flagged(desk: Desk) -> str:
    """Flagged on one node, a number is warned by both; any key leads to a human."""
    number, (node1, node2) = desk.number(), NODES
    prompts = {name: await prompt(desk, node1, name) for name in ("menu", "challenge")}
    await desk.command(node1, "live", "flag", number, *TERMS)
    await overridden(desk, f"flag/{flag_of(number)}")
    had: dict[str, str] = {}
    for _ in range(CALLS):
        call, node = await _warned(desk, number, prompts, had)
        had[call] = node
        if {*had.values()} == {*NODES}:
            break
    expect("nodes", {*had.values()}, {*NODES})
    await cleared(desk, node2)
    return f"{len(had)} calls of both, flagged by {node1}"


async def _warned(
    desk: Desk, number: str, prompts: Mapping[str, bytes], before: Container[str]
) -> tuple[str, str]:
    """A call of this number hears the warning and reaches an officer; gives its id and node."""
    calling = await desk.line.call(number)
    desk.up.append(calling)
    await calling.answered()
    expect("heard", await which(calling, prompts), "challenge")
    await calling.press("5")
    ring = await desk.take("101")
    if "DITANDAI" not in ring.caller_name:
        raise ScenarioError(f"the handset shows {ring.caller_name}")
    await converse(calling, ring)
    await calling.hang_up()
    row = await desk.record(number, lambda row: over(row) and row["id"] not in before)
    expect("choice", (row["choice"], row["answered_by"]), ("flagged", "kominfo"))
    return row["id"], row["node"]


async def called_back(desk: Desk) -> str:
    """Who left in the menu is called back by one key, by the trunk of a plan just applied."""
    sipp = find_runtime(settings.load()).sipp
    began = time.monotonic()
    async with (
        HandsetBank(sipp, (ADDRESS, EDGE_PORT), CARRIERS) as far,
        planned(desk, lambda path: with_trunk(path, *far.address)),
    ):
        applied_s = time.monotonic() - began
        await nobody_waits(desk)
        number, calling = await desk.call("")
        await calling.hang_up()
        await desk.record(number, over)
        await listed(desk, number, listed=True)
        asked = await dial(desk.desk, "101", desk.passwords["101"], CALLBACK_KEYS)
        desk.up.append(asked)
        ring = await _rung(far, number)
        await asked.answered()
        asked.play_tone(OFFICER_HZ)
        ring.play_tone(CALLER_HZ)
        await asyncio.gather(asked.hears(CALLER_HZ), ring.hears(OFFICER_HZ))
        await asked.hang_up()
        await ring.ended()
        await listed(desk, number, listed=False)
    return f"plan in force on both nodes after {applied_s:.1f} s, called and off both lists"


def outside(number: str) -> str:
    """A caller's number as the trunk has it."""
    return f"+62{number[1:]}"


async def _rung(far: HandsetBank, number: str) -> Ring:
    ring = await far.ring(outside(number))
    await ring.alert()
    await ring.answer()
    return ring


async def waiting(desk: Desk, node: str) -> list[dict[str, Any]]:
    """The call-back list, as a node tells it."""
    told = await desk.command(node, "callbacks", "--json")
    return [json.loads(line) for line in told.splitlines()]


async def nobody_waits(desk: Desk) -> None:
    """Take callers of other scenarios off the list: the key calls who waits longest."""
    node = next(iter(NODES))
    for row in await waiting(desk, node):
        await desk.command(node, "callbacks", "close", str(row["id"]), "--why", "uji")


async def listed(desk: Desk, number: str, *, listed: bool) -> None:
    """Wait until each node's call-back list has this number, or has not."""
    deadline = time.monotonic() + RECORD_S
    for node in NODES:
        while True:
            rows = await waiting(desk, node)
            if (number in {row["number"] for row in rows}) == listed:
                break
            if time.monotonic() > deadline:
                raise ScenarioError(f"{number} on the list of {node}: {not listed}")
