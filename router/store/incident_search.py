"""Incidents searched and read to their end, from any process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, or_, select

from router.incidents.model import State
from router.store import incident_rows, notes
from router.store.messages import messages_of
from router.store.rows import from_row, from_us, to_us
from router.store.tables import acceptances, calls, incident_calls, incidents, location_links

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.calls.record import CallRecord
    from router.incidents.model import Answer, Entry, Incident
    from router.store.messages import Message
    from router.store.notes import Note

OPEN_LIMIT: Final = 500
"""More than so many open incidents are not listed at once."""
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Search:
    """Which incidents are wanted.

    Attributes:
        state: this one alone; empty: any.
        kind: the emergency of the plan. ``district``: its code.
        since: opened not before. ``until``: opened before.
    """

    state: str = ""
    kind: str = ""
    district: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """That an agency goes, as it said itself: ``how`` is by link or key."""

    call: str
    agency: str
    at: datetime
    who: str
    how: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A link by which a caller was asked for their position, and when one came by it."""

    call: str
    at: datetime
    who: str
    used: datetime | None


@dataclass(frozen=True, slots=True)
class File:
    """All that is kept of one incident.

    Attributes:
        incident: itself. ``log``, ``answers``: what was said and done.
        calls: the records of its calls, the first one first; those that are kept still.
        messages: to agencies' contacts about them. ``words``: of the agencies.
        links: that were sent to the callers. ``notes``: what was typed about its calls.
    """

    incident: Incident
    log: tuple[Entry, ...]
    answers: tuple[Answer, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    messages: tuple[Message, ...] = ()
    words: tuple[Word, ...] = ()
    links: tuple[Asked, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def version(self) -> int:
        """That of who has seen this."""
        return max((line.id for line in self.log), default=0)


class IncidentSearch:
    """Reads them.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, search: Search = Search()) -> list[Incident]:
        """Those wanted that are not closed, the newest first."""
        wanted = [*_conditions(search), incidents.c.closed.is_(None)]
        return await self._find(wanted, OPEN_LIMIT)

    async def closed(self, search: Search, limit: int, before: int | None = None) -> list[Incident]:
        """Those wanted that are closed, the newest first, older than ``before``."""
        wanted = [*_conditions(search), incidents.c.closed.is_not(None)]
        if before is not None:
            wanted.append(incidents.c.id < before)
        return await self._find(wanted, limit)

    async def file(self, number: int) -> File | None:
        """All that is kept of one; None: there is none of this number."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(_file, number)

    async def _find(self, wanted: list[ColumnElement[bool]], limit: int) -> list[Incident]:
        async with self._engine.connect() as connection:
            return await connection.run_sync(incident_rows.read, and_(*wanted), limit)


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    row = incidents.c
    found: list[ColumnElement[bool]] = []
    if search.state:
        found.append(row.state == State(search.state))
    if search.kind:
        found.append(row.emergency == search.kind)
    if search.district:
        found.append(row.district == search.district)
    if search.since is not None:
        found.append(row.opened >= to_us(search.since))
    if search.until is not None:
        found.append(row.opened < to_us(search.until))
    return found


def _file(connection: Connection, number: int) -> File | None:
    found = incident_rows.read(connection, incidents.c.id == number)
    if not found:
        return None
    log = tuple(incident_rows.read_log(connection, number))
    answers = tuple(incident_rows.read_answers(connection, number))
    table = incident_calls.c
    mine = select(table.node, table.call_id).where(table.incident == number)
    keys = [(row.node, row.call_id) for row in connection.execute(mine.order_by(table.began))]
    parts = [keys[begin : begin + _BATCH] for begin in range(0, len(keys), _BATCH)]
    return File(
        found[0],
        log,
        answers,
        tuple(record for part in parts for record in _calls(connection, part)),
        tuple(message for part in parts for message in messages_of(connection, part)),
        tuple(word for part in parts for word in _words(connection, part)),
        tuple(link for part in parts for link in _links(connection, part)),
        tuple(note for part in parts for note in notes.read(connection, part)),
    )


def _calls(connection: Connection, keys: Sequence[tuple[str, str]]) -> list[CallRecord]:
    columns = [column for column in calls.columns if column.name != "change"]
    mine = or_(*(and_(calls.c.node == node, calls.c.id == call) for node, call in keys))
    query = select(*columns).where(mine).order_by(calls.c.began, calls.c.id)
    return [from_row(row) for row in connection.execute(query).mappings()]


def _words(connection: Connection, keys: Sequence[tuple[str, str]]) -> list[Word]:
    row = acceptances.c
    mine = or_(*(and_(row.node == node, row.call_id == call) for node, call in keys))
    return [
        Word(each.call_id, each.agency, from_us(each.at), each.who, each.how)
        for each in connection.execute(select(*acceptances.columns).where(mine))
    ]


def _links(connection: Connection, keys: Sequence[tuple[str, str]]) -> list[Asked]:
    row = location_links.c
    mine = or_(*(and_(row.node == node, row.call_id == call) for node, call in keys))
    return [
        Asked(
            each.call_id,
            from_us(each.made),
            each.who,
            None if each.used is None else from_us(each.used),
        )
        for each in connection.execute(select(*location_links.columns).where(mine))
    ]
