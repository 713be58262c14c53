"""The canary's process: ``python -m ops.canary``, a test call every few minutes until SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING, Final

import structlog

from ops import ready
from ops.canary.round import BusyError, one
from siaga import log as logs
from siaga import settings as settings_module
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from siaga.settings import Settings

log = structlog.get_logger(__name__)

START_S: Final = 60.0
"""Longest the parts are waited for before the first test call; then it says what is wrong."""
POLL_S: Final = 1.0


async def serve(settings: Settings) -> None:
    """Make test calls until cancelled."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_S):
            while await ready.missing(settings):  # noqa: ASYNC110 (other processes)
                await asyncio.sleep(POLL_S)
    while True:
        try:
            await one(settings)
        except BusyError:
            log.info("canary_busy")
        except (SiagaError, OSError) as error:
            log.error("canary_not_made", error=str(error)[:500])  # noqa: TRY400 (no fault of ours)
        await asyncio.sleep(settings.canary_every)


async def run(settings: Settings) -> None:
    """Serve until a signal asks for the end; a test call under way is hung up."""
    serving = asyncio.create_task(serve(settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def main() -> int:
    """Entry of the process."""
    logs.configure("canary")
    asyncio.run(run(settings_module.load()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
