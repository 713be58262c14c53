"""Who gave up is called back by either node, and again after a while when he does not answer."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Final

from ops.phone import Ended, HandsetBank
from ops.phone.transfer import dial
from ops.runtime import find_runtime
from siaga import settings
from siaga.keys import CALLBACK_KEYS
from tests.compose.calls import CALLER_HZ, OFFICER_HZ
from tests.compose.desk import RECORD_S, Desk, ScenarioError, expect, over
from tests.compose.numbers import listed, nobody_waits, outside, waiting
from tests.compose.plan import with_trunk
from tests.compose.planned import planned
from tests.compose.renewed import renewed
from tests.compose.stack import ADDRESS, CARRIERS, EDGE_PORT, NODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.phone import Call, Ring

TRIES: Final = 3
GAP_S: Final = 10
BUSY, ABSENT = 486, 480
_RULE: Final = {
    "environment": {"SIAGA_CALLBACK_TRIES": str(TRIES), "SIAGA_CALLBACK_GAP": str(GAP_S)}
}


async def called_again(desk: Desk) -> str:
    """One is reached at the last try, one is not: by either node, and not before the time.

    An operator who gives up while it rings has not tried.
    """
    sipp = find_runtime(settings.load()).sipp
    async with (
        renewed(desk, {"services": dict.fromkeys(NODES, _RULE)}),
        HandsetBank(sipp, (ADDRESS, EDGE_PORT), CARRIERS) as far,
        planned(desk, lambda path: with_trunk(path, *far.address)),
    ):
        await nobody_waits(desk)
        reached = await _left(desk)
        by = [await _given_up(desk, far, reached)]
        by += [await _refused(desk, far, reached, status) for status in (BUSY, ABSENT)]
        by.append(await _answered(desk, far, reached))
        await _closed(desk, reached, "reached", ["given_up", "no_answer", "no_answer", "answered"])
        lost = await _left(desk)
        by += [await _refused(desk, far, lost, BUSY) for _ in range(TRIES)]
        await _closed(desk, lost, "unreached", ["no_answer"] * TRIES)
        expect("nodes", sorted(set(by)), sorted(NODES))
    tried = ", ".join(f"{by.count(node)} by {node}" for node in NODES)
    return f"one reached at the third try, one not in {TRIES}: {tried}"


async def _left(desk: Desk) -> str:
    """Somebody hangs up in the menu, and is on both lists; gives the number."""
    number, calling = await desk.call("")
    await calling.hang_up()
    await desk.record(number, over)
    await listed(desk, number, listed=True)
    return number


async def _pressed(desk: Desk) -> Call:
    asked = await dial(desk.desk, "101", desk.passwords["101"], CALLBACK_KEYS)
    desk.up.append(asked)
    return asked


async def _rung(desk: Desk, far: HandsetBank, number: str) -> tuple[Call, Ring, str]:
    """By the key his telephone rings; gives both sides, and the node."""
    asked = await _pressed(desk)
    ring = await far.ring(outside(number))
    await ring.alert()
    node = next(node for node, port in NODES.items() if b":%d" % port in ring.invite.first("Via"))
    return asked, ring, node


async def _given_up(desk: Desk, far: HandsetBank, number: str) -> str:
    """The operator hangs up while it rings; he is on the list as before."""
    asked, ring, node = await _rung(desk, far, number)
    await asked.answered()
    await asked.hang_up()
    await ring.cancelled()
    await _until(desk, number, unanswered=0, is_due=True)
    return node


async def _refused(desk: Desk, far: HandsetBank, number: str, status: int) -> str:
    """He does not take it: for a while the key calls nobody, then it is his turn again."""
    (row,) = [row for row in await waiting(desk, next(iter(NODES))) if row["number"] == number]
    asked, ring, node = await _rung(desk, far, number)
    began = time.monotonic()
    await ring.refuse(status)
    expect("the operator's call", (await asked.ended(RECORD_S)).by, Ended.THEM)
    if row["unanswered"] + 1 == TRIES:
        return node
    await _until(desk, number, unanswered=row["unanswered"] + 1, is_due=False)
    nobody = await _pressed(desk)
    expect("with nobody due", (await nobody.ended(RECORD_S)).by, Ended.THEM)
    await _until(desk, number, unanswered=row["unanswered"] + 1, is_due=True)
    if time.monotonic() - began < GAP_S:
        raise ScenarioError(f"due after {time.monotonic() - began:.1f} s")
    return node


async def _answered(desk: Desk, far: HandsetBank, number: str) -> str:
    """He answers, and both hear each other."""
    asked, ring, node = await _rung(desk, far, number)
    await ring.answer()
    await asked.answered()
    asked.play_tone(OFFICER_HZ)
    ring.play_tone(CALLER_HZ)
    await asyncio.gather(asked.hears(CALLER_HZ), ring.hears(OFFICER_HZ))
    await asked.hang_up()
    await ring.ended()
    return node


async def _until(desk: Desk, number: str, **wanted: object) -> None:
    """Wait until each node's list has him so."""
    deadline = time.monotonic() + RECORD_S
    for node in NODES:
        found: list[Mapping[str, Any]] = []
        while not any(wanted.items() <= row.items() for row in found):
            if time.monotonic() > deadline:
                raise ScenarioError(f"{number} on the list of {node}: {found}, not {wanted}")
            found = [row for row in await waiting(desk, node) if row["number"] == number]


async def _closed(desk: Desk, number: str, how: str, results: list[str]) -> None:
    """He is off both lists, and both nodes tell what came of each try."""
    await listed(desk, number, listed=False)
    for node in NODES:
        told = await desk.command(node, "callbacks", "closed", "--json", "--limit", "1")
        row = json.loads(told)
        expect("closed", (row["number"], row["how"]), (number, how))
        expect("tries", [each["result"] for each in row["tries"]], results)
