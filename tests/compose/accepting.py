"""An agency accepts by a key what is handed over to it; till then the officer has the caller."""

from __future__ import annotations

import asyncio
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, Final

from tests.compose.desk import Desk, ScenarioError, converse, expect, over
from tests.compose.handing import SEND_TO_RSUD
from tests.compose.keys import three
from tests.compose.plan import with_confirm
from tests.compose.planned import planned
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from tests.compose.desk import Talk

ACCEPT: Final = "*0"
CONFIRM_S: Final = 6


async def accepted(desk: Desk) -> str:
    """By each node: who does not press is let go again; who presses has the caller.

    First by the other node's command line, which says so, then by keys of the officer's handset.
    """
    async with planned(desk, lambda path: with_confirm(path, CONFIRM_S)):
        await desk.log_in(("101", "201", "301"))
        await desk.by_turns()
        talks = [await desk.talk("0", "101"), await desk.talk("1", "201")]
        nodes = [await _handed(desk, talk) for talk in talks]
    expect("nodes", sorted(nodes), sorted(NODES))
    return f"not accepted within {CONFIRM_S} s, then accepted, at {', '.join(nodes)}"


async def _handed(desk: Desk, talk: Talk) -> str:
    """The caller is handed over twice; gives the node."""
    row = await desk.record(talk.number, lambda row: row["answered"] is not None)
    other = next(node for node in NODES if node != row["node"])
    await _not_accepted(desk, talk, other, row["id"])
    await talk.ring.press_many(SEND_TO_RSUD)
    agency = await desk.take("301")
    await three(talk.calling, talk.ring, agency)
    await agency.press_many(ACCEPT)
    await talk.ring.ended()
    await converse(talk.calling, agency)
    await talk.calling.hang_up()
    await agency.ended()
    row = await desk.record(talk.number, over)
    legs = [
        (leg["kind"], leg["handset"], leg["end"], leg["accepted"] is not None)
        for leg in row["legs"]
    ]
    wanted = [
        ("route", talk.ring.extension, "released", False),
        ("transfer", "301", "released", False),
        ("transfer", "301", "call_ended", True),
    ]
    expect("legs", legs, wanted)
    return str(row["node"])


async def _not_accepted(desk: Desk, talk: Talk, node: str, call: str) -> None:
    """The agency answers and presses nothing: it is let go, and the two talk on."""
    sending = asyncio.create_task(desk.command(node, "dispatch", "transfer", call, "rsud"))
    agency = await desk.take("301")
    await three(talk.calling, talk.ring, agency)
    await agency.ended()
    try:
        said = await sending
    except CalledProcessError as error:
        expect("exit status", error.returncode, 1)
        said = error.stdout
    if f"tidak menerima dalam {CONFIRM_S} detik" not in said:
        raise ScenarioError(f"{node} says: {said}")
    await converse(talk.calling, talk.ring)
