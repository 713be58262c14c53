"""The menu's process. SIGTERM drains: calls in the menu finish."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Final

from ivr.fastagi import handler
from ivr.guard import Guard
from ivr.server import FastAgiServer
from ivr.specfile import Specs
from siaga import log, settings

DRAIN_S = 30.0
"""Longer than any menu lasts."""
NICENESS: Final = -10
"""Ahead of whatever can wait, where we may choose: Asterisk drops a key that comes between two of
our commands, so a menu that answers late on a busy machine loses keys."""


async def serve() -> None:
    """Run the server until a signal asks for its end."""
    chosen = settings.load()
    specs = Specs(chosen.compiled_plan.parent, chosen.compiled_plan)
    server = FastAgiServer(handler(specs), port=chosen.ports.agi)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(Guard().beat())
        await server.start()
        await stop.wait()
        await server.drain(DRAIN_S)
        beating.cancel()


def main() -> None:
    """Entry of the process."""
    log.configure("ivr")
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
