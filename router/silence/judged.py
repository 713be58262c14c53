"""What humans have said of a call elsewhere than by its officer's keys."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from siaga.keys import CallClass

if TYPE_CHECKING:
    from router.store import IncidentStore
    from router.store.classes import ClassReader

ASK_S: Final = 2.0
"""How long the database may take; the caller stays where he is when it takes longer."""


class Judged:
    """Looks a call up where consoles and commands write.

    Args:
        classes: what calls were.
        incidents: what they told of.
    """

    def __init__(self, classes: ClassReader, incidents: IncidentStore) -> None:
        self._classes = classes
        self._incidents = incidents

    async def keeps(self, call: str) -> str:
        """Why the caller stays with his officer; empty: nothing is said against it."""
        try:
            async with asyncio.timeout(ASK_S):
                said = await self._classes.history(call)
                incident = await self._incidents.of_call(call)
        except (SQLAlchemyError, OSError, TimeoutError):
            return "database away"
        if said and said[-1].kind is not CallClass.GHOST:
            return f"class {said[-1].kind}"
        return "" if incident is None else "incident"
