"""Two callers of either node tell of one fire; humans say so on whichever node."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from tests.compose.desk import RECORD_S, Desk, ScenarioError, Talk, expect, over
from tests.compose.keys import ADD_RSUD
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

EMERGENCY: Final = "*41"
PLACE: Final = ("--district", "sangatta utara", "--text", "pasar induk", "--at", "0.5003,117.5364")
NEAR: Final = ("--at", "0.5101,117.5364")


async def one_fire(desk: Desk) -> str:
    """Each call opens an incident by keys; they are one then, with the unit that was brought in."""
    node1, node2 = NODES
    first = await desk.talk("0", "101")
    fire = await _opened(desk, first)
    await _said(desk, node1, "kind", str(fire["id"]), "fire")
    placed = await _said(desk, node2, "place", str(fire["id"]), *PLACE)
    expect("district", placed["district"]["name"], "Sangatta Utara")
    await first.calling.hang_up()
    second = await desk.talk("0", "101")
    same = await _opened(desk, second)
    expect("sent", same["units"], [])
    await second.ring.press_many(ADD_RSUD)
    agency = await desk.take("301")
    await desk.record(second.number, _has_come)
    same = await _one(desk, node2, same["id"])
    expect("sent", [unit["agency"] for unit in same["units"]], ["rsud"])
    await _said(desk, node2, "kind", str(same["id"]), "fire")
    near = await _said(desk, node1, "place", str(same["id"]), *NEAR)
    expect(
        "near", [(each["id"], each["why"]) for each in near["maybe"]], [(fire["id"], "position")]
    )
    joined = await _said(desk, node2, "merge", str(same["id"]), str(fire["id"]))
    await second.calling.hang_up()
    await agency.ended()
    rows = [await desk.record(each.number, over) for each in (first, second)]
    expect("calls", joined["calls"], [row["id"] for row in rows])
    expect("state", joined["state"], "dispatched")
    over_ = await _said(desk, node1, "close", str(fire["id"]), "--why", "padam")
    for node in NODES:
        expect(f"told by {node}", await _one(desk, node, fire["id"]), over_)
    expect("end", (over_["state"], over_["how"]), ("closed", "done"))
    return f"calls of {' and '.join(row['node'] for row in rows)}"


def _has_come(row: Mapping[str, Any]) -> bool:
    """Whoever was brought in talks."""
    return any(leg["kind"] == "add" and leg["joined"] is not None for leg in row["legs"])


async def _opened(desk: Desk, talk: Talk) -> dict[str, Any]:
    """The officer says that it is an emergency; its incident."""
    await talk.ring.press_many(EMERGENCY)
    row = await desk.record(talk.number, lambda row: row["class"] == "emergency")
    deadline = time.monotonic() + RECORD_S
    while time.monotonic() < deadline:
        told = await desk.command(next(iter(NODES)), "incidents", "--json")
        for line in told.splitlines():
            found: dict[str, Any] = json.loads(line)
            if row["id"] in found["calls"]:
                return found
    raise ScenarioError(f"no incident of {row['id']}: {told}")


async def _said(desk: Desk, node: str, *words: str) -> dict[str, Any]:
    """``incidents …`` on a node; how the incident is then, as the other node tells."""
    told = await desk.command(node, "incidents", *words, "--by", "Ani")
    other = next(each for each in NODES if each != node)
    return await _one(desk, other, int(told.split()[0]))


async def _one(desk: Desk, node: str, number: int) -> dict[str, Any]:
    told = await desk.command(node, "incidents", "show", str(number), "--json")
    found: dict[str, Any] = json.loads(told)
    return found
