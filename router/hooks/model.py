"""A subscription, what it can be told of, and one thing that happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from router.hooks.posts import Data

MOST: Final = 20
"""Subscriptions at once: so many posts can be under way, one to each, and none waits for another's
receiver."""
OLDEST: Final = timedelta(hours=24)
"""What is known only later than this is history, and is told nobody."""
TURNING: Final = timedelta(hours=24)
"""How long posts are signed with the former secret as well, once there is another."""


class HookEvent(StrEnum):
    """What can be told; a closed list, and part of the interface."""

    CALL_BEGUN = "call.begun"
    CALL_ANSWERED = "call.answered"
    CALL_ACCEPTED = "call.accepted"
    """The officer whom a call was handed over to has said that he takes it."""
    CALL_ABANDONED = "call.abandoned"
    """The caller left before anybody answered; told before its ``call.ended``."""
    CALL_ENDED = "call.ended"
    CALL_CLASSED = "call.classed"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_CHANGED = "incident.changed"
    INCIDENT_CLOSED = "incident.closed"
    PLAN_APPLIED = "plan.applied"
    OVERRIDE_SET = "override.set"
    """What overrides the plan for a while, a flag on a number among it."""
    TEST = "test"
    """Sent by a button; of every subscription."""


CHOICES: Final = tuple(event for event in HookEvent if event is not HookEvent.TEST)
"""What is subscribed to."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A subscription.

    Attributes:
        id: of it. ``name``: for people.
        address: where posts go; may be its receiver's secret but for the host.
        events: what it is told.
        personal: a caller's number, and where exactly an incident is, are told too.
        secret: by which posts are signed. ``former``: and by which, until ``former_until``.
        made: when, by ``who``.
        since: what happened earlier is not told.
        paused: since when nothing is told.
    """

    id: int
    name: str
    address: str
    events: frozenset[HookEvent]
    personal: bool
    secret: str
    made: datetime
    who: str
    since: datetime
    paused: datetime | None = None
    former: str = ""
    former_until: datetime | None = None

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Those by which a post is signed now."""
        turns = self.former_until is not None and now < self.former_until
        return (self.secret, self.former) if turns and self.former else (self.secret,)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened.

    Attributes:
        event: what. ``at``: when, aware.
        node: where. ``key``: what tells it from others of the event there.
        data: all that can be told of it.
        call: id of the call that it is about, if any.
    """

    event: HookEvent
    at: datetime
    node: str
    key: tuple[str, ...]
    data: Data
    call: str = ""
