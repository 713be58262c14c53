"""Calls that officers classed as pranks, by number, and how much noise there was."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, or_, select

from router.calls.record import WATCH, StepResult
from router.store.rows import to_us
from router.store.tables import call_classes, calls
from siaga.keys import CallClass
from siaga.names import TEST_FOLDER
from siaga.plan.arrival import forms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_KINDS: Final = frozenset(CallClass)
_THEIRS: Final = and_(calls.c.node == call_classes.c.node, calls.c.id == call_classes.c.call_id)
_WATCHED: Final = calls.c.steps.contains(f'"kind":"{WATCH}"')
_HEARD: Final = calls.c.steps.contains(f'"result":"{StepResult.HEARD}"')
"""Steps are JSON as ``router.store.rows`` writes it; names of agencies hold no quotes."""
_REAL: Final = or_(
    calls.c.recording_path.is_(None), ~calls.c.recording_path.startswith(f"{TEST_FOLDER}/")
)
"""Of callers: no test call of our own."""


@dataclass(slots=True)
class Noise:
    """Calls since a moment.

    Attributes:
        calls: all of them.
        choices: by how the menu ended, or why there was none; those who left before are not in it.
        watched: of how many an officer was freed, as nothing was heard. ``spoke_up``: of these, who
            was heard afterwards.
        classes: by what officers said of them; of each call the last word counts.
        flagged: the same, of the calls whose number was flagged when they came.
    """

    calls: int = 0
    choices: Counter[str] = field(default_factory=Counter)
    watched: int = 0
    spoke_up: int = 0
    classes: Counter[CallClass] = field(default_factory=Counter)
    flagged: Counter[CallClass] = field(default_factory=Counter)


class NoiseReader:
    """Reads from any process, while others write.

    Raises (all methods):
        SQLAlchemyError, OSError: the database does not work now.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def last_word(self) -> int:
        """Number of the last word that was said of any call; 0: none was."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(func.max(call_classes.c.id)))).scalar() or 0

    async def called_in_fun(self, after: int, until: int) -> list[str]:
        """Callers, as carriers sent them, of calls classed as pranks by words in this range."""
        words = and_(call_classes.c.id > after, call_classes.c.id <= until)
        query = (
            select(calls.c.caller)
            .join(call_classes, _THEIRS)
            .where(words, call_classes.c.kind == CallClass.PRANK)
            .distinct()
        )
        async with self._engine.connect() as connection:
            return [row.caller for row in await connection.execute(query)]

    async def classes_of(self, number: str, since: datetime) -> Counter[CallClass]:
        """What officers said of this number's calls that came since."""
        async with self._engine.connect() as connection:
            query = _words(calls.c.caller.in_(_as_sent(number)), calls.c.began >= to_us(since))
            return _counted(await connection.execute(query))

    async def calls_of(self, number: str, since: datetime) -> int:
        """How many calls came from this number since."""
        mine = and_(calls.c.caller.in_(_as_sent(number)), calls.c.began >= to_us(since))
        async with self._engine.connect() as connection:
            found = await connection.execute(select(func.count()).where(mine, _REAL))
            return found.scalar() or 0

    async def noise(self, since: datetime, flagged: tuple[str, ...]) -> Noise:
        """How much there was since; ``flagged`` are the choices of flagged numbers."""
        came = and_(calls.c.began >= to_us(since), _REAL)
        found = Noise()
        async with self._engine.connect() as connection:
            choices = select(calls.c.choice, func.count()).where(came).group_by(calls.c.choice)
            for choice, count in await connection.execute(choices):
                found.calls += count
                if choice is not None:
                    found.choices[choice] += count
            found.watched = await _count(connection, came, _WATCHED)
            found.spoke_up = await _count(connection, came, _HEARD)
            found.classes = _counted(await connection.execute(_words(came)))
            theirs = _words(came, calls.c.choice.in_(flagged))
            found.flagged = _counted(await connection.execute(theirs))
        return found


async def _count(connection: AsyncConnection, *which: ColumnElement[bool]) -> int:
    return (await connection.execute(select(func.count()).where(*which))).scalar() or 0


def _words(*which: ColumnElement[bool]) -> Select[tuple[str, str]]:
    """Call and class in the order in which they were said: the last of a call is what stays."""
    query = select(call_classes.c.call_id, call_classes.c.kind).join(calls, _THEIRS)
    return query.where(*which).order_by(call_classes.c.id)


def _counted(rows: Iterable[Row[tuple[str, str]]]) -> Counter[CallClass]:
    said = {row.call_id: row.kind for row in rows}
    return Counter(CallClass(kind) for kind in said.values() if kind in _KINDS)


def _as_sent(number: str) -> list[str]:
    """A number in every form in which carriers send it."""
    digits = sorted(forms(number))
    return [*digits, *(f"+{form}" for form in digits)]
