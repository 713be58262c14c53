"""``python -m tests.compose``: containers are built, started and called, and a node is killed.

Needs a Docker engine and an image ``debian:forky-slim`` and ``postgres:18`` in its reach. What it
started is stopped and removed at its end, the images stay. ``--keep`` leaves the containers up.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ops.phone import CallerLine, HandsetBank
from ops.runtime import find_runtime
from siaga import secrets, settings
from tests.compose.console import reader
from tests.compose.stack import (
    ADDRESS,
    BUILD_S,
    CONSOLES,
    EDGE_PORT,
    NODES,
    READY_S,
    SERVICES,
    Stack,
)

if TYPE_CHECKING:
    from tests.compose.console import Reader

HANDSET: Final = "201"
CALLER_HZ, OFFICER_HZ = 800, 1100
RECORD_S: Final = 20.0
_PASSWORD: Final = re.compile(r"[A-Za-z0-9-]{10,}\s*$", re.MULTILINE)


def say(text: str) -> None:
    """A line of the account, with the time."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


async def call(sipp: Path, password: str, number: str) -> float:
    """A call to the edge that Damkar's handset takes; both hear each other.

    Returns:
        seconds from the INVITE to the centre's answer.
    """
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(CallerLine(sipp, (ADDRESS, EDGE_PORT)))
        bank = await stack.enter_async_context(HandsetBank(sipp, (ADDRESS, EDGE_PORT)))
        await bank.register(HANDSET, password)
        calling = await line.call(number)
        await calling.answered()
        waited = calling.up_at - calling.sent_at if calling.up_at else 0.0
        await calling.hears_sound()
        await calling.press_many("1")
        ring = await bank.ring(HANDSET)
        await ring.alert()
        await ring.answer()
        calling.play_tone(CALLER_HZ)
        ring.play_tone(OFFICER_HZ)
        await asyncio.gather(calling.hears(OFFICER_HZ), ring.hears(CALLER_HZ))
        await calling.hang_up()
        await bank.unregister(HANDSET, password)
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


async def trial(stack: Stack) -> None:
    """Call through both nodes, then with the second one killed, just so and known to be gone."""
    sipp = find_runtime(settings.load()).sipp
    made = stack.folder.parent / "secrets.json"
    word = secrets.ensure(made, [HANDSET], secret=secrets.shared(stack.centre)).handsets[HANDSET]
    told = stack.run("exec", "-T", "node1", "./siaga112", "accounts", "add", "trial", "operator")
    found = _PASSWORD.search(told)
    if found is None:
        raise LookupError(f"no password in: {told}")
    async with reader(CONSOLES["node1"], "trial", found[0].strip()) as console:
        both, took = tuple(NODES), set()
        for index in range(4):
            number = f"0812000000{index:02d}"
            waited = await call(sipp, word, number)
            took.add(node := await recorded(console, number))
            say(f"call {number}: answered after {waited * 1000:.0f} ms, record of {node}")
        if took != set(both):
            raise AssertionError(f"all calls went to {took}")
        stack.kill("node2")
        say("node2 killed")
        for index in range(10, 14):
            number = f"0812000000{index:02d}"
            waited = await call(sipp, word, number)
            node = await recorded(console, number)
            say(f"call {number}: answered after {waited * 1000:.0f} ms, record of {node}")


def main() -> int:
    """Build, start, try, clean up."""
    parser = argparse.ArgumentParser(prog="python -m tests.compose")
    parser.add_argument("--keep", action="store_true", help="leave the containers up")
    keep = parser.parse_args().keep
    folder = Path(tempfile.mkdtemp(prefix="siaga112-compose-"))
    stack = Stack(folder / "secrets")
    stack.secrets()
    try:
        say("build")
        stack.run("build", timeout_s=BUILD_S)
        say("up")
        stack.run("up", "-d", timeout_s=READY_S)
        say(f"healthy after {stack.until_healthy(*SERVICES):.1f} s")
        asyncio.run(trial(stack))
    finally:
        if keep:
            say(f"left up; its secrets are in {folder}")
        else:
            stack.run("down", "-v", "--remove-orphans", "-t", "90", timeout_s=300)
            shutil.rmtree(folder)
            say("removed")
    say("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
