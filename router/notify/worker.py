"""The worker that empties one channel of the outbox, oldest first, at least once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeAlias

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.store.outbox import NOT_NEEDED
from router.store.rows import from_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.store.outbox import Due, Queue

Now: TypeAlias = "Callable[[], datetime]"
OnTried: TypeAlias = "Callable[[str, str | None], None]"

log = structlog.get_logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How often, how many, how long.

    Attributes:
        at_once: deliveries under way at most.
        poll_s: between two looks at the outbox when nobody wakes the worker.
        retry: before the first new try; doubled at each further one.
        retry_max: before any further try at most.
        give_up: after this from its making, a notification is not tried again.
    """

    at_once: int = 8
    poll_s: float = 1.0
    retry: timedelta = timedelta(seconds=1)
    retry_max: timedelta = timedelta(seconds=30)
    give_up: timedelta = timedelta(hours=24)

    def delay(self, attempts: int) -> timedelta:
        """How long to wait after so many failures, by chance between half of it and the whole."""
        full: timedelta = min(self.retry * 2 ** min(attempts - 1, 30), self.retry_max)
        part: float = random.uniform(0.5, 1.0)  # noqa: S311 (no secret)
        return full * part


@dataclass(slots=True)
class DeliveryCounters:
    """What happened since the start, for metrics.

    Attributes:
        delivered: taken by the receiver.
        failed: tries that were not.
        given_up: notifications that never arrived.
        outages: periods in which the outbox could not be read or written.
    """

    delivered: int = 0
    failed: int = 0
    given_up: int = 0
    outages: int = 0


class Sender(Protocol):
    """Delivers on one channel."""

    host: str
    """What is told of where it goes, in logs: never a secret."""

    async def send(self, due: Due) -> str | None:
        """Deliver; None when it was taken, else why not, in a few words."""


@dataclass(slots=True)
class DeliveryWorker:
    """Delivers; run :meth:`run` in a task of the process's own.

    A notification that was taken but not marked so, because the process died in between, is sent
    again under the same key. After one has arrived the next of its target is looked for at once.

    Attributes:
        outbox: where notifications wait.
        sender: where they go; entered by the owner.
        now: the clock.
        on_tried: told after each try that was noted down, with the id and the fault.
        on_given_up: told of each that is not tried again.
    """

    outbox: Queue
    sender: Sender
    policy: DeliveryPolicy = field(default_factory=DeliveryPolicy)
    now: Now = _utc_now
    on_tried: OnTried | None = None
    on_given_up: Callable[[Due], None] | None = None
    counters: DeliveryCounters = field(default_factory=DeliveryCounters)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _under_way: set[str] = field(default_factory=set)
    fault: str = ""
    """What the last try met; empty: it was taken."""
    _is_away: bool = False

    def wake(self) -> None:
        """Look at the outbox now: something may have come in."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                for due in await self._due():
                    self._under_way.add(due.id)
                    tasks.create_task(self._deliver(due))
                try:
                    async with asyncio.timeout(self.policy.poll_s):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def _due(self) -> list[Due]:
        room = self.policy.at_once - len(self._under_way)
        if room <= 0:
            return []
        try:
            due = await self.outbox.due(self.now(), room, self._under_way)
        except (SQLAlchemyError, OSError) as error:
            self._away(error)
            return []
        self._is_away = False
        return due

    async def _deliver(self, due: Due) -> None:
        try:
            fault = NOT_NEEDED if due.moot else await self.sender.send(due)
            now = self.now()
            # It keeps its place until it is noted down: with a database that can be read but not
            # written, the receiver would otherwise be told again at every look.
            while not await self._noted(due, now, fault):  # noqa: ASYNC110 (no event tells)
                await asyncio.sleep(self.policy.poll_s)
        finally:
            was_full = len(self._under_way) >= self.policy.at_once
            self._under_way.discard(due.id)
            if was_full:
                self._wake.set()
        if fault is None:
            self._wake.set()
        if self.on_tried is not None:
            self.on_tried(due.id, fault)

    async def _noted(self, due: Due, now: datetime, fault: str | None) -> bool:
        next_try = now + self.policy.delay(due.attempts + 1)
        is_last = next_try >= from_us(due.created_us) + self.policy.give_up
        try:
            if fault is None:
                await self.outbox.delivered(due, now)
            elif due.moot:
                await self.outbox.not_needed(due, now)
            elif is_last:
                await self.outbox.given_up(due, now, fault)
            else:
                await self.outbox.failed(due, next_try, fault)
        except (SQLAlchemyError, OSError) as error:
            self._away(error)
            return False
        self._is_away = False
        if not due.moot:
            self._count(due, fault, is_last=is_last)
        return True

    def _count(self, due: Due, fault: str | None, *, is_last: bool) -> None:
        self.fault = fault or ""
        if fault is None:
            self.counters.delivered += 1
            return
        self.counters.failed += 1
        if is_last:
            self.counters.given_up += 1
            log.error(
                "notification_given_up",
                call=due.call_id,
                agency=due.agency,
                attempts=due.attempts + 1,
                host=self.sender.host,
                error=fault,
            )
            if self.on_given_up is not None:
                self.on_given_up(due)

    def _away(self, error: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            self.counters.outages += 1
            cause = getattr(error, "orig", None) or error
            log.error("outbox_away", error=type(cause).__name__, reason=str(cause)[:200])
