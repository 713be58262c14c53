"""Keeps what overrides the plan for a while the same on all nodes, docs/decisions/nodes.md.

Each node's Asterisk has it, so that callers are led by it with every Python process and the
database dead. What is changed at one node is told to the others by the database they share, by its
router; one that was away, or was changed without its router, tells and is told when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.ami import AmiError, DbGet, DbPut
from router.live import LiveError, parse
from router.live.items import in_force
from router.store.node_live import Shared
from router.store.rows import to_us
from siaga.names import LIVE_FAMILY, NOTE_FAMILY, SEPARATOR, SHARED_FAMILY

if TYPE_CHECKING:
    from router.live import Item, LiveStore
    from router.store.node_live import NodeLive

log = structlog.get_logger(__name__)

TICK_S: Final = 1.0
LOOK_S: Final = 5.0
"""A change by this node's command line, which needs no router, is told to the others that late."""
FORGET_S: Final = 600.0
KEEP_ENDED: Final = timedelta(hours=1)
"""A node's clock may be behind by so much."""
NOTHING: Final = "-"
"""Digest of an override that is not set."""


class Step(Enum):
    """What is to be done about one override."""

    NONE = auto()
    NOTE = auto()
    """Here and there it is the same, and that was not known."""
    TELL = auto()
    TAKE = auto()
    FORGET = auto()
    """It is over, here and there."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What all were last known to have.

    Attributes:
        number: of the change; 0: of none. ``digest``: of the override then.
    """

    number: int = 0
    digest: str = NOTHING

    def __str__(self) -> str:
        """As it stands in Asterisk's database."""
        return f"{self.number}{SEPARATOR}{self.digest}"

    @classmethod
    def read(cls, value: str | None) -> Mark:
        """That of a value; whatever is none of ours says nothing."""
        number, _, digest = (value or "").partition(SEPARATOR)
        if not (number.isascii() and number.isdigit() and len(number) < 20 and digest):
            return cls()
        return cls(int(number), digest)


