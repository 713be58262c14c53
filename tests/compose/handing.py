"""Who has the caller changes: an agency by keys, a supervisor's handset by the command line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from tests.compose.desk import Desk, converse, expect, over
from tests.compose.plan import SUPERVISOR
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

SEND_TO_RSUD: Final = "*23"


async def sent_on(desk: Desk) -> str:
    """By keys an officer sends the caller to an agency, and is let go when it answers."""
    talk = await desk.talk("0", "101")
    await talk.ring.press_many(SEND_TO_RSUD)
    agency = await desk.take("301")
    await talk.ring.ended()
    await converse(talk.calling, agency)
    await talk.calling.hang_up()
    row = await desk.record(talk.number, over)
    rsud = ("transfer", "301", "call_ended")
    expect("legs", _legs(row), [("route", "101", "released"), rsud])
    return f"at {row['node']}"


async def taken_over(desk: Desk) -> str:
    """By the other node's command line a handset takes a talk over; till it answers they talk."""
    talk = await desk.talk("0", "101")
    row = await desk.record(talk.number, lambda row: row["answered"] is not None)
    other = next(node for node in NODES if node != row["node"])
    try:
        await desk.log_in([SUPERVISOR])
        words = ("dispatch", "take-over", row["id"], SUPERVISOR)
        taking = asyncio.create_task(desk.command(other, *words))
        ring = await desk.ring(SUPERVISOR)
        await converse(talk.calling, talk.ring)
        await ring.answer()
        await talk.ring.ended()
        await taking
        await converse(talk.calling, ring)
        await talk.calling.hang_up()
    finally:
        await desk.bank.unregister(SUPERVISOR, desk.passwords[SUPERVISOR])
    row = await desk.record(talk.number, over)
    taken = ("take_over", SUPERVISOR, "call_ended")
    expect("legs", _legs(row), [("route", "101", "released"), taken])
    return f"a talk of {row['node']}, by {other}"


def _legs(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [(leg["kind"], leg["handset"], leg["end"]) for leg in row["legs"]]
