"""What became of those who were to be called back: closed tasks, each with its tries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from router.store.rows import from_us
from router.store.tables import callback_tasks, callback_tries

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class PastTry:
    """A try at calling somebody back. Times in UTC.

    Attributes:
        handset: that it was made from.
        asked: when the operator asked, ``dialled`` when the number was, if it was.
        answered: when he answered, if he did; ``ended`` when the operator's call was over.
        result: one of :class:`router.callbacks.attempt.TryResult`; None while it lasts.
        recording: path below the recordings folder.
    """

    handset: str
    asked: datetime
    dialled: datetime | None
    answered: datetime | None
    ended: datetime | None
    result: str | None
    recording: str | None


@dataclass(frozen=True, slots=True)
class PastTask:
    """A closed task. Times in UTC.

    Attributes:
        id: of the task. ``number``: who it was, or that it was erased.
        opened: when his first call began; ``calls``, how many there were.
        closed: when, and ``how``: one of :class:`router.callbacks.rules.How`.
        who: closed it: a person, a handset, or the agency that he got through to. ``why``.
        tries: oldest first.
    """

    id: int
    number: str
    opened: datetime
    calls: int
    closed: datetime
    how: str
    who: str
    why: str
    tries: tuple[PastTry, ...]


async def closed_tasks(engine: AsyncEngine, limit: int) -> list[PastTask]:
    """The ``limit`` tasks that were closed last, oldest first.

    Raises:
        SQLAlchemyError, OSError: the database does not work now.
    """
    table, tries = callback_tasks, callback_tries
    newest = (
        select(*table.columns)
        .where(table.c.closed.is_not(None))
        .order_by(table.c.closed.desc(), table.c.id.desc())
        .limit(limit)
    )
    async with engine.connect() as connection:
        found = list(await connection.execute(newest))[::-1]
        ids = [row.id for row in found]
        made = select(*tries.columns).where(tries.c.task.in_(ids)).order_by(tries.c.asked)
        tried = list(await connection.execute(made))
    return [_past(row, [each for each in tried if each.task == row.id]) for row in found]


def _past(row: Row[tuple[object, ...]], tried: list[Row[tuple[object, ...]]]) -> PastTask:
    return PastTask(
        row.id,
        row.number,
        from_us(row.opened),
        row.calls,
        from_us(row.closed),
        row.how,
        row.who or "",
        row.why or "",
        tuple(as_try(each) for each in tried),
    )


def as_try(row: Row[tuple[object, ...]]) -> PastTry:
    """A try of its row."""
    return PastTry(
        row.handset,
        from_us(row.asked),
        _time(row.dialled),
        _time(row.answered),
        _time(row.ended),
        row.result,
        row.recording,
    )


def _time(value: int | None) -> datetime | None:
    return None if value is None else from_us(value)
