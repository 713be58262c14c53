"""More calls than the menus are for, and more than both nodes take."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.phone import Ended
from tests.compose.desk import Desk, ScenarioError, Talk, converse, expect, over
from tests.compose.outages import no_menu, no_python
from tests.compose.renewed import renewed
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SOFT, HARD = 2, 3
"""Of each node: calls that have the menu, calls that are taken."""
MENU: Final = (("1", "201"), ("2", "301"), ("3", "401"), ("1", "202"))
"""Keys of as many callers as the menus of both nodes are for, and whose handsets ring then."""
PAST: Final = ("101", "102")
"""Which ring for those above that."""
LATER: Final = ("202", "102")
REFUSED: Final = "refused"
RETRY_AFTER: Final = "Retry-After"
_LOW: Final = {
    "environment": {
        "SIAGA_MAX_CALLS": str(SOFT),
        "SIAGA_HARD_CALLS": str(HARD),
        "SIAGA_MAX_LOAD": "0",
    }
}


async def overload(desk: Desk) -> str:
    """Above the menus' limit operators ring at once; what one node refuses the other takes.

    Only when both are full the caller is refused, with the time after which to try again.
    """
    async with _low(desk):
        return await _moving(desk, 1)


async def overload_no_menu(desk: Desk) -> str:
    """The same with the menu's server away: the standby script leads those below the limit."""
    async with _low(desk), no_menu(desk):
        return await _moving(desk, 2)


async def overload_no_python(desk: Desk) -> str:
    """With no program of ours left the limits hold, and the records come later."""
    async with _low(desk):
        async with no_python(desk):
            crowd = await _crowd(desk)
            for talk in (*crowd.below, *crowd.above):
                await converse(talk.calling, talk.ring)
        await desk.clear()
        menu, past = await _recorded(desk, crowd, 3)
        expect("to be called back", await _listed(desk, crowd.refused), set(crowd.refused))
        return f"{menu} led by the menu, {past} past it, {len(crowd.refused)} refused by both nodes"


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Who has the menu, who is led past it, and the numbers of those who were refused."""

    below: list[Talk]
    above: list[Talk]
    refused: list[str]


@asynccontextmanager
async def _low(desk: Desk) -> AsyncIterator[None]:
    """Nodes that take few; whoever is still there leaves at the end."""
    async with renewed(desk, {"services": dict.fromkeys(NODES, _LOW)}):
        try:
            yield
        finally:
            await desk.clear()
            for extension in LATER:
                await desk.bank.unregister(extension, desk.passwords[extension])


async def _crowd(desk: Desk) -> _Crowd:
    """As many call as both nodes take, and two more."""
    await desk.by_turns()
    below = [await _talk(desk, *each) for each in MENU]
    above = [await _talk(desk, "", extension) for extension in PAST]
    for talk in above:
        expect("shown", talk.ring.caller_name, "TANPA MENU")
    return _Crowd(below, above, [await _refused(desk) for _ in NODES])


async def _recorded(desk: Desk, crowd: _Crowd, tier: int) -> tuple[int, int]:
    """The records of all of them; gives how many the menu led, and how many not."""
    menu = await _led(desk, [talk.number for talk in crowd.below], "digit", tier)
    past = await _led(desk, [talk.number for talk in crowd.above], "overload", None)
    for number in crowd.refused:
        expect("refused by", await _nodes(desk, number), sorted(NODES))
    return menu, past


async def _moving(desk: Desk, tier: int) -> str:
    """Of the crowd one leaves, others come, one of them is refused."""
    crowd = await _crowd(desk)
    *stay, leaves = crowd.above
    again = await _refilled(desk, leaves)
    crowd.refused.append(await _refused(desk))
    for talk in (*crowd.below, *stay):
        await converse(talk.calling, talk.ring)
    await desk.clear()
    menu, past = await _recorded(desk, crowd, tier)
    refused = crowd.refused
    expect("to be called back", await _listed(desk, [*refused, *again]), set(refused))
    return (
        f"{menu} led by the menu, {past} past it, {len(refused)} refused by both nodes, "
        f"{len(again)} taken by the one that had room again"
    )


async def _talk(desk: Desk, key: str, extension: str) -> Talk:
    """A call that this handset takes; it logs in for it, so that no other call rings there."""
    await desk.log_in([extension])
    talk = await desk.talk(key, extension)
    expect("rang", talk.ring.caller_number, talk.number)
    return talk


async def _refused(desk: Desk) -> str:
    """Somebody calls and is refused in words that carriers know; gives the number."""
    number = desk.number()
    calling = await desk.line.call(number)
    desk.up.append(calling)
    end = await calling.ended()
    expect("a call too many", (end.by, end.status), (Ended.REFUSED, 503))
    if calling.refusal is None or not calling.refusal.first(RETRY_AFTER):
        raise ScenarioError(f"no {RETRY_AFTER}")
    return number


async def _refilled(desk: Desk, leaves: Talk) -> list[str]:
    """As many call as there are nodes, each when the one before has left: all at one node.

    Nodes are asked by turns, so that the other one refuses one of them first. Gives their numbers.
    """
    taken, node = [leaves], ""
    for _ in NODES:
        await taken[-1].calling.hang_up()
        # A node that refused it first has a record of that too.
        row = await desk.record(
            taken[-1].number, lambda row: over(row) and row["outcome"] != REFUSED
        )
        expect("the node with room", row["node"], node or row["node"])
        node = row["node"]
        taken.append(await desk.talk("", PAST[-1]))
    return [talk.number for talk in taken[1:]]


async def _listed(desk: Desk, numbers: list[str]) -> set[str]:
    """Which of these are on the call-back list of each node."""
    found: list[set[str]] = []
    for node in NODES:
        told = await desk.command(node, "callbacks", "--json")
        rows = [json.loads(line) for line in told.splitlines()]
        found.append({row["number"] for row in rows} & set(numbers))
    expect("the lists", found, found[:1] * len(found))
    return found[0]


async def _led(desk: Desk, numbers: list[str], choice: str, tier: int | None) -> int:
    """The records say so of these calls, as many of each node; gives how many."""
    rows = [await desk.record(number, over) for number in numbers]
    expect("choice", {(row["choice"], row["tier"]) for row in rows}, {(choice, tier)})
    nodes = [row["node"] for row in rows]
    expect(choice, [nodes.count(node) for node in NODES], [len(rows) // len(NODES)] * len(NODES))
    return len(rows)


async def _nodes(desk: Desk, number: str) -> list[str]:
    """The nodes that refused a call, by their records."""
    rows = await desk.rows(number, len(NODES))
    expect("outcome", {(row["outcome"], row["reason"]) for row in rows}, {(REFUSED, REFUSED)})
    return sorted(row["node"] for row in rows)
