"""Where passwords are tried: beside the loop, one at a time, strangers apart from who is known.

A try costs 64 MiB and some 50 ms of a processor that calls need too. However many strangers guess,
they have one thread; a browser that an account has logged in from before has another.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
WAITING: Final = 8
"""Tries that wait for one; further ones are sent away."""


class BusyError(SiagaError):
    """Too many tries wait already."""

    code = "busy"


class Lane:
    """One thread, and so many that wait for it."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0

    async def run(self, work: Callable[[], _T]) -> _T:
        """Do it in the thread.

        Raises:
            BusyError: too many wait already.
        """
        if self._waiting >= WAITING:
            raise BusyError("Sedang sibuk; coba lagi sebentar.\nBusy: try again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End; what is under way ends by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class Lanes:
    """The two of them."""

    def __init__(self) -> None:
        self._known = Lane("password-known")
        self._strangers = Lane("password-stranger")

    async def run(self, work: Callable[[], _T], *, known: bool) -> _T:
        """Do what takes a processor.

        Raises:
            BusyError: too many wait already.
        """
        return await (self._known if known else self._strangers).run(work)

    def close(self) -> None:
        """End; a try under way ends by itself."""
        self._known.close()
        self._strangers.close()
