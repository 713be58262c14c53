"""Live state in Asterisk's database: listed, set and cleared over its manager."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

import structlog

from router.ami import ActionRefusedError, DbDel, DbPut, DbTree, QueuePause
from router.live import rules
from router.live.errors import NotSetError, StrandedError
from router.live.items import OPPOSITES, Item, in_force, live_at, parse, with_item
from siaga.names import LIVE_FAMILY, NOTE_FAMILY
from siaga.plan import calendar
from siaga.plan.live import Override

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from router.ami import Action, Event, ListAction, Response
    from siaga.plan.live import Live
    from siaga.plan.model import Plan
    from siaga.plan.words import Words

    Clock: TypeAlias = Callable[[], datetime]

Prover: TypeAlias = "Callable[[Plan, Live, datetime, datetime], Sequence[Words]]"
"""How callers are stranded with a live state between two moments, the centre's; empty: none is."""

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """The time by this machine's clock."""
    return datetime.now(UTC)


class Manager(Protocol):
    """What is needed of :class:`router.ami.AmiLink`, logged in as the account ``admin``."""

    async def act(self, action: Action) -> Response:
        """Have Asterisk do something."""

    async def collect(self, action: ListAction) -> list[Event]:
        """Have Asterisk list something."""


class Audit(Protocol):
    """Keeps who changed what."""

    def append(self, line: dict[str, object]) -> None:
        """Keep a line, or raise an OSError."""


