"""A step of an incident, taken only on what whoever takes it has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from router.incidents.seen import Intent, Judgement, judge
from router.store.incident_errors import OvertakenError
from router.store.incident_rows import read_log
from router.store.incident_steps import NOTE_LIMIT
from router.store.text import storable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of an incident's log somebody has seen: up to the line ``version``."""

    incident: int
    version: int


def take(
    step: Callable[[Connection], T],
    seen: Seen | None,
    intent: Intent | None,
    connection: Connection,
) -> T | None:
    """Take the step; None: it was taken already. In a transaction that has the lock.

    Raises:
        OvertakenError: it was overtaken by what was not seen.
    """
    if seen is not None and intent is not None:
        kept = replace(intent, who=storable(intent.who), text=storable(intent.text, NOTE_LIMIT))
        judged, line = judge(kept, read_log(connection, seen.incident, after=seen.version))
        if judged is Judgement.DONE:
            return None
        if line is not None:
            raise OvertakenError(seen.incident, line.who)
    return step(connection)
