"""Scenarios in which a part of the containers is away: callers are led all the same."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from tests.compose.desk import Desk, converse, expect, over
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SUPERVISOR: Final = (
    ".runtime/venv/bin/supervisorctl",
    *("-c", "/var/lib/siaga112/etc/supervisord.conf"),
)
STANDBY: Final = "/var/lib/siaga112/agi-bin/standby"


async def _reached(desk: Desk) -> str:
    """Somebody calls, presses, and talks; gives their number."""
    number, calling = await desk.call("1")
    ring = await desk.ring("201")
    await ring.answer()
    await converse(calling, ring)
    await calling.hang_up()
    return number


async def _by_both(desk: Desk) -> list[str]:
    """As many call as there are nodes; gives their numbers."""
    await desk.by_turns()
    return [await _reached(desk) for _ in NODES]


@asynccontextmanager
async def without(desk: Desk, *parts: str) -> AsyncIterator[None]:
    """These programs are stopped on both nodes; afterwards they run again."""
    for node in NODES:
        await desk.inside(node, *SUPERVISOR, "stop", *parts)
    try:
        yield
    finally:
        for node in NODES:
            await desk.inside(node, *SUPERVISOR, "start", *parts)
        await desk.healthy(*NODES)


@asynccontextmanager
async def no_menu(desk: Desk) -> AsyncIterator[None]:
    """The menu's server is stopped: the standby script leads callers."""
    async with without(desk, "ivr"):
        yield


@asynccontextmanager
async def no_python(desk: Desk) -> AsyncIterator[None]:
    """No program of ours is left: the dialplan leads callers."""
    for node in NODES:
        await desk.inside(node, "mv", STANDBY, f"{STANDBY}.away")
    try:
        async with without(desk, "ivr", "router", "console"):
            yield
    finally:
        for node in NODES:
            await desk.inside(node, "mv", f"{STANDBY}.away", STANDBY)


async def menu_away(desk: Desk) -> str:
    """With the menu's server away the standby script leads callers, by either node."""
    async with no_menu(desk):
        numbers = await _by_both(desk)
    return await _led(desk, numbers, 2)


async def python_away(desk: Desk) -> str:
    """With no program of ours left the dialplan leads callers, and their records come later."""
    async with no_python(desk):
        numbers = await _by_both(desk)
    return await _led(desk, numbers, 3)


async def database_away(desk: Desk) -> str:
    """With PostgreSQL stopped calls are led as ever, and their records come when it is back."""
    await asyncio.to_thread(desk.stack.run, "stop", "postgres")
    try:
        numbers = await _by_both(desk)
    finally:
        await asyncio.to_thread(desk.stack.run, "start", "postgres")
        await desk.healthy("postgres")
    return await _led(desk, numbers, 1)


async def _led(desk: Desk, numbers: list[str], tier: int) -> str:
    """The records say which tier led these calls to Damkar, and by which nodes."""
    nodes = []
    for number in numbers:
        row = await desk.record(number, over)
        told = row["emergency"], row["answered_by"], row["outcome"], row["tier"]
        expect("record", told, ("fire", "damkar", "answered", tier))
        nodes.append(row["node"])
    expect("nodes", sorted(nodes), sorted(NODES))
    return f"tier {tier} on both nodes"
