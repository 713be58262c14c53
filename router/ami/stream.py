"""The stream from reader to consumer: ordered, bounded, never blocking the reader.

When it is full, everything is dropped until the consumer has taken all that was waiting; then it
is told how much it missed, and where the link stands. So there is one gap, not one after every
event, and a consumer that resynchronises has time for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from router.ami.events import Event, Overflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.ami.events import Item, Marker

_BREATH: Final = 512
"""Items taken in a row before the event loop has its turn: a consumer that never waits itself
would keep the reader from reading as long as anything is waiting. More than one read of the socket
holds, so that a consumer who is quicker than Asterisk is never outrun."""


class EventStream:
    """A queue for one consumer.

    Attributes:
        dropped: events dropped since the start.
    """

    def __init__(self, size: int) -> None:
        self.dropped = 0
        self._size = size
        self._items: deque[Item] = deque()
        self._full = False
        self._missed = 0
        self._marker: Marker | None = None
        self._taken = 0
        self._finished = False
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Event | Marker) -> None:
        """Add what happened, or drop it when the consumer is too far behind."""
        if not self._full and len(self._items) < self._size:
            self._items.append(item)
            self._wake()
            return
        self._full = True
        if isinstance(item, Event):
            self._missed += 1
            self.dropped += 1
        else:
            self._marker = item

    def finish(self) -> None:
        """Nothing comes any more; the consumer still gets what is waiting."""
        self._finished = True
        self._wake()

    async def take(self) -> Item | None:
        """The next item, as soon as there is one; None when the stream has come to its end."""
        self._taken += 1
        if self._taken >= _BREATH:
            self._taken = 0
            await asyncio.sleep(0)
        while True:
            if self._full and not self._items:
                self._catch_up()
            if self._items:
                return self._items.popleft()
            if self._finished:
                return None
            self._taken = 0
            if self._waiter is not None and not self._waiter.done():
                raise RuntimeError("A stream has one consumer.")
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def waiting(self) -> Iterator[Item]:
        """Take what is here already, without waiting; at most as many as may be taken in a row."""
        while self._items and self._taken < _BREATH:
            self._taken += 1
            yield self._items.popleft()

    def _catch_up(self) -> None:
        if self._missed:
            self._items.append(Overflow(self._missed))
        if self._marker is not None:
            self._items.append(self._marker)
        self._full, self._missed, self._marker = False, 0, None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