class LiveStore:
    """Overrides, kept by Asterisk. Every method may raise an ``AmiError``.

    Args:
        manager: the link.
        plan: gives the plan in force.
        audit: keeps each change.
        now: an aware clock.
        prove: what an override is held to before it is set; None: nothing.
    """

    def __init__(
        self,
        manager: Manager,
        plan: Callable[[], Plan],
        audit: Audit,
        now: Clock,
        *,
        prove: Prover | None = None,
    ) -> None:
        self.manager = manager
        self.plan = plan
        self.now = now
        self.changed: Callable[[], None] | None = None
        """Called after each change."""
        self._audit = audit
        self._prove = prove

    async def kept(self) -> tuple[Item, ...]:
        """All overrides, those too that have ended and were not removed yet."""
        return parse(await self.entries(LIVE_FAMILY), await self.entries(NOTE_FAMILY))

    async def items(self) -> tuple[Item, ...]:
        """The overrides in force."""
        return in_force(await self.kept(), self.now())

    async def set(self, item: Item, *, force: bool = False) -> tuple[str, ...]:
        """Set an override in place of the same or its opposite; gives warnings for who set it.

        Args:
            item: to be set; ``since`` is filled in.
            force: set it although callers would be stranded.

        Raises:
            UnknownNameError, TermsError: it cannot be set.
            StrandedError: it should not be set.
        """
        now = self.now()
        item = replace(item, until=item.until.replace(microsecond=0), since=now)
        before = await self.items()
        warnings = list(rules.check(self.plan(), item, before, now))
        await self._judge(item, before, now, force=force)
        await self._put(item)
        if item.override is Override.PAUSE:
            warnings += await self._paused(item.name, paused=True)
        return (*warnings, *self.noted("set", item, item.reason, item.by))

    async def follow(self, item: Item) -> None:
        """Set an override that was set, and judged, at another node, as it is there.

        Raises:
            UnknownNameError, TermsError: it cannot be set.
        """
        # Only diversions depend on what is set beside them.
        before = await self.items() if item.override is Override.DIVERT else ()
        rules.check(self.plan(), item, before, self.now())
        await self._put(item)
        if item.override is Override.PAUSE:
            await self._paused(item.name, paused=True)
        self.noted("set", item, item.reason, item.by)

    async def silence(self, item: Item) -> tuple[str, ...]:
        """Set one of many silences: of what is still said meanwhile it does not warn.

        Raises:
            UnknownNameError, TermsError: it cannot be set.
        """
        now = self.now()
        item = replace(item, until=item.until.replace(microsecond=0), since=now)
        rules.check(self.plan(), item, (), now)
        await self._put(item)
        return self.noted("set", item, item.reason, item.by)

    async def _put(self, item: Item) -> None:
        # The note first: an override never stands there without its reason.
        await self.manager.act(DbPut(NOTE_FAMILY, item.key, item.note))
        await self.manager.act(DbPut(LIVE_FAMILY, item.key, item.value))
        opposite = OPPOSITES.get(item.override)
        if opposite is not None:
            await self.remove(f"{opposite}/{item.name}")

    async def clear(self, item: Item, *, reason: str, by: str) -> tuple[str, ...]:
        """End an override before its time; gives warnings.

        Raises:
            NotSetError: there is no such override.
            TermsError: reason or author cannot be taken.
        """
        rules.check_words(reason, by)
        if not await self.remove(item.key):
            raise NotSetError(
                f"Tidak ada yang berlaku: {item.key}.\nNothing of the kind is set: {item.key}."
            )
        warnings: Sequence[str] = ()
        if item.override is Override.PAUSE:
            warnings = await self._paused(item.name, paused=False)
        return (*warnings, *self.noted("clear", item, reason, by))

    async def entries(self, family: str) -> dict[str, str]:
        """Values of a family by key."""
        start = f"/{family}/"
        found = {}
        for event in await self.manager.collect(DbTree(family)):
            key, value = event.headers.get("Key", ""), event.headers.get("Val", "")
            if key.startswith(start):
                found[key.removeprefix(start)] = value
        return found

    async def remove(self, key: str) -> bool:
        """Remove an override and its note; False: it was not there."""
        was_there = await self.delete(LIVE_FAMILY, key)
        await self.delete(NOTE_FAMILY, key)
        return was_there

    async def delete(self, family: str, key: str) -> bool:
        """Remove an entry; False: it was not there."""
        try:
            await self.manager.act(DbDel(family, key))
        except ActionRefusedError:
            return False
        return True

    def noted(self, what: str, item: Item, reason: str, by: str) -> tuple[str, ...]:
        """Log and keep a change; gives a warning when it could not be kept."""
        if self.changed is not None:
            self.changed()
        log.info(
            "live_changed",
            what=what,
            override=str(item.override),
            name=item.name,
            target=item.target,
            until=item.until.isoformat(),
            reason=reason,
            by=by,
        )
        line: dict[str, object] = {
            "at": self.now().isoformat(timespec="seconds"),
            "what": what,
            "override": str(item.override),
            "name": item.name,
            "target": item.target,
            "until": item.until.isoformat(),
            "reason": reason,
            "by": by,
        }
        try:
            self._audit.append(line)
        except OSError as error:
            # It is in force and is wanted: a full disk must not undo it.
            log.error("live_audit_failed", error=str(error))  # noqa: TRY400 (no trace is needed)
            return _one(
                f"Berlaku, tetapi tidak tercatat di live.jsonl ({error.strerror}). / "
                f"In force, but not recorded in live.jsonl ({error.strerror})."
            )
        return ()

    async def _judge(
        self, item: Item, before: Sequence[Item], now: datetime, *, force: bool
    ) -> None:
        if self._prove is None or force or item.override is Override.FLAG:
            return
        plan = self.plan()
        span = calendar.local(plan, now), calendar.local(plan, item.until)
        # It may think for seconds, and pings want an answer meanwhile.
        live = live_at(with_item(before, item), now)
        after = await asyncio.to_thread(self._prove, plan, live, *span)
        if not after:
            return
        # What is so already is no reason to refuse: it may be what is to be mended.
        old = await asyncio.to_thread(self._prove, plan, live_at(before, now), *span)
        if stories := [story for story in after if story not in old]:
            raise StrandedError(stories)

    async def _paused(self, extension: str, *, paused: bool) -> tuple[str, ...]:
        """Have the queues know at once what the dialplan would tell them at the next call."""
        try:
            await self.manager.act(QueuePause(extension, paused))
        except ActionRefusedError as error:
            return _one(
                f"Antrean belum diberi tahu ({error.message}); berlaku pada panggilan berikut. / "
                f"The queues do not know yet ({error.message}); it counts from the next call on."
            )
        return ()


def _one(warning: str) -> tuple[str, ...]:
    return (warning,)
