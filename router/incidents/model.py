"""An incident as it is kept and shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from siaga.places import Position


class State(StrEnum):
    """How far help has come."""

    OPEN = "open"
    DISPATCHED = "dispatched"
    """Somebody was sent, or has said that he goes."""
    ON_SCENE = "on_scene"
    CLOSED = "closed"


class How(StrEnum):
    """How an incident was closed."""

    DONE = "done"
    MERGED = "merged"
    """It was the same as another, which has its calls and units now."""
    WITHDRAWN = "withdrawn"
    """Nothing was sent, and its only call turned out to be no emergency."""


class By(StrEnum):
    """Where a position comes from."""

    OPERATOR = "operator"
    CARRIER = "carrier"
    LINK = "link"
    """The caller's own telephone, on the page that a message led to."""


class Event(StrEnum):
    """What is noted in an incident's log."""

    OPENED = "opened"
    JOINED = "joined"
    """A call, or all of another incident."""
    SPLIT = "split"
    KIND = "kind"
    PLACE = "place"
    NOTE = "note"
    ASKED = "asked"
    ADVISED = "advised"
    SENT = "sent"
    ACCEPTED = "accepted"
    ARRIVED = "arrived"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Said:
    """At whose word something is so: a handset's extension or a person; ``at`` in UTC."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is, as far as it is known.

    Attributes:
        district: code of a kecamatan. ``village``: of a desa in it.
        text: in words: the street, a landmark.
        position: by whom it was told, is ``by``.
    """

    district: str | None = None
    village: str | None = None
    text: str = ""
    position: Position | None = None
    by: By | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Somebody who was sent. Times in UTC.

    Attributes:
        agency: whose; ``name`` tells its units apart: a car, a crew; empty: the agency alone.
        sent: when the centre asked for it. ``accepted``: when it said that it goes.
        arrived: when it was there.
    """

    agency: str
    name: str = ""
    sent: datetime | None = None
    accepted: datetime | None = None
    arrived: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log.

    Attributes:
        who: the handset's extension, or the person.
        text: what was said, or which call, unit or place it is about.
        id: in the order of writing.
    """

    at: datetime
    who: str
    what: Event
    text: str
    id: int = field(default=0, compare=False)


class Sop(StrEnum):
    """A part of the standard procedure that the plan has for an emergency."""

    ASK = "ask"
    ADVISE = "advise"


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that was asked, or advice that was given.

    Attributes:
        kind: which of both.
        text: as it was worded in the plan then.
        answer: the caller's; empty for advice.
    """

    at: datetime
    who: str
    kind: Sop
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Incident:
    """What has happened somewhere. Times in UTC.

    Attributes:
        id: its number.
        emergency: of the plan; what kind it is.
        opened: when, and ``dispatched``, ``on_scene`` and ``closed``.
        how: it was closed; ``into``: the incident that it was merged into.
        first: when the first call about it began, and ``last``, the latest; without a call: when it
            was opened.
        calls: ids of those that told of it, the first one first.
    """

    id: int
    emergency: str
    state: State
    opened: datetime
    first: datetime
    last: datetime
    place: Place = Place()
    dispatched: datetime | None = None
    on_scene: datetime | None = None
    closed: datetime | None = None
    how: How | None = None
    into: int | None = None
    calls: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
