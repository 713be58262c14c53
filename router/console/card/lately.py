"""What was read lately and does not change soon, so that a page that looks often asks seldom."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_T = TypeVar("_T")

FRESH_S: Final = 60.0
MOST: Final = 500


class Lately(Generic[_T]):
    """Remembers for a minute; of many, the newest.

    Args:
        clock: seconds of a clock that is never set.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, _T]] = OrderedDict()

    async def get(self, key: str, read: Callable[[], Awaitable[_T]]) -> _T:
        """What is remembered, or else read."""
        known = self._known.get(key)
        if known is not None and self._clock() - known[0] < FRESH_S:
            return known[1]
        found = await read()
        self._known.pop(key, None)
        self._known[key] = (self._clock(), found)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return found
