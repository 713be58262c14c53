"""The board, of what the router knows. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from router.alarms import RULES
from router.alarms.kinds import Severity
from router.board.model import (
    Agency,
    Alarm,
    Board,
    Centre,
    Counts,
    Disk,
    Flag,
    Goals,
    Handset,
    Incident,
    Node,
    Part,
    State,
    Trunk,
    Where,
    Words,
)
from router.handsets import HandsetState
from siaga.plan.live import Live
from siaga.plan.route import EVERYONE
from siaga.plan.trunks import OWN, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from router.alarms.core import Alarm as Raised
    from router.board.model import Call
    from router.calls.record import CallRecord
    from router.incidents.model import Incident as Known
    from router.store.nodes import Node as KnownNode
    from router.watch.parts import Part as Watched
    from siaga.places import Places
    from siaga.plan import Plan
    from siaga.plan.model import Text

_STATES: Final = {
    HandsetState.UNKNOWN: State.UNKNOWN,
    HandsetState.UNAVAILABLE: State.AWAY,
    HandsetState.FREE: State.FREE,
    HandsetState.RINGING: State.RINGING,
    HandsetState.BUSY: State.BUSY,
}

_DOES: Final = (
    HandsetState.UNKNOWN,
    HandsetState.UNAVAILABLE,
    HandsetState.FREE,
    HandsetState.RINGING,
    HandsetState.BUSY,
)
"""What a handset does, least first."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is read from the database now and then.

    Attributes:
        incidents: that are not closed.
        officers: number of who is logged in, by handset.
        callbacks: whom to call back; None: the database did not answer.
        nodes: the other ones. ``elsewhere``: calls that are up there.
    """

    incidents: Sequence[Known] = ()
    officers: Mapping[str, str] = field(default_factory=dict)
    callbacks: int | None = None
    nodes: Sequence[KnownNode] = ()
    elsewhere: Sequence[CallRecord] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the router sees at a moment.

    Attributes:
        version: of the plan. ``boot``: of this start of the router.
        hears: whether all that happens is heard.
        states: of handsets, ``trunks``: of trunks, both by name.
        rung: id of the call by the handset that rings for it.
        live: what was set by hand. ``duty``: agencies that are to answer now.
        disk: bytes free, and in all.
    """

    node: str
    boot: str
    plan: Plan
    version: str
    hears: bool
    states: Mapping[str, HandsetState] = field(default_factory=dict)
    trunks: Mapping[str, HandsetState] = field(default_factory=dict)
    rung: Mapping[str, str] = field(default_factory=dict)
    live: Live = field(default_factory=Live)
    duty: frozenset[str] = frozenset()
    parts: Sequence[Watched] = ()
    alarms: Sequence[Raised] = ()
    disk: tuple[int, int] = (0, 0)
    places: Places | None = None


def board(seen: Seen, calls: Sequence[Call], kept: Kept) -> Board:
    """The whole board; calls come in the order in which they began."""
    ordered = tuple(sorted(calls, key=lambda call: (call.began, call.id)))
    seen = replace(seen, states=everywhere(seen.states, kept.nodes))
    agencies = tuple(_agencies(seen, ordered, kept.officers))
    return Board(
        centre=_centre(seen),
        calls=ordered,
        agencies=agencies,
        trunks=tuple(_trunks(seen, ordered)),
        parts=tuple(_part(part) for part in seen.parts),
        disk=Disk(*seen.disk),
        alarms=tuple(_alarm(alarm) for alarm in seen.alarms),
        incidents=tuple(_incident(each, seen.places) for each in kept.incidents),
        counts=_counts(ordered, agencies, kept.callbacks),
        nodes=tuple(_node(each) for each in kept.nodes),
    )


def everywhere(
    own: Mapping[str, HandsetState], nodes: Sequence[KnownNode]
) -> dict[str, HandsetState]:
    """What each handset does, on whichever node it does most."""
    found = dict(own)
    for node in nodes:
        told = {} if node.is_away else node.state.get("handsets")
        for extension, said in (told if isinstance(told, dict) else {}).items():
            if extension in found and said in _DOES:
                state = HandsetState(said)
                found[extension] = max(found[extension], state, key=_DOES.index)
    return found


def _node(node: KnownNode) -> Node:
    calls, plan = node.state.get("calls"), node.state.get("plan")
    return Node(
        node.name,
        node.is_away,
        node.at if node.is_away else None,
        node.state.get("asterisk") is True,
        plan[:12] if isinstance(plan, str) else "",
        calls if isinstance(calls, int) and not node.is_away else 0,
    )


