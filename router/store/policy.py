"""The writer's limits and its counters."""

from __future__ import annotations

from dataclasses import dataclass

from router.store.engine import BUSY_S


@dataclass(frozen=True, slots=True)
class WriterPolicy:
    """How much, and how often.

    Attributes:
        calls: with something unwritten at most; beyond, new ones are left to the CEL file.
        batch: calls a transaction at most.
        pause_s: from a change to its commit, so that changes which come close together share one:
            a commit is made durable, which costs far more than the rows in it. A little longer than
            AMI's events are gathered (``router.wiring.EVENTS``): what begins a burst of them is
            read at once, and is to wait for the rest.
        leisure_s: the same of what nobody waits for. On a busy centre it shares the commit of
            something that is urgent.
        retry_s: before the first new try when the database is away.
        retry_max_s: before any further try at most.
        busy_s: on SQLite, how long a try waits for another's lock.
    """

    calls: int = 50_000
    batch: int = 500
    pause_s: float = 0.022
    leisure_s: float = 0.2
    retry_s: float = 0.1
    retry_max_s: float = 5.0
    busy_s: float = BUSY_S


@dataclass(slots=True)
class WriterCounters:
    """What happened since the start, for metrics.

    Attributes:
        put: records taken.
        written: records committed (those replaced before are not among them).
        batches: transactions committed.
        failures: transactions that failed because the database was away, locked or full.
        outages: periods of such failures.
        refused: records that the database does not take; logged, each.
        dropped: records that found no room, or came after the end; the CEL file still has them.
    """

    put: int = 0
    written: int = 0
    batches: int = 0
    failures: int = 0
    outages: int = 0
    refused: int = 0
    dropped: int = 0
