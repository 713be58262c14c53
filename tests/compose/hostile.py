"""Callers whose names and numbers are attacks: recorded as they are, and nothing comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from router.store.text import CALLER_LIMIT
from tests.compose.desk import Desk, ScenarioError, converse, expect, over
from tests.compose.stack import NODES
from tests.live.test_calls_hostile import NAMES, NUMBERS

if TYPE_CHECKING:
    from ops.phone import Call

MADE: Final = "/tmp/made"  # noqa: S108 (it must never be there)


async def hostile(desk: Desk) -> str:
    """Whatever a caller is called, the officer has him by his number, and it is on record."""
    nodes: set[str] = set()
    names: list[str | bytes] = list(NAMES.values())
    for name in names:
        number = desk.number()
        said = name.replace("%s", MADE) if isinstance(name, str) else name
        nodes.add(await _led(desk, await desk.line.call(number, said), number))
    for sent, kept in NUMBERS.values():
        number = kept.format(made=MADE)[:CALLER_LIMIT]
        calling = await desk.line.call(sent.format(made=quote(MADE)))
        nodes.add(await _led(desk, calling, number))
    for node in NODES:
        there = await desk.inside(node, "sh", "-c", f"ls {MADE} 2>/dev/null || true")
        expect(f"what was made at {node}", there, "")
    expect("nodes", sorted(nodes), sorted(NODES))
    return f"{len(NAMES)} names and {len(NUMBERS)} numbers"


async def _led(desk: Desk, calling: Call, number: str) -> str:
    """The call is led by the menu and recorded; gives its node."""
    desk.up.append(calling)
    await calling.answered()
    await calling.hears_sound()
    await calling.press("1")
    ring = await desk.take("201")
    if not ring.caller_name.startswith("KEBAKARAN"):
        raise ScenarioError(f"the handset shows {ring.caller_name}")
    await converse(calling, ring)
    await calling.hang_up()
    row = await desk.record(number, over)
    expect("record", (row["answered_by"], row["outcome"]), ("damkar", "answered"))
    return str(row["node"])
