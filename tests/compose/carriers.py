"""A carrier that answers no more: calls that are up go on, callers of another get through."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from aiohttp import ClientSession

from ops.phone import CallerLine, HandsetBank
from ops.runtime import find_runtime
from siaga import settings
from siaga.plan.trunks import OWN
from tests.compose.desk import Desk, ScenarioError, Talk, converse, expect, over
from tests.compose.plan import with_carrier
from tests.compose.planned import planned
from tests.compose.stack import ADDRESS, CONSOLES, EDGE_PORT, NODES

if TYPE_CHECKING:
    from collections.abc import Iterator

NORTH: Final = "127.0.0.31"
"""Where the carrier is that dies; callers of another come from elsewhere."""
TRUNK: Final = "north"
OUTSIDE: Final = "0549123456"
NO_ANSWER, UNAVAILABLE = "no_answer", "unavailable"
TRUNK_DEAD: Final = "trunk_dead"
KNOWN_S: Final = 40.0
"""Longest until a node knows that a trunk is dead, or lives."""
TOLD_S: Final = 100.0
"""Longest until it is an alarm: when it has been so for 60 s."""
CALLS: Final = 4
"""So many callers come at most until each node has had one."""


async def dying_carrier(desk: Desk) -> str:
    """It has a caller of ours and rings an operator's number outside, and stops answering.

    Both talk on, other carriers' callers are led to the next contact, both nodes raise an alarm;
    when it lives again that number is rung again.
    """
    sipp = find_runtime(settings.load()).sipp
    async with (
        CallerLine(sipp, (ADDRESS, EDGE_PORT), address=NORTH) as line,
        HandsetBank(sipp, (ADDRESS, EDGE_PORT), NORTH) as far,
        planned(
            desk,
            partial(with_carrier, name=TRUNK, host=NORTH, port=far.address[1], number=OUTSIDE),
        ),
    ):
        await _edge_anew(desk)
        await desk.bank.unregister("101", desk.passwords["101"])
        caller = await _calls_by(desk, line)
        operator = await _rings_at(desk, far)
        with _dead(line, far):
            died = time.monotonic()
            for talk in (caller, operator):
                await converse(talk.calling, talk.ring)
            _, unheard = await _led(desk, {NO_ANSWER, UNAVAILABLE})
            await _over(desk, caller, operator)
            await _known(well=False)
            calls = await _led_by_both(desk)
            await _alarmed(desk)
            told_s = time.monotonic() - died
        await _known(well=True)
        if unheard == NO_ANSWER:
            await far.ring(OUTSIDE)  # It had heard it, and nobody waits any more.
        again = await _rings_at(desk, far)
        await again.calling.hang_up()
    await _edge_anew(desk)
    return f"{calls} calls led on at once by both nodes, told after {told_s:.1f} s, used again"


async def _edge_anew(desk: Desk) -> None:
    """The edge is restarted: it knows the plan's trunks when it begins."""
    await asyncio.to_thread(desk.stack.run, "restart", "edge")
    await desk.healthy("edge")


async def _calls_by(desk: Desk, line: CallerLine) -> Talk:
    """A caller of the carrier talks with BPBD."""
    number = desk.number()
    calling = await line.call(number)
    desk.up.append(calling)
    await calling.answered()
    await calling.hears_sound()
    await calling.press("4")
    ring = await desk.take("401")
    await converse(calling, ring)
    return Talk(number, calling, ring)


async def _rings_at(desk: Desk, far: HandsetBank) -> Talk:
    """A caller of another talks with an operator at a number outside."""
    number, calling = await desk.call("0")
    ring = await far.ring(OUTSIDE)
    desk.up.append(ring)
    await ring.alert()
    await ring.answer()
    await converse(calling, ring)
    return Talk(number, calling, ring)


@contextmanager
def _dead(line: CallerLine, far: HandsetBank) -> Iterator[None]:
    """For the block it hears everything and says nothing; audio has another way."""
    pids = [each.sipp.pid for each in (line, far)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def _led(desk: Desk, results: set[str]) -> tuple[str, str]:
    """A caller for the operators is led past the number outside to Damkar.

    Gives the node, and what came of that number.
    """
    number, calling = await desk.call("0")
    ring = await desk.take("201")
    await converse(calling, ring)
    await calling.hang_up()
    row = await desk.record(number, over)
    absent, outside, damkar = [
        (step["agency"], step["kind"], step["result"]) for step in row["steps"]
    ]
    expect("queue", absent, ("kominfo", "queue", UNAVAILABLE))
    expect("outside", outside[:2], ("kominfo", "pstn"))
    if outside[2] not in results:
        raise ScenarioError(f"the number outside: {outside[2]}, none of {results}")
    expect("next", damkar, ("damkar", "queue", "answered"))
    expect("trunk", row["trunk"], OWN)
    return str(row["node"]), outside[2]


async def _led_by_both(desk: Desk) -> int:
    """Known to be dead, the trunk is not rung over, by either node; gives how many called."""
    nodes: set[str] = set()
    for calls in range(1, CALLS + 1):
        nodes.add((await _led(desk, {UNAVAILABLE}))[0])
        if nodes == set(NODES):
            return calls
    raise ScenarioError(f"{CALLS} calls were led by {nodes} alone")


async def _over(desk: Desk, caller: Talk, operator: Talk) -> None:
    """Both talks end on the side that lives, and who talked is free for the next."""
    await caller.ring.hang_up()
    await operator.calling.hang_up()
    row = await desk.record(caller.number, over)
    told = row["outcome"], row["reason"], row["handset"], row["trunk"]
    expect("its caller", told, ("answered", "handset_hung_up", "401", TRUNK))
    row = await desk.record(operator.number, over)
    told = row["outcome"], row["reason"], row["answered_by"], row["trunk"]
    expect("its number", told, ("answered", "caller_hung_up", "kominfo", OWN))
    talk = await desk.talk("4", "401")
    await talk.calling.hang_up()


async def _known(*, well: bool) -> None:
    """Wait until each node says so of the trunk."""
    async with ClientSession() as session:
        for node, port in CONSOLES.items():
            found, deadline = None, time.monotonic() + KNOWN_S
            while found is not well:
                if time.monotonic() > deadline:
                    raise ScenarioError(f"{node} says of the trunk: {found}")
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    parts = {each["name"]: each["ok"] for each in (await answer.json())["parts"]}
                found = parts.get(f"trunk-{TRUNK}")


async def _alarmed(desk: Desk) -> None:
    """Wait until each node's alarms tell of this trunk, and of no other."""
    deadline = time.monotonic() + TOLD_S
    for node in NODES:
        dead: list[str] = []
        while not dead:
            if time.monotonic() > deadline:
                raise ScenarioError(f"no {TRUNK_DEAD} at {node}")
            dead = [row["subject"] for row in await desk.alarms(node) if row["alarm"] == TRUNK_DEAD]
        expect("dead trunks", dead, [TRUNK])
