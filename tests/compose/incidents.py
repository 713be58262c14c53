"""Two callers of either node tell of one fire; humans say so on whichever node."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from tests.compose.desk import RECORD_S, Desk, ScenarioError, Talk, expect, over
from tests.compose.keys import ADD_RSUD
from tests.compose.stack import NODES

EMERGENCY: Final = "*41"
PLACE: Final = ("--district", "sangatta utara", "--text", "pasar induk", "--at", "0.5003,117.5364")
NEAR: Final = ("--at", "0.5101,117.5364")


async def one_fire(desk: Desk) -> str:
    """Each call opens an incident by keys; they are one then, with the unit that was brought in."""
    node1, node2 = NODES
    first, fire = await _opened(desk)
    await _said(desk, node1, "kind", str(fire["id"]), "fire")
    placed = await _said(desk, node2, "place", str(fire["id"]), *PLACE)
    expect("district", placed["district"]["name"], "Sangatta Utara")
    await first.calling.hang_up()
    second, same = await _opened(desk)
    await second.ring.press_many(ADD_RSUD)
    agency = await desk.take("301")
    await _sent(desk, same["id"], "rsud")
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


async def _opened(desk: Desk) -> tuple[Talk, dict[str, Any]]:
    """A talk of which the officer says that it is an emergency, and its incident."""
    talk = await desk.talk("0", "101")
    await talk.ring.press_many(EMERGENCY)
    row = await desk.record(talk.number, lambda row: row["class"] == "emergency")
    deadline = time.monotonic() + RECORD_S
    while time.monotonic() < deadline:
        told = await desk.command(next(iter(NODES)), "incidents", "--json")
        for line in told.splitlines():
            found: dict[str, Any] = json.loads(line)
            if row["id"] in found["calls"]:
                return talk, found
    raise ScenarioError(f"no incident of {row['id']}: {told}")


async def _sent(desk: Desk, number: int, agency: str) -> None:
    """Wait until it stands there that this agency alone was sent."""
    deadline = time.monotonic() + RECORD_S
    units: list[str] = []
    while units != [agency]:
        if time.monotonic() > deadline:
            raise ScenarioError(f"sent: {units}")
        row = await _one(desk, next(iter(NODES)), number)
        units = [unit["agency"] for unit in row["units"]]


async def _said(desk: Desk, node: str, *words: str) -> dict[str, Any]:
    """``incidents …`` on a node; how the incident is then, as the other node tells."""
    told = await desk.command(node, "incidents", *words, "--by", "Ani")
    other = next(each for each in NODES if each != node)
    return await _one(desk, other, int(told.split()[0]))


async def _one(desk: Desk, node: str, number: int) -> dict[str, Any]:
    told = await desk.command(node, "incidents", "show", str(number), "--json")
    found: dict[str, Any] = json.loads(told)
    return found
