"""What is typed about a call: one text of each who types, saved as it is typed.

Each has a text of their own, so that two who are with the same caller overwrite nothing of each
other's. One who has the same text open in two windows is told by its version.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from router.calls.record import ERASED
from router.store.engine import BUSY_S
from router.store.errors import UnknownCallError
from router.store.rows import from_us, to_us
from router.store.tables import call_notes, calls
from router.store.text import storable
from router.store.transaction import Transactions
from siaga.errors import SiagaError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

MAX_NOTE: Final = 10_000
"""Characters of a text."""
_ROW: Final = call_notes.c


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody has typed about a call.

    Attributes:
        call: its id. ``account``: whose text, ``who`` by name.
        version: grows with each saving, from 1.
        at: when it was saved, UTC.
    """

    call: str
    account: int
    who: str
    text: str
    version: int
    at: datetime


class NoteOvertakenError(SiagaError):
    """The text was saved by another window since.

    Attributes:
        kept: as it is now.
    """

    code = "overtaken"

    def __init__(self, kept: Note) -> None:
        super().__init__(
            "Catatan ini sudah berubah di jendela lain.\nThis note has changed in another window."
        )
        self.kept = kept


class NoteStore:
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

    async def keep(self, node: str, note: Note) -> Note:
        """Keep a text in place of the one of ``note.version``, 0: there was none yet.

        To keep again what is kept changes nothing.

        Raises:
            NoteOvertakenError: another one is kept by now.
            UnknownCallError: there is no such call, or it is forgotten.
        """
        try:
            return await self._transactions.run(partial(_keep, node, note))
        except IntegrityError:
            # Both windows saved for the first time at once: now there is one.
            return await self._transactions.run(partial(_keep, node, note))

    async def of(self, node: str, call: str) -> list[Note]:
        """Those of a call, in the order of who wrote last."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(read, [(node, call)])


def read(connection: Connection, keys: Iterable[tuple[str, str]]) -> list[Note]:
    """Those of these calls that are not empty, the earliest first."""
    mine = or_(*(and_(_ROW.node == node, _ROW.call_id == call) for node, call in keys))
    query = select(*call_notes.columns).where(mine, _ROW.text != "").order_by(_ROW.at, _ROW.account)
    return [_note(row) for row in connection.execute(query)]


def erase(connection: Connection, node: str, ids: list[str]) -> None:
    """Forget what was typed about these calls."""
    connection.execute(delete(call_notes).where(_ROW.node == node, _ROW.call_id.in_(ids)))


def _keep(node: str, note: Note, connection: Connection) -> Note:
    mine = and_(_ROW.node == node, _ROW.call_id == note.call, _ROW.account == note.account)
    text, who = storable(note.text, MAX_NOTE), storable(note.who)
    row = connection.execute(select(*call_notes.columns).where(mine)).one_or_none()
    kept = None if row is None else _note(row)
    if kept is not None and kept.text == text:
        return kept
    if kept is not None and kept.version != note.version:
        raise NoteOvertakenError(kept)
    values = {"who": who, "text": text, "version": note.version + 1, "at": to_us(note.at)}
    if kept is not None:
        connection.execute(update(call_notes).where(mine).values(**values))
    else:
        known = select(calls.c.caller).where(calls.c.node == node, calls.c.id == note.call)
        # What is forgotten already would not be forgotten again.
        if connection.execute(known).scalar() in {None, ERASED}:
            raise UnknownCallError(note.call)
        values |= {"node": node, "call_id": note.call, "account": note.account, "version": 1}
        connection.execute(insert(call_notes), values)
    return Note(note.call, note.account, who, text, int(str(values["version"])), note.at)


def _note(row: Row[tuple[object, ...]]) -> Note:
    return Note(row.call_id, row.account, row.who, row.text, row.version, from_us(row.at))
