"""What a shift hands over to the next: notes that are added, never changed, and who read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, delete, insert, select

from router.accounts.trail import Deed
from router.store.account_tables import handover_notes, handover_reads
from router.store.engine import BUSY_S
from router.store.rows import from_us, to_us
from router.store.text import storable
from router.store.trail import Change, write
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.accounts.trail import Actor

MAX_TEXT: Final = 4_000
"""Characters of a note."""
KEPT: Final = timedelta(days=90)
"""How long a note is kept: a caller's number may be in it."""


@dataclass(frozen=True, slots=True)
class HandoverNote:
    """A note to the next shift.

    Attributes:
        who: wrote it ``at``, aware.
        read: who has said that they read it, the first one first.
    """

    id: int
    who: str
    at: datetime
    text: str
    read: tuple[str, ...] = ()


class HandoverStore:
    """Keeps and reads them.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    async def add(self, text: str, once: str, actor: Actor) -> bool:
        """Add a note; those that were kept long enough go.

        Args:
            text: of it.
            once: names the form; False: it was sent before, nothing was added.
            actor: who writes.
        """
        return await self._transactions.run(partial(_add, text, once, actor))

    async def read(self, note: int, actor: Actor) -> None:
        """Note that somebody has read it; to say so again changes nothing."""
        await self._transactions.run(partial(_read, note, actor))

    async def newest(self, limit: int) -> list[HandoverNote]:
        """The newest ones, newest first."""
        query = select(handover_notes).order_by(handover_notes.c.id.desc()).limit(limit)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
            seen = handover_reads.c
            by = select(seen.note, seen.who).where(seen.note.in_([row["id"] for row in rows]))
            read = (await connection.execute(by.order_by(seen.at))).all()
        return [
            HandoverNote(
                row["id"],
                row["who"],
                from_us(row["at"]),
                row["text"],
                tuple(who for note, who in read if note == row["id"]),
            )
            for row in rows
        ]


def _add(text: str, once: str, actor: Actor, connection: Connection) -> bool:
    known = select(handover_notes.c.id).where(handover_notes.c.once == once)
    if connection.execute(known).first() is not None:
        return False
    old = select(handover_notes.c.id).where(handover_notes.c.at < to_us(actor.at - KEPT))
    connection.execute(delete(handover_reads).where(handover_reads.c.note.in_(old)))
    connection.execute(delete(handover_notes).where(handover_notes.c.at < to_us(actor.at - KEPT)))
    values = {
        "once": once,
        "who": storable(actor.who),
        "at": to_us(actor.at),
        "text": storable(text, MAX_TEXT),
    }
    connection.execute(insert(handover_notes).values(values))
    write(connection, actor, Change(Deed.HANDED_OVER, "", "", ""))
    return True


def _read(note: int, actor: Actor, connection: Connection) -> None:
    there = select(handover_notes.c.id).where(handover_notes.c.id == note)
    mine = select(handover_reads.c.note).where(
        handover_reads.c.note == note, handover_reads.c.account == (actor.account or 0)
    )
    if connection.execute(there).first() is None or connection.execute(mine).first() is not None:
        return
    values = {"note": note, "account": actor.account or 0, "who": storable(actor.who)}
    connection.execute(insert(handover_reads).values(**values, at=to_us(actor.at)))
