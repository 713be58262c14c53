"""The list of whom to call back: read, given out one by one, and closed.

A task is given to one operator only: giving it out writes the try, in one transaction with the look
at who is due, and only then is the number dialled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, delete, func, insert, select, update

from router.callbacks.attempt import RING_S, Try, TryResult
from router.callbacks.numbers import subscriber
from router.callbacks.rules import UNANSWERED, How
from router.calls.record import ERASED
from router.store.engine import BUSY_S
from router.store.errors import StoreError
from router.store.followup import lock
from router.store.rows import from_us, to_us
from router.store.tables import callback_calls, callback_tasks, callback_tries, calls
from router.store.text import storable
from router.store.transaction import Transactions
from siaga.settings import CallbackRule
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

LOST: Final = timedelta(seconds=2 * RING_S)
"""A try of which nothing was heard for so long has ended unheard, and holds its task no longer."""


class NotOpenError(StoreError):
    """There is no such task, or it is closed already."""

    code = "callback_not_open"


@dataclass(frozen=True, slots=True)
class Task:
    """Somebody to be called back. Times in UTC.

    Attributes:
        id: of the task.
        number: in the form of :func:`router.callbacks.numbers.subscriber`.
        opened: when his first such call began, ``last`` the latest; ``calls`` how many there were.
        outcome: of the latest; with ``agency``, who rang last, ``emergency`` and ``language``.
        tries: at calling back that were dialled, ``unanswered`` those of them that count.
        due: from when on he is to be called.
        trying: extension that calls him now, if any.
        reason: what of ours cut the latest call off, if anything did.
        node: of the latest call.
    """

    id: int
    number: str
    opened: datetime
    last: datetime
    calls: int
    outcome: str
    agency: str | None
    emergency: str | None
    language: str | None
    tries: int
    unanswered: int
    due: datetime
    trying: str | None
    reason: str | None = None
    node: str = ""


class CallbackStore:
    """The list of whom to call back.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine, rule: CallbackRule | None = None) -> None:
        self._engine = engine
        self._rule = rule or CallbackRule()
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def tasks(self, now: datetime) -> list[Task]:
        """The open tasks, in the order in which they are due."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(partial(_tasks, now))

    async def unreachable(self, since: datetime) -> int:
        """How many calls since then nobody answered and cannot be called back: no usable number."""
        table = callback_calls.c
        query = select(func.count()).where(
            table.number == "", table.at >= to_us(since), table.outcome.in_(sorted(UNANSWERED))
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).scalar_one()

    async def claim(
        self, attempt: Try, now: datetime, can_send: Callable[[str], bool]
    ) -> Task | None:
        """Give the task that is due longest to whoever asks; None: none is due.

        Asking again in the same call gives the same task. A task is passed over while somebody
        calls its number, while its number is in a call to 112, and when no trunk may send it.
        """
        return await self._transactions.run(partial(_claim, attempt, now, can_send))

    async def put(self, attempt: Try) -> None:
        """Keep what became of a try; one that was given no task is of no interest."""
        await self._transactions.run(partial(_put, attempt, self._rule))

    async def close_task(self, task: int, who: str, why: str, now: datetime) -> None:
        """Close a task by hand.

        Raises:
            NotOpenError: nothing was changed.
        """
        await self._transactions.run(partial(_close_by_hand, task, who, why, now))

    async def unfinished(self, node: str) -> list[Try]:
        """The tries of a node of which the end is not known."""
        table = callback_tries
        query = select(*table.columns).where(table.c.node == node, table.c.result.is_(None))
        async with self._engine.connect() as connection:
            return [
                Try(
                    row.node,
                    row.call_id,
                    row.handset,
                    from_us(row.asked),
                    dialled=None if row.dialled is None else from_us(row.dialled),
                    recording=row.recording,
                )
                for row in await connection.execute(query)
            ]


def _tasks(now: datetime, connection: Connection) -> list[Task]:
    tries, table = callback_tries.c, callback_tasks
    mine = tries.task == table.c.id
    dialled = select(func.count()).where(mine, tries.dialled.is_not(None)).scalar_subquery()
    unanswered = select(func.count()).where(mine, _COUNTS).scalar_subquery()
    trying = select(func.max(tries.handset)).where(mine, _lasts(now)).scalar_subquery()
    query = (
        select(
            *table.columns,
            dialled.label("tries"),
            unanswered.label("unanswered"),
            trying.label("trying"),
        )
        .where(table.c.closed.is_(None))
        .order_by(table.c.due, table.c.id)
    )
    return [
        Task(
            row.id,
            row.number,
            from_us(row.opened),
            from_us(row.last),
            row.calls,
            row.outcome,
            row.agency,
            row.emergency,
            row.language,
            row.tries,
            row.unanswered,
            from_us(row.due),
            row.trying,
            row.reason,
            row.node,
        )
        for row in connection.execute(query)
    ]


_COUNTS: Final = callback_tries.c.result == TryResult.NO_ANSWER


def _lasts(now: datetime) -> ColumnElement[bool]:
    tries = callback_tries.c
    return and_(tries.result.is_(None), tries.asked > to_us(now - LOST))


def _claim(
    attempt: Try, now: datetime, can_send: Callable[[str], bool], connection: Connection
) -> Task | None:
    lock(connection)
    open_tasks = _tasks(now, connection)
    table = callback_tries
    given = select(table.c.task).where(
        table.c.node == attempt.node, table.c.call_id == attempt.call
    )
    before = connection.execute(given).scalar()
    if before is not None:
        return next((task for task in open_tasks if task.id == before), None)
    up = connection.execute(select(calls.c.caller).where(calls.c.ended.is_(None))).scalars()
    calling = {subscriber(caller) for caller in up}
    for task in open_tasks:
        is_free = task.trying is None and task.number not in calling
        if is_free and task.due <= now and can_send(task.number):
            _begin(connection, attempt, task.id)
            return task
    return None


def _begin(connection: Connection, attempt: Try, task: int) -> None:
    table = callback_tries
    lost = and_(table.c.task == task, table.c.result.is_(None))
    connection.execute(update(table).where(lost), {"result": str(TryResult.UNKNOWN)})
    values = {
        "node": storable(attempt.node),
        "call_id": storable(attempt.call),
        "task": task,
        "handset": storable(attempt.handset),
        "asked": to_us(attempt.asked),
    }
    connection.execute(insert(table), values)


def _put(attempt: Try, rule: CallbackRule, connection: Connection) -> None:
    lock(connection)
    table, tasks = callback_tries, callback_tasks
    mine = and_(table.c.node == attempt.node, table.c.call_id == attempt.call)
    number = connection.execute(select(table.c.task).where(mine)).scalar()
    if number is None:
        return
    result = attempt.result
    values: dict[str, Any] = {
        "dialled": _us(attempt.dialled),
        "answered": _us(attempt.answered),
        "ended": _us(attempt.ended),
        "recording": None if attempt.recording is None else storable(attempt.recording),
    }
    connection.execute(
        update(table).where(mine),
        {**values, "result": None if result is None else str(result)},
    )
    task = connection.execute(select(*tasks.columns).where(tasks.c.id == number)).one_or_none()
    if task is None or task.closed is not None or result is None:
        return
    if attempt.answered is not None:
        at = to_us(attempt.answered)
        _close(connection, number, How.REACHED, at, at, attempt.handset)
        return
    ended = to_us(attempt.ended or attempt.asked)
    if result in (TryResult.NO_ANSWER, TryResult.UNAVAILABLE):
        due = to_us((attempt.ended or attempt.asked) + timedelta(seconds=rule.gap_s))
        connection.execute(update(tasks).where(tasks.c.id == number), {"due": due})
    counted = select(func.count()).where(table.c.task == number, _COUNTS)
    if connection.execute(counted).scalar_one() >= rule.tries:
        _close(connection, number, How.UNREACHED, ended, task.last, "")


def _us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def _close(  # noqa: PLR0913, PLR0917 (what is kept of a closing)
    connection: Connection, task: int, how: How, at: int, settled: int, who: str, why: str = ""
) -> None:
    values = {
        "closed": at,
        "settled": settled,
        "how": str(how),
        "who": storable(who),
        "why": storable(why),
    }
    connection.execute(update(callback_tasks).where(callback_tasks.c.id == task), values)


def _close_by_hand(task: int, who: str, why: str, now: datetime, connection: Connection) -> None:
    lock(connection)
    table = callback_tasks
    query = select(table.c.last).where(table.c.id == task, table.c.closed.is_(None))
    last = connection.execute(query).scalar()
    if last is None:
        raise NotOpenError(
            f"Tidak ada tugas {task} yang terbuka; lihat {COMMAND} callbacks.\n"
            f"There is no open task {task}: look at {COMMAND} callbacks."
        )
    _close(connection, task, How.BY_HAND, to_us(now), last, who, why)


def erase(connection: Connection, node: str, ids: list[str], now: datetime) -> None:
    """Forget numbers along with those of the calls ``ids`` of a node.

    A task whose latest call is among them loses its number, and is closed if it is not.
    """
    lock(connection)
    table, tasks = callback_calls, callback_tasks
    connection.execute(delete(table).where(table.c.node == node, table.c.call_id.in_(ids)))
    gone = and_(tasks.c.node == node, tasks.c.call_id.in_(ids))
    at = to_us(now)
    closing = {"closed": at, "settled": at, "how": str(How.ERASED)}
    connection.execute(update(tasks).where(gone, tasks.c.closed.is_(None)), closing)
    connection.execute(update(tasks).where(gone), {"number": ERASED})
