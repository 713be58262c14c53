"""The router's part: posts are delivered, what happens outside the database is told, old posts go.

A receiver that hangs holds up its own posts and nothing else: of each subscription one post is
under way at a time, and there is room for one of each.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.hooks.addresses import Guarded, HookAddressError, HookRules
from router.hooks.model import MOST
from router.notify.webhook import WebhookLimits, opened, posted, signed
from router.notify.worker import DeliveryPolicy, DeliveryWorker
from router.store.hooks import HookQueue, HookStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import aiohttp
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.hooks.model import Happening, Hook
    from router.store.outbox import Due
    from siaga.settings import Settings

log = structlog.get_logger(__name__)

LIMITS: Final = WebhookLimits(connections=MOST)
POLICY: Final = DeliveryPolicy(at_once=MOST, retry_max=timedelta(minutes=1))
LOOK_S: Final = 2.0
"""How often it is seen what has become so outside the database."""
KEPT: Final = timedelta(days=30)
"""How long a post is, unless callers' numbers are kept shorter."""
SWEEP_EVERY: Final = timedelta(hours=1)
SEEN_FOR_S: Final = 180.0
"""A receiver that was not tried for so long is not said to fail: it was paused or removed."""


class HookSender:
    """Posts to whoever has subscribed.

    Args:
        store: of the subscriptions; it is asked at each post, so that a change counts at once.
        rules: where posts may go.
        now: wall clock, aware.
    """

    host = "hooks"

    def __init__(
        self, store: HookStore, rules: HookRules, now: Callable[[], datetime] | None = None
    ) -> None:
        self._store = store
        self._rules = rules
        self._now = now or (lambda: datetime.now(UTC))
        self._names = Guarded(rules)
        self._session: aiohttp.ClientSession | None = None
        self._failed: dict[str, tuple[float, str]] = {}

    def failing(self) -> dict[str, str]:
        """Subscriptions whose last post was not taken, by their names, with what was said."""
        since = time.monotonic() - SEEN_FOR_S
        return {name: fault for name, (at, fault) in self._failed.items() if at > since}

    def open(self) -> None:
        """Begin; within a running loop."""
        self._session = opened(LIMITS, self._names)

    async def close(self) -> None:
        """End."""
        if self._session is not None:
            await self._session.close()
        await self._names.close()

    async def send(self, due: Due) -> str | None:
        """Post it; None when it was taken, else why not."""
        try:
            hook = await self._store.get(int(due.target))
        except (SQLAlchemyError, OSError):
            return "database"
        if hook is None:
            return "removed"
        fault = await self._post(hook, due)
        if fault is None:
            self._failed.pop(hook.name, None)
        else:
            self._failed[hook.name] = time.monotonic(), fault
        return fault

    async def _post(self, hook: Hook, due: Due) -> str | None:
        assert self._session is not None  # noqa: S101 (for the type: opened before use)
        try:
            url = self._rules.checked(hook.address)
        except HookAddressError as error:
            return error.code
        now, body = self._now(), due.payload.encode()
        headers = signed(hook.secrets(now), due.id, int(now.timestamp()), body)
        return await posted(self._session, url, body, headers, LIMITS)


class Hooks:
    """All of it.

    Args:
        settings: of the instance.
        engine: of the migrated database.
        outside: what has become so elsewhere than in the database, as far as it is known now; what
            was told already may be among it.
    """

    def __init__(
        self,
        settings: Settings,
        engine: AsyncEngine,
        outside: Callable[[], Iterable[Happening]],
        policy: DeliveryPolicy = POLICY,
    ) -> None:
        self._store = HookStore(engine)
        self._sender = HookSender(self._store, HookRules.of(settings))
        self._outside = outside
        self._told: set[tuple[str, ...]] = set()
        numbers = settings.storage.numbers
        self._keep = KEPT if numbers is None else min(KEPT, numbers)
        self._swept: datetime | None = None
        self.worker = DeliveryWorker(HookQueue(engine, settings.node), self._sender, policy)

    def wake(self) -> None:
        """Something may have happened."""
        self.worker.wake()

    def failing(self) -> dict[str, str]:
        """Subscriptions whose receiver does not take what it is sent, with what was said last."""
        return self._sender.failing()

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    async def run(self) -> None:
        """Deliver, tell and sweep until cancelled."""
        self._sender.open()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.worker.run())
                tasks.create_task(self._follow())
        finally:
            await self._sender.close()

    async def _follow(self) -> None:
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("hooks_postponed", error=type(error).__name__)
            await asyncio.sleep(LOOK_S)

    async def look(self, now: datetime | None = None) -> None:
        """Tell what is new outside the database, and delete posts that were kept long enough.

        Raises:
            SQLAlchemyError, OSError: the database does not work now; the next look makes it good.
        """
        seen = {(each.event.value, *each.key): each for each in self._outside()}
        news = [each for key, each in seen.items() if key not in self._told]
        if news:
            await self._store.happened(news)
            self.worker.wake()
        self._told = set(seen)
        now = now or datetime.now(UTC)
        if self._swept is None or now - self._swept >= SWEEP_EVERY:
            await self._store.forget(now - self._keep)
            self._swept = now
