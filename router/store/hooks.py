"""Subscriptions as admins make and change them, each change with its row of the audit log."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, exists, func, insert, select, true, update

from router.accounts.model import checked_name
from router.accounts.trail import Deed
from router.hooks.model import CHOICES, MOST, TURNING, Happening, Hook, HookEvent
from router.hooks.posts import Nothing
from router.notify.signature import PREFIX
from router.store.engine import BUSY_S
from router.store.hook_news import hook_of, one, put, tell
from router.store.hook_tables import WAITING, hook_posts, hooks
from router.store.outbox import NOT_NEEDED, Queue
from router.store.rows import from_us, to_us
from router.store.text import storable
from router.store.trail import Change, write
from router.store.transaction import Transactions
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.ext.asyncio import AsyncEngine
    from yarl import URL

    from router.accounts.trail import Actor

SECRET_BYTES: Final = 32
_SILENCING: Final = frozenset({Deed.HOOK_PAUSED, Deed.HOOK_REMOVED})
"""After these, what waits is not sent."""


class HookError(SiagaError):
    """A subscription that is not made; the code says why."""

    code = "hook"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PostState(StrEnum):
    """What became of a post."""

    SENT = "sent"
    WAITING = "waiting"
    NOT_NEEDED = "not_needed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class HookPost:
    """A post, as it is listed.

    Attributes:
        id: as its receiver sees it. ``event``: what it tells, of ``call``, if of one.
        at: when that happened.
        state: what became of it, ``sent`` when; ``attempts`` failed, the last by ``error``.
    """

    id: str
    event: str
    call: str
    at: datetime
    state: PostState
    sent: datetime | None
    attempts: int
    error: str


def new_secret() -> str:
    """One that nobody guesses, in the form of Standard Webhooks."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


class HookQueue(Queue):
    """Posts as the router's worker sees them; moot are those to whom nothing is told any more."""

    def __init__(self, engine: AsyncEngine, node: str) -> None:
        stands = exists().where(
            hooks.c.id == hook_posts.c.target, hooks.c.paused.is_(None), hooks.c.removed.is_(None)
        )
        super().__init__(engine, node, hook_posts, true(), ~stands)

    def _in_turn(self, now_us: int) -> ColumnElement[bool]:  # noqa: ARG002 (none is due later)
        """The oldest of each subscription, found at once however many wait behind it."""
        others = hook_posts.alias("others")
        oldest = (
            select(others.c.id)
            .where(
                others.c.target == hooks.c.id,
                others.c.delivered.is_(None),
                others.c.given_up.is_(None),
            )
            .order_by(others.c.created, others.c.id)
            .limit(1)
            .correlate(hooks)
            .scalar_subquery()
        )
        return hook_posts.c.id.in_(select(oldest).select_from(hooks))


