"""What an officer enters about an incident, by the interface that the command line has too."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from ops.api import AnswerError, ask
from router.incidents.rules import Why
from router.store import CallReader

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from ops.evening.model import Visit
    from ops.evening.notes import Notes
    from siaga.settings import Settings

KNOWN_S: Final = 10.0
"""Longest until a call that is up is in the list of calls."""
NEWEST: Final = 60
PATH: Final = "/api/incidents"


class Papers:
    """The desk that incidents are kept at.

    Args:
        settings: of the centre.
        engine: of its database, for the list of calls.
        notes: where it is noted what was joined.
    """

    def __init__(self, settings: Settings, engine: AsyncEngine, notes: Notes) -> None:
        self._settings = settings
        self._calls = CallReader(engine)
        self._notes = notes

    async def write(self, visit: Visit, since: datetime, who: str) -> None:
        """Enter what a caller says, and join what is near to what is known already.

        Args:
            visit: what the caller tells.
            since: when his call had begun already.
            who: the officer.

        Raises:
            AnswerError, MissingError: the interface says no, or is not there.
            TimeoutError: the call is in no list.
        """
        call = await self._call(visit.number, since)
        number = int((await self._say("", {"call": call, "by": who}))["id"])
        row = await self._row(number)
        if row["emergency"] != visit.emergency:
            await self._say(f"/{number}/kind", {"kind": visit.emergency, "by": who})
        assert visit.spot is not None  # noqa: S101 (who needs help is somewhere)
        where = {"district": visit.spot.district, "position": visit.spot.spelled}
        row = await self._say(f"/{number}/place", {**where, "by": who})
        await self._join(row, visit, who)

    async def _join(self, row: dict[str, Any], visit: Visit, who: str) -> None:
        """Join whatever is suggested for being near; the oldest stays."""
        near = {each["id"] for each in row["maybe"] if each["why"] == Why.POSITION}
        oldest, *others = sorted({row["id"], *near})
        for other in others:
            try:
                await self._say(f"/{other}/merge", {"into": str(oldest), "by": who})
            except AnswerError:
                continue  # Another officer has seen the same, and was quicker.
            self._notes.joined[visit.case] = self._notes.joined.get(visit.case, 0) + 1

    async def _call(self, number: str, since: datetime) -> str:
        """Id of the number's call that was up then."""
        async with asyncio.timeout(KNOWN_S):
            while True:
                for record in await self._calls.calls(NEWEST):
                    if record.caller == number and record.began <= since:
                        return record.id
                await asyncio.sleep(0.2)

    async def _row(self, number: int) -> dict[str, Any]:
        return dict(await ask(self._settings, "GET", f"{PATH}/{number}"))

    async def _say(self, path: str, words: dict[str, str]) -> dict[str, Any]:
        return dict(await ask(self._settings, "POST", PATH + path, words))


def now() -> datetime:
    """The time as records have it."""
    return datetime.now(UTC)
