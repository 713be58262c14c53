"""The events of a call on one clock, though the machine's was set back in the middle of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.calls.events import CelEvent

STEP_US: Final = 1_000_000
"""An event so much earlier than one told before it: the clock was set back. Events of different
channels come in their order to within less (seen: exactly in order in every log recorded)."""


def steadied(told: Iterable[CelEvent]) -> list[CelEvent]:
    """The events with times that never go back by a step of the clock.

    What comes after such a step goes on at the time of what came last before it: how long lay
    between the two is not known, and all other durations are true. A clock that is set forward
    cannot be told from a caller who waits.

    Args:
        told: the events as they were told, which is the order in which they happened.
    """
    steady = []
    shift = 0
    latest: int | None = None
    for event in told:
        at = event.at + shift
        if latest is not None and at < latest - STEP_US:
            shift += latest - at
            at = latest
        latest = at if latest is None else max(latest, at)
        steady.append(event._replace(at=at) if shift else event)
    return steady