def digest(item: Item | None) -> str:
    """Tells an override from any other of its name."""
    if item is None:
        return NOTHING
    return hashlib.sha256(f"{item.value}\n{item.note}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Compared:
    """One override.

    Attributes:
        here: in force on this node, if it is.
        there: what the database says of it, unless it has ended.
        mark: what all had before.
    """

    key: str
    here: Item | None
    there: Shared | None
    mark: Mark

    @property
    def number(self) -> int:
        """Of the change that the database tells of; 0: it tells of none."""
        return 0 if self.there is None else self.there.number


def step(one: Compared, *, marked: bool) -> Step:
    """What is to be done; ``marked``: whether anything is noted about it."""
    here, there, mark = one.here, one.there, one.mark
    wanted = None if there is None else item_of(there)
    mine, theirs = digest(here), digest(wanted)
    if mine == theirs:
        if here is None and there is None:
            return Step.FORGET if marked else Step.NONE
        return Step.NONE if mark == Mark(one.number, mine) else Step.NOTE
    if one.number <= mark.number or there is None:
        # It was changed here; or the database is an older one, or empty.
        return Step.TELL
    if mine == mark.digest or here is None:
        return Step.TAKE
    # At two nodes at once: the later word counts, whenever it was told.
    later = one.number if wanted is None else _since(wanted)
    return Step.TAKE if later >= _since(here) else Step.TELL


def _since(item: Item) -> int:
    return 0 if item.since is None else to_us(item.since)


def item_of(row: Shared) -> Item | None:
    """The override of a row; None: it was ended, or is none of ours."""
    if row.value is None:
        return None
    return next(iter(parse({row.key: row.value}, {row.key: row.note})), None)


def is_ours(row: Shared) -> bool:
    """Whether a row is of an override, one that was ended too: whoever wrote it."""
    return bool(parse({row.key: f"0{SEPARATOR}x" if row.value is None else row.value}, {}))


class Alike:
    """Does it; one for a router.

    Args:
        store: of this node's overrides.
        shared: those of all.
    """

    def __init__(self, store: LiveStore, shared: NodeLive) -> None:
        self._store = store
        self._shared = shared
        self._seen = -1
        self._news = asyncio.Event()
        self._refused: dict[str, int] = {}

    def changed(self) -> None:
        """Something was changed here; returns at once."""
        self._news.set()

    def close(self) -> None:
        """Let go of the database."""
        self._shared.close()

    async def run(self) -> None:
        """Look when something changes, there or here, until cancelled."""
        clock = asyncio.get_running_loop().time
        looked = forgot = -FORGET_S
        while True:
            # The heart and the keeper tell that the database, or Asterisk, is away.
            with contextlib.suppress(SQLAlchemyError, OSError, AmiError):
                if await self._has_news() or clock() - looked >= LOOK_S:
                    await self.look()
                    looked = clock()
                if clock() - forgot >= FORGET_S:
                    await self._shared.forget(self._store.now() - KEEP_ENDED)
                    forgot = clock()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._news.wait()

    async def _has_news(self) -> bool:
        here = self._news.is_set()
        self._news.clear()
        return await self._shared.newest() != self._seen or here

    async def look(self) -> None:
        """Compare all overrides, and tell and take what is new.

        Raises:
            SQLAlchemyError, OSError: the database does not work now.
            AmiError: Asterisk does not answer.
        """
        newest = await self._shared.newest()
        marks = await self._store.entries(SHARED_FAMILY)
        values = await self._store.entries(LIVE_FAMILY)
        found = parse(values, await self._store.entries(NOTE_FAMILY))
        rows, now = await self._shared.all(), self._store.now()
        here = {item.key: item for item in in_force(found, now)}
        there = {key: row for key, row in rows.items() if row.until > now and is_ours(row)}
        for key in sorted({*marks, *here, *there}):
            one = Compared(key, here.get(key), there.get(key), Mark.read(marks.get(key)))
            match step(one, marked=key in marks):
                case Step.FORGET:
                    await self._store.delete(SHARED_FAMILY, key)
                case Step.NOTE:
                    await self._note(key, Mark(one.number, digest(one.here)))
                case Step.TELL:
                    await self._tell(one, rows[key].number if key in rows else 0)
                case Step.TAKE:
                    await self._take(one, values.get(key))
                case Step.NONE:
                    pass
        self._seen = newest

    async def _tell(self, one: Compared, known: int) -> None:
        if one.here is not None:
            change = Shared(one.key, one.here.value, one.here.note, one.here.until)
        elif one.there is not None:
            change = Shared(one.key, None, "", one.there.until)
        else:
            return
        number = await self._shared.put(change, known)
        if number is not None:
            await self._note(one.key, Mark(number, digest(one.here)))
            log.info("live_told", override=one.key.partition("/")[0], ended=one.here is None)

    async def _take(self, one: Compared, value: str | None) -> None:
        if one.there is None:
            return
        found = await self._store.manager.collect(DbGet(LIVE_FAMILY, one.key))
        if [event.headers.get("Val", "") for event in found] != ([] if value is None else [value]):
            return  # Somebody has just changed it here: at the next look.
        wanted = item_of(one.there)
        try:
            if wanted is not None:
                await self._store.follow(wanted)
            elif one.here is not None:
                by = one.there.node
                await self._store.clear(one.here, reason=f"@{by}", by=by)
        except LiveError as error:
            if self._refused.get(one.key) != one.number:
                self._refused[one.key] = one.number
                override, node = one.key.partition("/")[0], one.there.node
                log.error("live_not_followed", override=override, node=node, code=error.code)  # noqa: TRY400 (no trace)
            return
        self._refused.pop(one.key, None)
        await self._note(one.key, Mark(one.number, digest(wanted)))

    async def _note(self, key: str, mark: Mark) -> None:
        await self._store.manager.act(DbPut(SHARED_FAMILY, key, str(mark)))
