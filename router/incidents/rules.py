"""Which incidents may be one and the same, and how far help has come. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from router.incidents.model import Incident, Place, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.incidents.model import Unit

TOGETHER: Final = timedelta(minutes=60)
"""From the latest call about one to the first about the other."""
BLIND: Final = timedelta(minutes=10)
"""The same when of one of them nobody knows yet where it is."""
NEAR_KM: Final = 3.0
"""A fire or a flood is seen from so far away."""


class Why(StrEnum):
    """Why two incidents may be one."""

    POSITION = "position"
    """Their positions are near each other."""
    VILLAGE = "village"
    DISTRICT = "district"
    TIME = "time"
    """Of one of them it is not known where it is."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another incident that may be the same.

    Attributes:
        km: between their positions, if both are known.
    """

    incident: int
    why: Why
    km: float | None = None


def suggestions(one: Incident, others: Iterable[Incident]) -> tuple[Suggestion, ...]:
    """Those of ``others`` that may be the same as ``one``, the most likely first.

    Nothing is joined by itself: that two callers see the same is for a human to say.
    """
    found = [
        (order.index(suggestion.why), suggestion.km or 0.0, other.id, suggestion)
        for other in others
        if other.id != one.id and (suggestion := _alike(one, other)) is not None
    ]
    return tuple(suggestion for *_, suggestion in sorted(found, key=lambda each: each[:3]))


order: Final = tuple(Why)


def _alike(one: Incident, other: Incident) -> Suggestion | None:
    if one.emergency != other.emergency or State.CLOSED in (one.state, other.state):
        return None
    earlier, later = sorted((one, other), key=lambda each: each.first)
    apart = later.first - earlier.last
    if apart > TOGETHER:
        return None
    found = _near(one.place, other.place)
    if found is None or (found[0] is Why.TIME and apart > BLIND):
        return None
    return Suggestion(other.id, *found)


def _near(one: Place, other: Place) -> tuple[Why, float | None] | None:
    """Why two places may be one; None: they are not."""
    if one.position is not None and other.position is not None:
        km = one.position.km_to(other.position)
        return (Why.POSITION, round(km, 2)) if km <= NEAR_KM else None
    if one.village and other.village:
        return (Why.VILLAGE, None) if one.village == other.village else None
    if one.district and other.district:
        return (Why.DISTRICT, None) if one.district == other.district else None
    return Why.TIME, None


def state(incident: Incident) -> State:
    """How far help has come, by what was sent."""
    if incident.closed is not None:
        return State.CLOSED
    if any(unit.arrived for unit in incident.units):
        return State.ON_SCENE
    if any(unit.sent or unit.accepted for unit in incident.units):
        return State.DISPATCHED
    return State.OPEN


def is_false_alarm(units: Iterable[Unit], calls: int) -> bool:
    """Whether nothing speaks for an incident any more: no call, and nobody on the way."""
    return not calls and not any(unit.sent or unit.accepted for unit in units)
