"""A node is added as the runbook says, while somebody talks."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ops.phone import CallerLine, HandsetBank
from ops.runtime import find_runtime
from siaga import settings
from tests.compose.calls import (
    HANDSET,
    account,
    passwords,
    recorded,
    say,
    several,
)
from tests.compose.console import NEW, reader
from tests.compose.desk import converse
from tests.compose.stack import ADDRESS, CONSOLES, DESKS, EDGE_PORT, NODES, READY_S, SERVICES

if TYPE_CHECKING:
    from tests.compose.stack import Stack

NODE: Final = "node3"
SIP_PORT: Final = 5090
CONSOLE: Final = 8312
"""As docker-compose.yml has it."""
NUMBER: Final = "081200000090"


def with_third(stack: Stack) -> Stack:
    """The same with the node that the runbook adds."""
    return replace(stack, third=f"{ADDRESS}:{SIP_PORT}")


async def third(stack: Stack) -> None:
    """Two nodes, then three: nobody who talks is cut off, and each of the three takes calls.

    Raises:
        AssertionError: a node takes none, or is not listed.
    """
    word, first = passwords(stack, [HANDSET])[HANDSET], account(stack, "operator")
    logins = {EDGE_PORT: word}
    async with reader(CONSOLES["node1"], "trial", first) as console:
        await several(logins, console, 0)
        await _added(stack, word)
        say(f"the call that was up meanwhile: record of {await recorded(console, NUMBER)}")
        took = await several(logins, console, 10) | await several(logins, console, 20)
        if took != {*NODES, NODE}:
            raise AssertionError(f"all calls went to {took}")
        known = {row["id"] for row in await console.calls()}
    async with reader(CONSOLE, "trial", NEW) as console:
        if {row["id"] for row in await console.calls()} != known:
            raise AssertionError(f"{NODE}'s console has other records")
    listed = stack.run("exec", "-T", "node1", "./siaga112", "nodes")
    if NODE not in listed:
        raise AssertionError(f"not listed: {listed}")
    say(f"{len(known)} records on the consoles of node1 and {NODE}; nodes:\n{listed.rstrip()}")


async def _added(stack: Stack, word: str) -> None:
    """What the runbook says, with a caller and an officer who talk all the time."""
    sipp = find_runtime(settings.load()).sipp
    more = with_third(stack)
    async with AsyncExitStack() as doors:
        line = await doors.enter_async_context(CallerLine(sipp, (ADDRESS, EDGE_PORT)))
        bank = await doors.enter_async_context(HandsetBank(sipp, (ADDRESS, EDGE_PORT), DESKS))
        await bank.register(HANDSET, word)
        calling = await line.call(NUMBER)
        await calling.answered()
        await calling.hears_sound()
        await calling.press_many("1")
        ring = await bank.ring(HANDSET)
        await ring.alert()
        await ring.answer()
        await converse(calling, ring)
        began = time.monotonic()
        await asyncio.to_thread(more.run, "up", "-d", "--no-build", timeout_s=READY_S)
        await asyncio.to_thread(more.until_healthy, *SERVICES, NODE)
        say(f"{NODE} and a new edge healthy after {time.monotonic() - began:.1f} s")
        await converse(calling, ring)
        await calling.hang_up()
        await bank.unregister(HANDSET, word)
