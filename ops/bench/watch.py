"""Follows records from the event that changed them to the commit that holds the change; pure."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from router.store.merge import supersede

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.calls.record import CallRecord

READY: Final = "ready"
"""What the listener says when it follows."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event was where, in seconds since the epoch.

    Attributes:
        made: Asterisk wrote it for AMI, by its own time stamp.
        received: its last byte was read from the socket.
    """

    made: float
    received: float


@dataclass(frozen=True, slots=True)
class Delay:
    """How long one event took to the end of the commit, in ms; from where, see :class:`Moment`."""

    since_made: float
    since_received: float


class CommitWatch:
    """Which events are in the database, and how long each took.

    Attributes:
        delays: of the events committed so far.
    """

    def __init__(self) -> None:
        self.delays: list[Delay] = []
        self._waiting: dict[str, deque[tuple[CallRecord, Moment]]] = defaultdict(deque)

    @property
    def waiting(self) -> int:
        """Events that no commit holds yet."""
        return sum(len(each) for each in self._waiting.values())

    def changed(self, record: CallRecord, moment: Moment) -> None:
        """An event led to this record, which was handed to the writer."""
        self._waiting[record.id].append((record, moment))

    def committed(self, records: Iterable[CallRecord], now: float) -> None:
        """These records are committed, each with every change up to the last that it shows."""
        for record in records:
            waiting = self._waiting.get(record.id, ())
            shown = [supersede(record, change) == record for change, _ in waiting]
            for _ in range(len(shown) - shown[::-1].index(True) if any(shown) else 0):
                _, moment = self._waiting[record.id].popleft()
                self.delays.append(
                    Delay((now - moment.made) * 1000, (now - moment.received) * 1000)
                )
            if record.id in self._waiting and not self._waiting[record.id]:
                del self._waiting[record.id]
