"""``python -m tests.compose --matrix``: scenarios of the live tests, from outside the containers.

Telephones call the edge, handsets are logged in to both nodes, and what became of each call is read
where people read it: on the console of whichever node. Only what needs no look into a node is here.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from subprocess import CalledProcessError
from traceback import extract_tb
from typing import TYPE_CHECKING, Final

from ops.phone import CallerLine, HandsetBank
from ops.phone.errors import PhoneError
from tests.compose.accepting import accepted
from tests.compose.again import called_again
from tests.compose.announcing import announcements
from tests.compose.broken import broken_calls
from tests.compose.calls import say
from tests.compose.carriers import dying_carrier
from tests.compose.desk import Desk, ScenarioError
from tests.compose.disk import full_disk, full_disk_no_menu, full_disk_no_python
from tests.compose.elsewhere import waited_for
from tests.compose.handing import sent_on, taken_over
from tests.compose.hostile import hostile
from tests.compose.incidents import one_fire
from tests.compose.keys import brought_in, logged_in
from tests.compose.limits import overload, overload_no_menu, overload_no_python
from tests.compose.listening import listening, whispering
from tests.compose.messages import messages
from tests.compose.numbers import called_back, flagged
from tests.compose.outages import database_away, menu_away, python_away
from tests.compose.quiet import silence
from tests.compose.stack import ADDRESS, DESKS, EDGE_PORT, NODES
from tests.compose.subscribing import subscribers
from tests.compose.talks import (
    classed,
    each_choice,
    foreign_transfer,
    handed_over,
    heard,
    left,
    overflow,
    silent,
    transfer,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from tests.compose.console import Reader
    from tests.compose.stack import Stack

HANDSETS: Final = ("101", "201", "301", "401")

SLOW: Final = frozenset(
    {
        *("silent", "overflow", "logged_in", "silence", "announcements", "called_back"),
        *("menu_away", "python_away", "database_away", "overload", "full_disk"),
        *("hostile", "messages", "accepted", "subscribers", "called_again"),
        *("dying_carrier", "broken_calls", "overload_no_menu", "overload_no_python"),
        *("full_disk_no_menu", "full_disk_no_python", "flagged", "waited_for"),
    }
)
"""Those that mostly wait, or that use both nodes, are played once; the others once for each."""

SCENARIOS: Final[tuple[Callable[[Desk], Awaitable[str]], ...]] = (
    *(each_choice, silent, overflow, transfer, foreign_transfer, classed, left, heard),
    *(handed_over, brought_in, logged_in, listening, whispering, silence, announcements),
    *(sent_on, taken_over, flagged, one_fire, hostile, called_back),
    *(menu_away, python_away, database_away, messages, overload, full_disk),
    *(waited_for, accepted, subscribers, called_again, dying_carrier, broken_calls),
    *(overload_no_menu, overload_no_python, full_disk_no_menu, full_disk_no_python),
)


TURNS: Final = 5
"""A scenario is played so often at most until both nodes have had a call of it: the edge gives them
calls by turns, and signs of life that it is asked for count as turns."""


async def _both(desk: Desk, scenario: Callable[[Desk], Awaitable[str]]) -> int:
    """Play it by both nodes; gives how many times it came out otherwise."""
    failed, before, name = 0, dict(desk.seen), scenario.__name__
    for turn in range(1, 2 if name in SLOW else 1 + TURNS):
        failed += not await _played(desk, scenario, turn)
        had = [node for node in NODES if desk.seen.get(node, 0) > before.get(node, 0)]
        if turn >= len(NODES) and len(had) == len(NODES):
            break
    else:
        if name not in SLOW:
            failed += 1
            say(f"{name}: FAILED: {TURNS} times, and calls of {', '.join(had)} alone")
    return failed


async def _played(desk: Desk, scenario: Callable[[Desk], Awaitable[str]], turn: int) -> bool:
    """Play it once, and say what came of it."""
    began, passed = time.monotonic(), True
    try:
        async with asyncio.timeout(180):
            await desk.log_in(HANDSETS)
            said = await scenario(desk)
    except (ScenarioError, PhoneError, TimeoutError, CalledProcessError) as error:
        passed, said = False, f"FAILED: {error!r} in {_where(error)}"
    await desk.clear()
    say(f"{scenario.__name__} {turn}: {said} ({time.monotonic() - began:.1f} s)")
    return passed


def _where(error: BaseException) -> str:
    """The innermost function of a scenario that did not come out."""
    frames = extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent.name == "compose"]
    return f"{own[-1].name}, line {own[-1].lineno}" if own else "?"


async def run(
    stack: Stack,
    sipp: Path,
    passwords: Mapping[str, str],
    consoles: Mapping[str, Reader],
    names: Collection[str],
) -> int:
    """Play these scenarios, or all; gives how many came out otherwise than on one machine.

    Raises:
        LookupError: there is none of that name.
    """
    failed = 0
    known = {scenario.__name__: scenario for scenario in SCENARIOS}
    wanted = [known[name] for name in names] or SCENARIOS
    async with AsyncExitStack() as doors:
        line = await doors.enter_async_context(CallerLine(sipp, (ADDRESS, EDGE_PORT)))
        bank = await doors.enter_async_context(HandsetBank(sipp, (ADDRESS, EDGE_PORT), DESKS))
        own = await doors.enter_async_context(CallerLine(sipp, (ADDRESS, EDGE_PORT), address=DESKS))
        desk = Desk(stack, line, bank, own, passwords, consoles)
        for scenario in wanted:
            failed += await _both(desk, scenario)
        for extension in HANDSETS:
            await bank.unregister(extension, passwords[extension])
        say(f"records by node: {desk.seen}")
    return failed
