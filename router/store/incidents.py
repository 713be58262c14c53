"""Incidents: opened, joined, split, placed, and followed until they are closed.

Each step is one transaction that reads what is so, changes it and notes it in the log. To take a
step again changes nothing.
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import and_

from router.incidents import seen as rules
from router.incidents.model import Event, Incident, Place, Said, Sop, Unit
from router.incidents.seen import Intent
from router.store import incident_rows, incident_steps
from router.store.engine import BUSY_S
from router.store.incident_locked import locked
from router.store.incident_seen import Seen, take
from router.store.rows import to_us
from router.store.tables import incidents
from router.store.transaction import Transactions

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.incidents.model import Answer, Entry

T = TypeVar("T")


class IncidentStore:
    """Keeps incidents.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
        UnknownIncidentError, IncidentClosedError: nothing was changed.
        OvertakenError: nothing was changed; only of one made by :meth:`seeing`.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._seen: Seen | None = None
        self._transactions = Transactions(engine, BUSY_S)

    def close(self) -> None:
        """Let go of the database."""
        self._transactions.close()

    def seeing(self, incident: int, version: int) -> IncidentStore:
        """The same, for somebody who has seen so much of this incident.

        What another has changed since is not written over, and what they have had done already is
        not done again.
        """
        made = copy(self)
        made._seen = Seen(incident, version)  # noqa: SLF001 (its own)
        return made

    # --- read -----------------------------------------------------------------------------------

    async def open(self) -> list[Incident]:
        """Those that are not closed, the newest first."""
        return await self._read(
            lambda connection: incident_rows.read(connection, incidents.c.closed.is_(None))
        )

    async def newest(self, limit: int) -> list[Incident]:
        """The newest, closed or not."""
        every = incidents.c.id > 0
        return await self._read(lambda connection: incident_rows.read(connection, every, limit))

    async def between(self, begin: datetime, end: datetime) -> list[Incident]:
        """Those that were opened from ``begin`` on and before ``end``."""
        inside = and_(incidents.c.opened >= to_us(begin), incidents.c.opened < to_us(end))
        return await self._read(lambda connection: incident_rows.read(connection, inside))

    async def get(self, number: int) -> Incident:
        """One of them."""
        return await self._read(partial(incident_steps.get, number))

    async def of_call(self, call: str) -> Incident | None:
        """The incident that a call tells of."""
        return await self._read(partial(incident_steps.of_call, call))

    async def log(self, number: int) -> list[Entry]:
        """What was said and done."""
        return await self._read(lambda connection: incident_rows.read_log(connection, number))

    async def answers(self, number: int) -> list[Answer]:
        """What was asked and advised."""
        return await self._read(lambda connection: incident_rows.read_answers(connection, number))

    # --- change ---------------------------------------------------------------------------------

    async def open_for(self, call: str, said: Said, kind: str | None = None) -> int:
        """Open an incident that ``call`` tells of, unless it tells of one; gives its number.

        Args:
            call: that told of it.
            said: by whom and when.
            kind: what it is; None: what the caller chose.

        Raises:
            UnknownCallError: there is no such call.
        """
        work = partial(locked, partial(incident_steps.open_for, call, said, kind))
        return await self._transactions.run(work)

    async def join(self, number: int, call: str, said: Said) -> None:
        """``call`` tells of this incident, and of no other any more.

        Raises:
            UnknownCallError: there is no such call.
        """
        intent = Intent(said.who, Event.JOINED, call)
        await self._run(partial(incident_steps.join, number, call, said), intent)

    async def split(self, call: str, said: Said) -> int:
        """``call`` tells of an incident of its own; gives its number.

        Raises:
            NotInIncidentError: it tells of none, or of one that no other call tells of.
        """
        intent = Intent(said.who, Event.SPLIT, call, rules.SPLIT)
        made = await self._run(partial(incident_steps.split, call, said), intent)
        if made is None:
            there = await self.of_call(call)
            made = 0 if there is None else there.id
        return made

    async def merge(self, number: int, into: int, said: Said) -> None:
        """All of one incident belongs to another; it is closed."""
        intent = Intent(said.who, Event.CLOSED, incident_steps.merged_text(into), rules.MERGE)
        await self._run(partial(incident_steps.merge, number, into, said), intent)

    async def set_kind(self, number: int, kind: str, said: Said) -> None:
        """Say what it is."""
        intent = Intent(said.who, Event.KIND, kind, rules.KIND)
        await self._run(partial(incident_steps.kind, number, kind, said), intent)

    async def set_place(self, number: int, place: Place, said: Said, shown: str) -> None:
        """Say where it is; ``shown`` is how the log tells it."""
        intent = Intent(said.who, Event.PLACE, shown, rules.PLACE)
        await self._run(partial(incident_steps.place, number, place, said, shown), intent)

    async def note(self, number: int, words: str, said: Said) -> None:
        """Keep what was said; also of one that is closed."""
        intent = Intent(said.who, Event.NOTE, words)
        await self._run(partial(incident_steps.note, number, words, said), intent)

    async def answer(self, number: int, answer: Answer) -> None:
        """A question was asked, or advice given; also of one that is closed."""
        what = Event.ASKED if answer.kind is Sop.ASK else Event.ADVISED
        intent = Intent(answer.who, what, incident_steps.answer_text(answer))
        await self._run(partial(incident_steps.answered, number, answer), intent)

    async def send(self, number: int, unit: Unit, said: Said) -> None:
        """Somebody was sent."""
        await self._run(
            partial(incident_steps.unit, number, replace(unit, sent=said.at), Event.SENT, said)
        )

    async def accept(self, number: int, unit: Unit, said: Said) -> None:
        """Somebody says that he goes."""
        step = replace(unit, accepted=said.at)
        await self._run(partial(incident_steps.unit, number, step, Event.ACCEPTED, said))

    async def arrive(self, number: int, unit: Unit, said: Said) -> None:
        """Somebody is there."""
        step = replace(unit, arrived=said.at)
        await self._run(partial(incident_steps.unit, number, step, Event.ARRIVED, said))

    async def finish(self, number: int, why: str, said: Said) -> None:
        """Close it; to close it again changes nothing."""
        intent = Intent(said.who, Event.CLOSED, why, rules.CLOSE)
        await self._run(partial(incident_steps.finish, number, why, said), intent)

    async def _run(self, work: Callable[[Connection], T], intent: Intent | None = None) -> T | None:
        step = partial(take, work, self._seen, intent)
        return await self._transactions.run(partial(locked, step))

    async def _read(self, work: Callable[[Connection], T]) -> T:
        async with self._engine.connect() as connection:
            return await connection.run_sync(work)
