"""``python -m tests.compose``: containers are built, started and called, and a node is killed.

Needs a Docker engine and an image ``debian:forky-slim`` and ``postgres:18`` in its reach. What it
started is stopped and removed at its end, the images stay. ``--keep`` leaves the containers up.

``--matrix`` plays scenarios of the live tests instead (:mod:`tests.compose.matrix`), all or those
that it names.
``--upgrade-from TAG`` starts images of that tag (``python -m tests.compose.before`` makes them),
calls, and has today's take their volumes over; ``--rolling`` node by node, while somebody calls.
``--third`` adds a node as the runbook says, while somebody talks.
``--sizes`` builds and tells how large the images are. ``--v2`` uses ``docker compose``.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ops.runtime import find_runtime
from siaga import settings
from tests.compose.calls import account, passwords, say, trial
from tests.compose.console import NEW, reader
from tests.compose.images import told
from tests.compose.limits import LATER
from tests.compose.matrix import HANDSETS
from tests.compose.matrix import run as play
from tests.compose.plan import written
from tests.compose.stack import BUILD_S, CONSOLES, OURS, READY_S, SERVICES, Stack
from tests.compose.third import third, with_third
from tests.compose.upgrade import upgrade

if TYPE_CHECKING:
    from collections.abc import Collection


async def matrix(stack: Stack, names: Collection[str]) -> None:
    """Play the scenarios of one machine against the containers: these, or all of them.

    Raises:
        AssertionError: one came out otherwise.
    """
    words = passwords(stack, (*HANDSETS, *LATER))
    first = account(stack, "supervisor")
    sipp = find_runtime(settings.load()).sipp
    async with (
        reader(CONSOLES["node1"], "trial", first) as one,
        reader(CONSOLES["node2"], "trial", NEW) as two,
    ):
        failed = await play(stack, sipp, words, {"node1": one, "node2": two}, names)
    if failed:
        raise AssertionError(f"{failed} failed")


def main() -> int:
    """Build, start, try, clean up."""
    asked = _asked()
    folder = Path(tempfile.mkdtemp(prefix="siaga112-compose-"))
    stack = Stack(folder / "secrets", v2=asked.v2)
    stack.secrets()
    if asked.matrix is not None:
        stack = replace(stack, plan=written(folder))
    try:
        began = time.monotonic()
        stack.run("build", timeout_s=BUILD_S)
        say(f"built in {time.monotonic() - began:.1f} s")
        if asked.sizes:
            sys.stdout.write(f"{told(OURS)}\n")
            return 0
        _run(stack, asked)
    finally:
        if asked.keep:
            say(f"left up; its secrets are in {folder}")
        else:
            with_third(stack).run("down", "-v", "--remove-orphans", "-t", "90", timeout_s=300)
            shutil.rmtree(folder)
            say("removed")
    say("passed")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.compose")
    parser.add_argument("--keep", action="store_true", help="leave the containers up")
    parser.add_argument("--v2", action="store_true", help="by docker compose, not docker-compose")
    parser.add_argument("--rolling", action="store_true", help="upgrade a node after the other")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--matrix", nargs="*", metavar="NAME", help="play the scenarios of live tests, or these"
    )
    what.add_argument("--third", action="store_true", help="add a node while somebody talks")
    what.add_argument("--upgrade-from", metavar="TAG", default="", help="images to begin with")
    what.add_argument("--sizes", action="store_true", help="build, tell the images' sizes, end")
    return parser.parse_args()


def _run(stack: Stack, asked: argparse.Namespace) -> None:
    """Start the containers and try what was asked for; what they said is told if it fails."""
    first = replace(stack, version=asked.upgrade_from)
    began = time.monotonic()
    try:
        first.run("up", "-d", "--no-build", timeout_s=READY_S)
        first.until_healthy(*SERVICES)
        say(f"healthy {time.monotonic() - began:.1f} s after they were asked for")
        began = time.monotonic()
        if asked.upgrade_from:
            asyncio.run(upgrade(stack, first, rolling=asked.rolling))
        elif asked.third:
            asyncio.run(third(stack))
        else:
            asyncio.run(trial(stack) if asked.matrix is None else matrix(stack, asked.matrix))
        say(f"tried in {time.monotonic() - began:.1f} s")
    except BaseException:
        sys.stdout.write(stack.run("logs", "--no-color", "--tail", "40"))
        raise


if __name__ == "__main__":
    sys.exit(main())
