"""The beat that every call of a line sends its packets by: 20 ms, without drift."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from ops.phone.rtp import FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Callable

_BEAT_S: Final = FRAME_MS / 1000
_MOST_LATE: Final = 10
"""Beats caught up with at once; a machine that stood still for longer has lost them."""


class Ticker:
    """Calls everything that was added, once each beat, for as long as :meth:`run` runs."""

    def __init__(self) -> None:
        self._ticks: dict[object, Callable[[], None]] = {}
        self._some = asyncio.Event()

    def add(self, owner: object, tick: Callable[[], None]) -> None:
        """Have ``tick`` called from the next beat on."""
        self._ticks[owner] = tick
        self._some.set()

    def remove(self, owner: object) -> None:
        """No more calls for this owner; does nothing when there were none."""
        self._ticks.pop(owner, None)
        if not self._ticks:
            self._some.clear()

    async def run(self) -> None:
        """Beat until cancelled; costs nothing while nothing is added."""
        loop = asyncio.get_running_loop()
        while True:
            await self._some.wait()
            due = loop.time()
            while self._ticks:
                for tick in list(self._ticks.values()):
                    # A network that refuses a packet has lost it, as networks do.
                    with contextlib.suppress(OSError):
                        tick()
                due = max(due + _BEAT_S, loop.time() - _MOST_LATE * _BEAT_S)
                await asyncio.sleep(due - loop.time())
