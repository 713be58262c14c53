"""Waiting for something to become true, with a time-out and a reason to give up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from ops.phone.errors import PhoneTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.phone.errors import PhoneError

T = TypeVar("T")


class Changes:
    """Wakes those who wait whenever its owner says that something changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self._failed: PhoneError | None = None

    @property
    def awaited(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    def notify(self) -> None:
        """Have everybody who waits look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    def fail(self, error: PhoneError) -> None:
        """Nothing will change any more: every wait, now and later, raises the error."""
        self._failed = self._failed or error
        self.notify()

    async def until(self, check: Callable[[], T | None], timeout_s: float, what: str) -> T:
        """Wait until ``check`` gives something, and give that; ``what`` names it for the error.

        Raises:
            PhoneTimeoutError: not within ``timeout_s``.
            PhoneError: it cannot happen any more.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    # What has happened counts even when nothing can any more.
                    if (found := check()) is not None:
                        return found
                    if self._failed is not None:
                        raise self._failed
                    await self._change()
        except TimeoutError as error:
            raise PhoneTimeoutError(f"No {what} within {timeout_s:g} s.") from error

    async def _change(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)