class HookStore:
    """The subscriptions, and what they were told.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    # --- read -----------------------------------------------------------------------------------

    async def listed(self) -> list[Hook]:
        """All that were not removed, newest first."""
        query = select(*hooks.columns).where(hooks.c.removed.is_(None)).order_by(hooks.c.id.desc())
        async with self._engine.connect() as connection:
            return [hook_of(row) for row in (await connection.execute(query)).mappings()]

    async def get(self, number: int) -> Hook | None:
        """One of them."""
        query = select(*hooks.columns).where(hooks.c.id == number, hooks.c.removed.is_(None))
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else hook_of(row)

    async def posts(self, number: int, limit: int) -> list[HookPost]:
        """What one was told, newest first."""
        query = (
            select(*hook_posts.columns)
            .where(hook_posts.c.target == number)
            .order_by(hook_posts.c.created.desc(), hook_posts.c.id.desc())
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [_post(row) for row in await connection.execute(query)]

    async def waiting(self) -> dict[int, int]:
        """How many posts wait, by subscription."""
        query = select(hook_posts.c.target, func.count()).where(WAITING)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.group_by(hook_posts.c.target))
            return {target: count for target, count in rows}  # noqa: C416 (rows are no pairs)

    # --- change ---------------------------------------------------------------------------------

    async def make(
        self, name: str, address: URL, events: Iterable[str], actor: Actor, *, personal: bool
    ) -> tuple[int, str]:
        """Subscribe an address that may be; gives its number, and its secret this once.

        Raises:
            WrongNameError, HookError: it was not made.
        """
        wanted = [event.value for event in CHOICES if event in set(events)]
        if not wanted:
            raise HookError("hook_events", "Pilih kejadian.\nChoose what it is told.")
        values = {
            "name": checked_name(name),
            "address": storable(str(address)),
            "events": " ".join(wanted),
            "personal": int(personal),
            "secret": new_secret(),
            "made": to_us(actor.at),
            "who": storable(actor.who),
            "since": to_us(actor.at),
        }
        about = f"{address.host}: {values['events']}" + (" + personal" if personal else "")
        number = await self._transactions.run(partial(_make, values, about, actor))
        return number, str(values["secret"])

    async def pause(self, number: int, actor: Actor) -> None:
        """Tell it nothing from now on; what waits is not sent."""
        values = {"paused": to_us(actor.at)}
        await self._change(number, Deed.HOOK_PAUSED, lambda hook: not hook.paused, values, actor)

    async def resume(self, number: int, actor: Actor) -> None:
        """Tell it again what happens from now on."""
        values = {"paused": None, "since": to_us(actor.at)}
        await self._change(number, Deed.HOOK_RESUMED, lambda hook: bool(hook.paused), values, actor)

    async def remove(self, number: int, actor: Actor) -> None:
        """Tell it nothing any more; its secrets go."""
        values = {"removed": to_us(actor.at), "secret": "", "former": None, "address": ""}
        await self._change(number, Deed.HOOK_REMOVED, lambda _hook: True, values, actor)

    async def rotate(self, number: int, actor: Actor) -> str | None:
        """Give it another secret, which is told this once; None: there is no such subscription.

        For a day its posts are signed with both.
        """
        made = new_secret()
        values = {
            "secret": made,
            "former": hooks.c.secret,
            "former_until": to_us(actor.at + TURNING),
        }
        done = await self._change(
            number, Deed.HOOK_SECRET_RENEWED, lambda _hook: True, values, actor
        )
        return made if done else None

    async def again(self, number: int, actor: Actor) -> None:
        """Have what was given up tried once more."""
        await self._transactions.run(partial(_again, number, actor))

    async def test(self, number: int, node: str, actor: Actor) -> None:
        """Have a post sent that tells nothing."""
        await self._transactions.run(partial(_test, number, node, actor))

    async def happened(self, happenings: Iterable[Happening]) -> None:
        """Tell of what has become so elsewhere than in this database."""
        news = list(happenings)
        await self._transactions.run(lambda connection: tell(connection, news))

    async def forget(self, before: datetime) -> None:
        """Delete posts of what happened before."""
        old = delete(hook_posts).where(hook_posts.c.created < to_us(before))
        await self._transactions.run(lambda connection: connection.execute(old) and None)

    async def _change(
        self,
        number: int,
        deed: Deed,
        may: Callable[[Hook], bool],
        values: dict[str, Any],
        actor: Actor,
    ) -> bool:
        work = partial(_change, number, deed, may, values, actor)
        return await self._transactions.run(work)


def _get(connection: Connection, number: int) -> Hook | None:
    query = select(*hooks.columns).where(hooks.c.id == number, hooks.c.removed.is_(None))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else hook_of(row)


def _make(values: dict[str, Any], about: str, actor: Actor, connection: Connection) -> int:
    there = select(func.count()).select_from(hooks).where(hooks.c.removed.is_(None))
    if connection.execute(there).scalar_one() >= MOST:
        raise HookError("hook_most", f"Paling banyak {MOST}.\nAt most {MOST}.")
    made: int = connection.execute(insert(hooks).returning(hooks.c.id), values).scalar_one()
    write(connection, actor, Change(Deed.HOOK_MADE, values["name"], "", about))
    return made


def _change(  # noqa: PLR0913, PLR0917 (what is changed, if, by whom)
    number: int,
    deed: Deed,
    may: Callable[[Hook], bool],
    values: dict[str, Any],
    actor: Actor,
    connection: Connection,
) -> bool:
    hook = _get(connection, number)
    if hook is None or not may(hook):
        return False
    connection.execute(update(hooks).where(hooks.c.id == number).values(values))
    if deed in _SILENCING:
        gone = update(hook_posts).where(hook_posts.c.target == number, WAITING)
        connection.execute(gone.values(given_up=to_us(actor.at), last_error=NOT_NEEDED))
    write(connection, actor, Change(deed, hook.name))
    return True


def _again(number: int, actor: Actor, connection: Connection) -> None:
    hook = _get(connection, number)
    dead = and_(hook_posts.c.given_up.is_not(None), hook_posts.c.last_error != NOT_NEEDED)
    if hook is None or hook.paused is not None:
        return
    retried = update(hook_posts).where(hook_posts.c.target == number, dead)
    connection.execute(retried.values(given_up=None, next_try=to_us(actor.at)))
    write(connection, actor, Change(Deed.HOOK_TESTED, hook.name, "", "again"))


def _test(number: int, node: str, actor: Actor, connection: Connection) -> None:
    hook = _get(connection, number)
    if hook is None or hook.paused is not None:
        return
    key = (json.dumps([actor.account, actor.at.isoformat()]),)
    happening = Happening(HookEvent.TEST, actor.at, node, key, Nothing())
    put(connection, [one(happening, hook, actor.at)])
    write(connection, actor, Change(Deed.HOOK_TESTED, hook.name))


def _post(row: Any) -> HookPost:
    state = PostState.WAITING
    if row.delivered is not None:
        state = PostState.SENT
    elif row.given_up is not None:
        state = PostState.NOT_NEEDED if row.last_error == NOT_NEEDED else PostState.DEAD
    return HookPost(
        row.id,
        row.event,
        row.call_id,
        from_us(row.created),
        state,
        None if row.delivered is None else from_us(row.delivered),
        # A post that arrived has been counted too.
        row.attempts - (state is PostState.SENT),
        row.last_error or "",
    )
