"""The router's process. SIGTERM writes what is left and ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import Final

from router import service
from siaga import log, settings
from siaga.errors import SiagaError

SWITCH_S: Final = 0.0005
"""How long the thread that writes to the database waits for its turn, each time that it comes back
from SQLite, while events are taken in; with the 5 ms that Python allows, a commit of ten statements
takes up to 50 ms more."""


async def serve() -> None:
    """Run the router until a signal asks for its end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await service.run(settings.load(), stop)


def main() -> int:
    """Entry of the process; gives its exit status."""
    log.configure("router")
    sys.setswitchinterval(SWITCH_S)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve())
    except SiagaError as error:
        sys.stderr.write(f"router: {error}\n")
        return error.exit_status
    return 0
