"""The gap ledger: when the listener did not hear Asterisk, and what became of the calls in it.

A gap is a stretch of time in which events of calls were not taken as they happened. Every record
with the source ``backfill`` has its reason in one of them.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from router.calls.events import CelEvent

UNHEARD_MAX: Final = 1_000
"""Gaps of single calls that may still be lengthened by another event."""


class Why(StrEnum):
    """What kept the listener from hearing, or its records from being written; a closed list."""

    START = "start"
    """The router did not run: from the last sign that it did, to its first connection."""
    AMI_LOST = "ami_lost"
    """There was no connection to Asterisk, or none that was alive."""
    OVERFLOW = "overflow"
    """Events came faster than they were taken, and some were dropped."""
    UNHEARD = "unheard"
    """Connected, and yet AMI did not give an event of a call, or gave one that was refused."""
    DATABASE_AWAY = "database_away"
    """All was heard; records waited in memory for the database."""


class Recovery(StrEnum):
    """How a call in a gap was recovered, from the best to the worst."""

    UNHARMED = "unharmed"
    """It was up, and nothing of it happened in the gap."""
    MEMORY = "memory"
    """Its record waited in memory and was written afterwards."""
    FILE = "file"
    """The CEL file had what was missed."""
    RECONCILED = "reconciled"
    """What Asterisk lists, or that it was restarted, told that it is up or over."""
    LOST = "lost"
    """It is over, and when and how it ended is not known."""


_RANK: Final = {how: rank for rank, how in enumerate(Recovery)}


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap; known by node, beginning and reason.

    Attributes:
        node: the Asterisk node that was not heard.
        began: the last moment known to be heard.
        why: what it was.
        ended: from when on all was heard again; None while it lasts.
        calls: each call in it, and how it was recovered.
    """

    node: str
    began: datetime
    why: Why
    ended: datetime | None = None
    calls: Mapping[str, Recovery] = field(default_factory=dict)

    def having(self, call: str, how: Recovery) -> Gap:
        """The gap with a call in it; of two ways of recovery the worse stands."""
        before = self.calls.get(call)
        if before is not None and _RANK[before] >= _RANK[how]:
            return self
        return replace(self, calls={**self.calls, call: how})


class GapLedger:
    """Keeps account of the gap that is open, if any, and hands on each that is new or changed.

    Owns no clock: whoever calls says what time it is.

    Args:
        node: the Asterisk node that is listened to.
        sink: told each gap as it is now.
    """

    def __init__(self, node: str, sink: Callable[[Gap], None] = lambda _: None) -> None:
        self._node = node
        self._sink = sink
        self._open: Gap | None = None
        self._calls: dict[str, Recovery] = {}
        self._unheard: OrderedDict[str, Gap] = OrderedDict()

    @property
    def is_open(self) -> bool:
        """Whether the listener does not hear at present."""
        return self._open is not None

    @property
    def began(self) -> datetime | None:
        """Since when the listener does not hear; None while it does."""
        return None if self._open is None else self._open.began

    def resume(self, gap: Gap) -> None:
        """Go on with a gap that an earlier process has left open."""
        self._open = gap
        self._calls = dict(gap.calls)

    def begin(self, why: Why, began: datetime) -> None:
        """Nothing is heard from ``began`` on; within a gap this is no other gap."""
        if self._open is None:
            self._open = Gap(self._node, began, why)
            self._calls = {}
            self._sink(self._open)

    def missed(self, event: CelEvent) -> None:
        """The file has an event that AMI had not given."""
        if self._open is None:
            self.single(event.linked, Recovery.FILE, event.time)
        elif event.time >= self._open.began or self._open.why is not Why.START:
            # A router that has just started reads older events again: those it had heard.
            self.note(event.linked, Recovery.FILE)

    def note(self, call: str, how: Recovery) -> None:
        """A call was in the open gap, and was recovered so."""
        before = self._calls.get(call)
        if before is None or _RANK[before] < _RANK[how]:
            self._calls[call] = how

    def single(self, call: str, how: Recovery, at: datetime) -> None:
        """While all else was heard, something of one call was not."""
        gap = self._unheard.pop(call, None) or Gap(self._node, at, Why.UNHEARD, at)
        gap = replace(gap, ended=max(at, gap.ended or at)).having(call, how)
        self._unheard[call] = gap
        if len(self._unheard) > UNHEARD_MAX:
            self._unheard.popitem(last=False)
        self._sink(gap)

    def end(self, ended: datetime, up: Iterable[str]) -> None:
        """Everything is heard again.

        Args:
            ended: from when on.
            up: the calls that are up.
        """
        if self._open is None:
            return
        for call in up:
            self.note(call, Recovery.UNHARMED)
        gap = replace(self._open, ended=max(ended, self._open.began), calls=self._calls)
        self._open, self._calls = None, {}
        self._sink(gap)

    def unwritten(self, began: datetime, ended: datetime, calls: Iterable[str]) -> None:
        """The database was away and is back; these records had waited."""
        waited = dict.fromkeys(calls, Recovery.MEMORY)
        self._sink(Gap(self._node, began, Why.DATABASE_AWAY, ended, waited))
