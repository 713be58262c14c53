"""Containers of an older program are replaced by today's on the same volumes, and lose nothing."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ops.runtime import find_runtime
from siaga import settings
from tests.compose.calls import HANDSET, account, call, passwords, recorded, say, several, told_by
from tests.compose.console import NEW, reader
from tests.compose.stack import CONSOLES, EDGE_PORT, NODES, READY_S, SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.compose.stack import Stack


async def upgrade(stack: Stack, old: Stack, *, rolling: bool) -> None:
    """What the old images recorded is there under the new ones, which take calls on its volumes.

    Args:
        stack: by today's images.
        old: the same containers by the old ones, up.
        rolling: a node is replaced while the other takes calls; all at once otherwise.

    Raises:
        AssertionError: a record is lost.
    """
    today = {EDGE_PORT: passwords(stack, [HANDSET])[HANDSET]}
    # Before handsets were at an edge each node had its own password for them.
    logins = today if rolling else {port: told_by(old, node) for node, port in NODES.items()}
    async with reader(CONSOLES["node1"], "trial", account(old, "operator")) as console:
        await several(logins, console, 0)
        before = {row["id"] for row in await console.calls()}
    began = time.monotonic()
    numbers = await _one_by_one(stack, today) if rolling else await _at_once(stack)
    say(f"today's images, healthy {time.monotonic() - began:.1f} s after they were asked for")
    async with reader(CONSOLES["node1"], "trial", NEW) as console:
        for number in numbers:
            say(f"call {number} meanwhile: record of {await recorded(console, number)}")
        lost = before - {row["id"] for row in await console.calls()}
        if lost or not before:
            raise AssertionError(f"lost: {lost}")
        say(f"{len(before)} records of before are there")
        await several(today, console, 10)


async def _at_once(stack: Stack) -> list[str]:
    await asyncio.to_thread(stack.run, "up", "-d", timeout_s=READY_S)
    await asyncio.to_thread(stack.until_healthy, *SERVICES)
    return []


async def _one_by_one(stack: Stack, logins: Mapping[int, str]) -> list[str]:
    """As the runbook says; somebody calls while a node is away. Gives their numbers."""
    sipp, numbers = find_runtime(settings.load()).sipp, []
    for index, service in enumerate((*NODES, "edge"), 20):
        words = ("up", "-d", "--no-deps", service)
        replaced = asyncio.create_task(asyncio.to_thread(stack.run, *words, timeout_s=READY_S))
        if service in NODES:
            await asyncio.to_thread(stack.until_unhealthy, service)
            numbers.append(f"0812000000{index:02d}")
            waited = await call(sipp, logins, numbers[-1])
            say(f"{service} away: a call was answered after {waited * 1000:.0f} ms")
        await replaced
        await asyncio.to_thread(stack.until_healthy, service)
        say(f"{service} replaced")
    return numbers
