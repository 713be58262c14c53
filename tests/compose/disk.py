"""The nodes' disks are full: no call is stopped, somebody is told, and records are whole after."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from tests.compose.desk import Desk, ScenarioError, converse, expect, over
from tests.compose.outages import no_menu, no_python
from tests.compose.renewed import renewed
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from tests.compose.desk import Talk

DISK_MB: Final = 64
HOME: Final = "/var/lib/siaga112"
BALLAST: Final = f"{HOME}/ballast"
LOW, MISSING = "disk_low", "recording_missing"
TOLD_S: Final = 90.0
_SPACE: Final = ("stat", "-f", "-c", "%S %b %a", HOME)
"""Tells the size of a block, how many there are, and how many are free."""
_FILL: Final = f"""
dd if=/dev/zero bs=1M count={DISK_MB} of={BALLAST}
dd if=/dev/zero bs=4k count=256 >>{BALLAST}
dd if=/dev/zero bs=1 count=4096 >>{BALLAST}
"""
"""No more than the small disk is large, whichever disk it were."""


def _small() -> dict[str, Any]:
    """Homes in memory, of a size that can be filled."""
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={DISK_MB}m,uid=10112,gid=10112"}
    return {
        "services": {node: {"volumes": [f"small-{node}:{HOME}"]} for node in NODES},
        "volumes": {f"small-{node}": {"driver_opts": options} for node in NODES},
    }


async def full_disk(desk: Desk) -> str:
    """Calls from before, of the time and from after it, by each node: led, and on record.

    The last have their whole recordings; meanwhile handsets log in, and alarms tell of it.
    """
    async with renewed(desk, _small()):
        return await _through(desk, nullcontext(), tier=1, tells=True)


async def full_disk_no_menu(desk: Desk) -> str:
    """The same, and the menu's server goes away meanwhile."""
    async with renewed(desk, _small()):
        return await _through(desk, no_menu(desk), tier=2, tells=True)


async def full_disk_no_python(desk: Desk) -> str:
    """The same, and all programs of ours go away meanwhile: nobody can write what happens.

    All are led, and each has one record; of a call that begins then it tells no more than that a
    human had it.
    """
    async with renewed(desk, _small()):
        return await _through(desk, no_python(desk), tier=None, tells=False)


async def _through(
    desk: Desk, away: AbstractAsyncContextManager[None], *, tier: int | None, tells: bool
) -> str:
    """Six calls before, while and after the disk is full; for a part of that something is away.

    Args:
        desk: of the containers.
        away: while some calls begin and others end.
        tier: of those that begin then; None: nobody can write what becomes of them.
        tells: whether the alarms tell of it then.
    """
    await desk.log_in(("101", "201"))
    before = await _pair(desk, ("1", "201"), ("0", "101"))
    for node in NODES:
        await _fill(desk, node)
    began, told = time.monotonic(), ""
    async with away:
        await desk.log_in(("301", "401"))
        during = await _pair(desk, ("2", "301"), ("3", "401"))
        for talk in before:
            await converse(talk.calling, talk.ring)
            await talk.calling.hang_up()
        if tells:
            for node in NODES:
                await _told(desk, node)
            told = f", told after {time.monotonic() - began:.1f} s"
        for node in NODES:
            await desk.inside(node, "rm", BALLAST)
    for talk in during:
        await converse(talk.calling, talk.ring)
        await talk.calling.hang_up()
    after = await _pair(desk, ("1", "201"), ("0", "101"))
    for talk in after:
        await talk.calling.hang_up()
    await _recorded(desk, before, tier=1, whole=False)
    if tier is None:
        rows = [row for talk in during for row in await desk.rows(talk.number, 1)]
        expect("nodes", sorted(row["node"] for row in rows), sorted(NODES))
        expect("outcomes", {row["outcome"] for row in rows}, {"answered"})
    else:
        await _recorded(desk, during, tier=tier, whole=False)
    await _recorded(desk, after, tier=1, whole=True)
    return f"{DISK_MB} MB of each node full: six calls led and on record{told}"


async def _pair(desk: Desk, *calls: tuple[str, str]) -> list[Talk]:
    """A talk by each node: these keys, and whose handset rings then."""
    await desk.by_turns()
    return [await desk.talk(*call) for call in calls]


async def _fill(desk: Desk, node: str) -> None:
    """Take the last byte of a node's disk, which must be the small one."""
    size, whole, _ = await _space(desk, node)
    expect("size of the disk", size * whole, DISK_MB << 20)
    await desk.inside(node, "sh", "-c", f"({_FILL}) 2>/dev/null || true")
    expect("free blocks", (await _space(desk, node))[2], 0)


async def _space(desk: Desk, node: str) -> list[int]:
    return [int(word) for word in (await desk.inside(node, *_SPACE)).split()]


async def _told(desk: Desk, node: str) -> None:
    """The node's alarms tell that its disk is full, and that a recording is not whole."""
    found: set[str] = set()
    deadline = time.monotonic() + TOLD_S
    while not {LOW, MISSING} <= found:
        if time.monotonic() > deadline:
            raise ScenarioError(f"alarms of {node}: {found}")
        found = {row["alarm"] for row in await desk.alarms(node)}


async def _recorded(desk: Desk, talks: list[Talk], *, tier: int, whole: bool) -> None:
    """Each has its record, one of each node, and its recording when it must."""

    def complete(row: Mapping[str, Any]) -> bool:
        return over(row) and (row["recording_sha256"] is not None or not whole)

    rows = [await desk.record(talk.number, complete) for talk in talks]
    told = {(row["outcome"], row["tier"]) for row in rows}
    expect("outcome and tier", told, {("answered", tier)})
    handsets = [talk.ring.extension for talk in talks]
    expect("handsets", [row["handset"] for row in rows], handsets)
    expect("nodes", sorted(row["node"] for row in rows), sorted(NODES))
