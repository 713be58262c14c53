"""Calls through the edge to a handset, and what the containers tell of them."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final

from ops.phone import CallerLine, HandsetBank
from ops.runtime import find_runtime
from siaga import secrets, settings
from tests.compose.console import reader
from tests.compose.stack import ADDRESS, CONSOLES, DESKS, EDGE_PORT, NODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tests.compose.console import Reader
    from tests.compose.stack import Stack

HANDSET: Final = "201"
CALLER_HZ, OFFICER_HZ = 800, 1100
RECORD_S: Final = 20.0
_FIRST: Final = (
    "cd /var/lib/siaga112 && [ ! -e first-login ] || { stat -c %a first-login; cat first-login; }"
)
_PASSWORD: Final = re.compile(r"[A-Za-z0-9-]{10,}\s*$", re.MULTILINE)


def say(text: str) -> None:
    """A line of the account, with the time."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


async def call(sipp: Path, logins: Mapping[int, str], number: str) -> float:
    """A call to the edge that Damkar's handset takes; both hear each other.

    Args:
        sipp: the program.
        logins: the handset's password at each port where it logs in.
        number: the caller's.

    Returns:
        seconds from the INVITE to the centre's answer.
    """
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(CallerLine(sipp, (ADDRESS, EDGE_PORT)))
        banks = {}
        for port, password in logins.items():
            bank = HandsetBank(sipp, (ADDRESS, port), DESKS)
            banks[port] = await stack.enter_async_context(bank)
            await bank.register(HANDSET, password)
        calling = await line.call(number)
        await calling.answered()
        waited = calling.up_at - calling.sent_at if calling.up_at else 0.0
        await calling.hears_sound()
        await calling.press_many("1")
        rings = [asyncio.create_task(bank.ring(HANDSET)) for bank in banks.values()]
        done, others = await asyncio.wait(rings, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        ring = done.pop().result()
        await ring.alert()
        await ring.answer()
        calling.play_tone(CALLER_HZ)
        ring.play_tone(OFFICER_HZ)
        await asyncio.gather(calling.hears(OFFICER_HZ), ring.hears(CALLER_HZ))
        await calling.hang_up()
        for port, bank in banks.items():
            await bank.unregister(HANDSET, logins[port])
    return waited


async def recorded(console: Reader, number: str) -> str:
    """Wait for the record of a call on the console; gives the node that took it.

    Raises:
        TimeoutError: it does not come, or does not say that Damkar answered.
    """
    deadline = time.monotonic() + RECORD_S
    while time.monotonic() < deadline:
        for record in await console.calls():
            ended = record["caller"] == number and record["outcome"] == "answered"
            if ended and record["answered_by"] == "damkar":
                return str(record["node"])
        await asyncio.sleep(0.3)
    raise TimeoutError(f"no record of {number} on the console after {RECORD_S:.0f} s")


def passwords(stack: Stack, extensions: Iterable[str]) -> Mapping[str, str]:
    """The handsets', as every node derives them."""
    made = stack.folder.parent / "secrets.json"
    known = secrets.ensure(made, sorted(extensions), secret=secrets.shared(stack.centre))
    return known.handsets


def told_by(stack: Stack, node: str) -> str:
    """The handset's password at a node, which an older program may have made for itself alone."""
    known = json.loads(stack.run("exec", "-T", node, "cat", "/var/lib/siaga112/secrets.json"))
    return str(known["handsets"][HANDSET])


def account(stack: Stack, role: str, name: str = "trial") -> str:
    """Make an account; gives its password for once."""
    told = stack.run("exec", "-T", "node1", "./siaga112", "accounts", "add", name, role)
    found = _PASSWORD.search(told)
    if found is None:
        raise LookupError(f"no password in: {told}")
    return found[0].strip()


def nothing_told(stack: Stack, words: Iterable[str]) -> None:
    """No password is in the containers' logs, and the first admin's is in one node's volume.

    Raises:
        AssertionError: one is.
    """
    log = stack.run("logs", "--no-color", *NODES)
    if any(word in log for word in words):
        raise AssertionError("a handset's password is in a container's log")
    files = [stack.run("exec", "-T", node, "sh", "-c", _FIRST).split() for node in NODES]
    if len(told := [file for file in files if file]) != 1 or told[0][0] != "600":
        raise AssertionError(f"first log-in: {files}")
    if told[0][-1] in log:
        raise AssertionError("the first password is in a container's log")
    say("no password in the logs; the first log-in is a file of mode 600 in one volume")


async def several(logins: Mapping[int, str], console: Reader, first: int) -> set[str]:
    """Four calls; gives the nodes that took them."""
    took = set()
    for index in range(first, first + 4):
        number = f"0812000000{index:02d}"
        waited = await call(find_runtime(settings.load()).sipp, logins, number)
        took.add(node := await recorded(console, number))
        say(f"call {number}: answered after {waited * 1000:.0f} ms, record of {node}")
    return took


async def trial(stack: Stack) -> None:
    """Call by both nodes, with one killed, just so and known to be gone, and by crashed ones.

    Raises:
        AssertionError: calls do not go to both nodes, or Docker does not start what crashed.
    """
    word = passwords(stack, [HANDSET])[HANDSET]
    nothing_told(stack, [word])
    async with reader(CONSOLES["node1"], "trial", account(stack, "operator")) as console:
        took = await several({EDGE_PORT: word}, console, 0)
        if took != set(NODES):
            raise AssertionError(f"all calls went to {took}")
        stack.kill("node2")
        say("node2 killed")
        await several({EDGE_PORT: word}, console, 10)
        stack.run("start", "node2")
        stack.until_healthy("node2")
        for service in ("node2", "edge"):
            began = time.monotonic()
            stack.crash(service)
            await asyncio.to_thread(stack.until_unhealthy, service)
            await asyncio.to_thread(stack.until_healthy, service)
            if stack.restarts(service) != 1:
                raise AssertionError(f"{service} was not started anew by Docker")
            say(f"{service} crashed, healthy again after {time.monotonic() - began:.1f} s")
        took = await several({EDGE_PORT: word}, console, 20)
        if took != set(NODES):
            raise AssertionError(f"all calls went to {took}")
