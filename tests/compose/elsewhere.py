"""Whose agency talks with a caller of the other node."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from siaga.names import Milestone
from tests.compose.desk import RECORD_S, Desk, ScenarioError, converse, expect, over
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

CEL: Final = "/var/lib/siaga112/cel/cel.csv"
TRIES: Final = 2


async def waited_for(desk: Desk) -> str:
    """Damkar's only handset talks by one node; the other node's caller waits, and has it next."""
    before = {node: await _tries(desk, node) for node in NODES}
    await desk.by_turns()
    first = await desk.talk("1", "201")
    taken = await desk.record(first.number, _talks)
    number, calling = await desk.call("1")
    waiting = await desk.record(number, lambda row: bool(row["steps"]))
    expect("nodes", len({taken["node"], waiting["node"]}), 2)
    await _tried(desk, waiting["node"], before[waiting["node"]] + TRIES)
    began = time.monotonic()
    await first.calling.hang_up()
    ring = await desk.take("201")
    after = time.monotonic() - began
    await converse(calling, ring)
    await calling.hang_up()
    row = await desk.record(number, over)
    expect("steps", [(step["agency"], step["result"]) for step in row["steps"]], [_STEP])
    await desk.record(first.number, over)
    return f"{waiting['node']}'s caller has 201 {after:.1f} s after {taken['node']}'s has left"


_STEP: Final = ("damkar", "answered")


def _talks(row: Mapping[str, Any]) -> bool:
    return bool(row["handset"] == "201")


async def _tried(desk: Desk, node: str, until: int) -> None:
    """Wait until the node's queue has tried the handset in vain, and again."""
    deadline = time.monotonic() + RECORD_S
    while time.monotonic() < deadline:
        if await _tries(desk, node) >= until:
            return
    raise ScenarioError(f"{node} has not tried 201 in vain")


async def _tries(desk: Desk, node: str) -> int:
    """How often the edge has refused this node a handset."""
    return (await desk.inside(node, "cat", CEL)).count(Milestone.ELSEWHERE)
