"""Live state: what overrides the plan for a while, each with an end and a reason.

It is kept in Asterisk's database, where the dialplan reads it with every Python process dead.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (a field's type)
from dataclasses import dataclass, field
from enum import StrEnum


class Override(StrEnum):
    """Kinds of live state; also the second part of their key in Asterisk's database."""

    CLOSED = "closed"
    """The agency does not answer, whatever its hours say."""
    OPEN = "open"
    """The agency answers, whatever its hours and closures say."""
    DIVERT = "divert"
    """Another agency is rung instead; wins over both of the above."""
    PAUSE = "pause"
    """The handset is not rung by queues."""
    ANNOUNCE = "announce"
    """The announcement is said."""
    SILENCE = "silence"
    """The announcement is not said, whatever its dates say."""
    FLAG = "flag"
    """The number, as :func:`siaga.plan.arrival.flag_of` has it, is warned and ranked last."""


@dataclass(frozen=True, slots=True)
class Live:
    """The overrides in force at one moment.

    Attributes:
        diverted: agency that is rung instead, by agency.
        announced: announcements switched on. ``silenced``: switched off.
    """

    closed: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    diverted: Mapping[str, str] = field(default_factory=dict)
    paused: frozenset[str] = frozenset()
    announced: frozenset[str] = frozenset()
    silenced: frozenset[str] = frozenset()


NOTHING = Live()
"""No override."""
