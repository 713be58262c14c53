"""The console's process. SIGTERM ends it; no call notices."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

from router.console import service
from siaga import log, settings
from siaga.errors import SiagaError


async def serve() -> None:
    """Run the console until a signal asks for its end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await service.run(settings.load(), stop)


def main() -> int:
    """Entry of the process; gives its exit status."""
    log.configure("console")
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve())
    except (SiagaError, OSError) as error:
        sys.stderr.write(f"console: {error}\n")
        return error.exit_status if isinstance(error, SiagaError) else 1
    return 0