def _words(text: Text) -> Words:
    return Words(text.id, text.en)


def _centre(seen: Seen) -> Centre:
    named = {key: _words(each.name) for key, each in seen.plan.emergencies.items()}
    return Centre(
        node=seen.node,
        name=_words(seen.plan.centre.name),
        timezone=seen.plan.centre.timezone,
        plan=seen.version,
        boot=seen.boot,
        hears=seen.hears,
        goals=Goals.of(seen.plan),
        emergencies=named,
    )


def _agencies(seen: Seen, calls: Sequence[Call], officers: Mapping[str, str]) -> Iterator[Agency]:
    at: defaultdict[str, list[str]] = defaultdict(list)
    for call in calls:
        for party in call.talking:
            if party.handset is not None:
                at[party.handset].append(call.id)
    names = seen.plan.officers
    rung = {party.agency for call in calls for party in call.ringing}
    up = {call.id for call in calls}
    rings_for = {phone: call for phone, call in seen.rung.items() if call in up}
    for key, agency in seen.plan.agencies.items():
        phones = (*agency.handsets, *(h for post in agency.posts.values() for h in post.handsets))
        rings = key in rung or EVERYONE in rung
        yield Agency(
            key,
            _words(agency.name),
            key in seen.duty,
            tuple(
                Handset(
                    phone.extension,
                    phone.name,
                    _state(seen, phone.extension, talks=phone.extension in at, rings=rings),
                    names.get(officers.get(phone.extension, "")),
                    tuple(at.get(phone.extension, ())),
                    rings_for.get(phone.extension),
                )
                for phone in phones
            ),
            seen.live.diverted.get(key),
        )


def _state(seen: Seen, extension: str, *, talks: bool, rings: bool) -> State:
    """What a handset does, where its agency is rung or not.

    Asterisk calls a handset busy while it rings, too, as it takes one call alone.
    """
    state = _STATES[seen.states.get(extension, HandsetState.UNKNOWN)]
    if state is State.BUSY and rings and not talks:
        return State.RINGING
    return State.PAUSED if state is State.FREE and extension in seen.live.paused else state


def _trunks(seen: Seen, calls: Sequence[Call]) -> Iterator[Trunk]:
    """Those of the plan, and of the others those that a call is up by."""
    up = Counter(call.trunk for call in calls)
    for name in seen.plan.trunks:
        state = seen.trunks.get(name)
        known = state not in (None, HandsetState.UNKNOWN)
        yield Trunk(name, state is not HandsetState.UNAVAILABLE if known else None, up[name])
    for name in (OWN, UNKNOWN):
        if up[name]:
            yield Trunk(name, None, up[name])


def _part(part: Watched) -> Part:
    return Part(part.name, part.ok, part.needed, part.found, Words(part.todo, part.todo_en))


def _alarm(alarm: Raised) -> Alarm:
    rule, subject = RULES[alarm.kind], alarm.subject
    return Alarm(
        alarm.kind.value,
        subject,
        rule.severity is Severity.CRITICAL,
        Words(rule.text.format(subject=subject), rule.text_en.format(subject=subject)),
        Words(rule.todo.format(subject=subject), rule.todo_en.format(subject=subject)),
        datetime.fromtimestamp(alarm.began, UTC),
        alarm.heard is not None,
    )


def _incident(one: Known, places: Places | None) -> Incident:
    place, point = one.place, one.place.position
    district = None if places is None else places.of(place.village or place.district)
    shown = point or (None if district is None else district.centre)
    return Incident(
        id=one.id,
        emergency=one.emergency,
        state=one.state.value,
        opened=one.opened,
        calls=one.calls,
        place=place.text,
        district=None if district is None else district.name,
        village=None if places is None or place.village is None else places.name(place.village),
        latitude=None if shown is None else shown.latitude,
        longitude=None if shown is None else shown.longitude,
        exact=point is not None,
        agencies=tuple(dict.fromkeys(unit.agency for unit in one.units)),
    )


def _counts(calls: Sequence[Call], agencies: Sequence[Agency], callbacks: int | None) -> Counts:
    real = [call for call in calls if Flag.TEST not in call.flags]
    phones = {phone.extension: phone for agency in agencies for phone in agency.handsets}
    return Counts(
        calls=len(real),
        waiting=sum(1 for call in real if call.answered is None or call.where is not Where.TALKING),
        callbacks=callbacks,
        free=sum(1 for phone in phones.values() if phone.state is State.FREE),
        handsets=len(phones),
    )
