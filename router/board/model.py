"""The centre at one moment, as people see it. All times are aware, in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from siaga.plan import Plan


class Where(StrEnum):
    """How far a call has come."""

    MENU = "menu"
    RINGING = "ringing"
    """Nobody has the caller, and somebody is being rung."""
    WATCHED = "watched"
    """A silent caller: nobody is rung until he is heard, or for a while."""
    WAITING = "waiting"
    """Nobody has the caller and nobody is rung: between two steps of the route."""
    TALKING = "talking"


class Flag(StrEnum):
    """What is to be known of a call at a glance."""

    TEST = "test"
    """A test call of the centre's own."""
    SILENT = "silent"
    """The caller pressed nothing, or was watched."""
    PRANK = "prank"
    """His number is flagged."""
    REPEAT = "repeat"
    """He called a short while ago."""
    OVERLOAD = "overload"
    """Led past the menu, because of too many calls."""
    TIER = "tier"
    """A lower tier of the menu led him."""


class State(StrEnum):
    """What a handset does, as people are told."""

    UNKNOWN = "unknown"
    AWAY = "away"
    """Not logged in, or it does not answer."""
    FREE = "free"
    RINGING = "ringing"
    BUSY = "busy"
    PAUSED = "paused"
    """Free, and not rung by queues."""


@dataclass(frozen=True, slots=True)
class Words:
    """A name in both languages."""

    id: str
    en: str


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who is rung into a call, or talks with its caller.

    Attributes:
        agency: whose; ``handset``: None while nobody has answered.
        since: when it began to ring, or to talk.
        kind: how it came: a step of the route (``queue``, ``post``, ``pstn``, ``handset``), or a
            leg of the dispatch (``add``, ``transfer``, ``take_over``, ``referred``, ``route``).
    """

    agency: str
    handset: str | None
    since: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is up.

    Attributes:
        caller: number as the carrier sent it, empty when it is hidden; hostile text.
        name: of a caller whom the plan knows.
        began: arrival; the wait is counted from here.
        since: since when it is ``where`` it is.
        trunk: that it came by, as the plan names it.
        emergency: what was chosen, ``choice``: why the menu ended; both None while in it.
        ringing: who is rung now, ``talking``: who is with the caller.
        answered: when the first human answered.
        incident: number of what it tells of.
        node: that it is on; empty: on this one.
    """

    id: str
    caller: str
    name: str | None
    began: datetime
    where: Where
    since: datetime
    trunk: str
    language: str | None = None
    emergency: str | None = None
    choice: str | None = None
    ringing: tuple[Party, ...] = ()
    talking: tuple[Party, ...] = ()
    answered: datetime | None = None
    flags: tuple[Flag, ...] = ()
    incident: int | None = None
    node: str = ""


@dataclass(frozen=True, slots=True)
class Handset:
    """A handset of the plan.

    Attributes:
        name: that the plan gives it, if any.
        officer: name of who is logged in there.
        calls: ids of the calls whose caller it talks with.
        rings: id of the call that it rings for, where its channel has told.
    """

    extension: str
    name: str | None
    state: State
    officer: str | None = None
    calls: tuple[str, ...] = ()
    rings: str | None = None


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency, with its handsets.

    Attributes:
        key: its name in the plan. ``on_duty``: it is to answer now.
        diverted: who is rung in its place.
    """

    key: str
    name: Words
    on_duty: bool
    handsets: tuple[Handset, ...]
    diverted: str | None = None


@dataclass(frozen=True, slots=True)
class Trunk:
    """A way to the telephone network; ``up`` None: not known."""

    name: str
    up: bool | None
    calls: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the centre: whether it is well, and whether calls need it."""

    name: str
    ok: bool
    needed: bool
    found: str
    todo: Words


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes free where recordings are written."""

    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm that stands."""

    kind: str
    subject: str
    critical: bool
    text: Words
    todo: Words
    began: datetime
    heard: bool


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident that is not closed.

    Attributes:
        state: ``open``, ``dispatched`` or ``on_scene``.
        place: in words. ``district`` and ``village``: their names.
        latitude: of the position that was told, else of the district's centre.
        exact: whether it is a position that was told.
        agencies: who was sent.
    """

    id: int
    emergency: str
    state: str
    opened: datetime
    calls: tuple[str, ...]
    place: str = ""
    district: str | None = None
    village: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    exact: bool = False
    agencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """Another node of the centre.

    Attributes:
        away: it has not said that it lives since ``since``; a node that does has none.
        hears: whether its router hears its Asterisk.
        plan: version in force there. ``calls``: up there.
    """

    name: str
    away: bool
    since: datetime | None
    hears: bool
    plan: str
    calls: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Figures of now; test calls are not in them.

    Attributes:
        calls: up. ``waiting``: of these, those whom nobody has answered.
        callbacks: callers who left and are to be called back; None: not known.
        free: handsets that can be rung, of ``handsets``.
    """

    calls: int
    waiting: int
    callbacks: int | None
    free: int
    handsets: int


@dataclass(frozen=True, slots=True)
class Goals:
    """The plan's: seconds from arrival to a human after which a wait is late, and too late."""

    amber: float
    red: float

    @classmethod
    def of(cls, plan: Plan) -> Goals:
        """Those of a plan."""
        wanted = plan.centre.goals
        return cls(wanted.amber.within, wanted.red.within)


@dataclass(frozen=True, slots=True)
class Centre:
    """Whose board it is.

    Attributes:
        plan: version in force. ``boot``: differs after each start of the router.
        hears: whether the router is connected to Asterisk and knows all that has happened.
        emergencies: names by key.
    """

    node: str
    name: Words
    timezone: str
    plan: str
    boot: str
    hears: bool
    goals: Goals
    emergencies: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Board:
    """The whole of it."""

    centre: Centre
    calls: tuple[Call, ...] = ()
    agencies: tuple[Agency, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    parts: tuple[Part, ...] = ()
    disk: Disk = Disk(0, 0)
    alarms: tuple[Alarm, ...] = ()
    incidents: tuple[Incident, ...] = ()
    counts: Counts = Counts(0, 0, None, 0, 0)
    nodes: tuple[Node, ...] = ()
