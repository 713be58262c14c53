"""One alarm as a pure function of what is seen and when: raised, told again, cleared.

Times are seconds since the epoch, because an alarm outlives its process. A clock that was set back
makes nothing wait: no time kept is later than now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from router.alarms.kinds import RULES, Kind


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that is wrong, or has just been.

    Attributes:
        kind: what kind of thing.
        subject: which of its kind (an agency, a trunk, a tier); empty when there is but one.
        detail: what was seen last, for people; never anything of a caller's.
        began: since when it is wrong.
        right: since when it is right again; None while it is wrong.
        raised: when it became an alarm; None: not yet.
        told: when it was last announced.
        heard: when a receiver took an announcement of it; None: nobody knows of it.
        count: times it was seen to begin; of a moment, times it happened.
    """

    kind: Kind
    subject: str
    detail: str
    began: float
    right: float | None = None
    raised: float | None = None
    told: float = 0.0
    heard: float | None = None
    count: int = 1

    @property
    def key(self) -> str:
        """What tells it from all others: ``agency_absent:damkar``."""
        return f"{self.kind}:{self.subject}"


class Event(StrEnum):
    """What happened to an alarm."""

    RAISED = "alarm_raised"
    REPEATED = "alarm_repeated"
    CLEARED = "alarm_cleared"


def wrong(old: Alarm | None, kind: Kind, subject: str, detail: str, now: float) -> Alarm:
    """The alarm after it was seen to be wrong, or to have happened."""
    moment = RULES[kind].is_moment
    if old is None:
        return Alarm(kind, subject, detail, began=now, right=now if moment else None)
    began_anew = moment or old.right is not None
    return replace(
        old,
        detail=detail,
        right=now if moment else None,
        count=old.count + began_anew,
    )


def right(old: Alarm, now: float) -> Alarm:
    """The alarm after it was seen to be right."""
    return old if old.right is not None else replace(old, right=now)


def settle(alarm: Alarm, now: float, raise_after_s: float | None = None) -> _Settled:
    """What time makes of an alarm: itself or None when it is over, and what is to be told.

    Args:
        alarm: as last seen.
        now: seconds since the epoch.
        raise_after_s: in place of the kind's own.
    """
    rule = RULES[alarm.kind]
    wait = rule.raise_after_s if raise_after_s is None else raise_after_s
    alarm = _not_later(alarm, now)
    is_over = alarm.right is not None and now - alarm.right >= rule.clear_after_s
    if alarm.raised is None:
        if (alarm.right is None or rule.is_moment) and now - alarm.began >= wait:
            return replace(alarm, raised=now, told=now), Event.RAISED
        return (None, None) if is_over else (alarm, None)
    if is_over:
        return None, Event.CLEARED
    if alarm.right is None and now - alarm.told >= rule.repeat_s:
        return replace(alarm, told=now), Event.REPEATED
    return alarm, None


def _not_later(alarm: Alarm, now: float) -> Alarm:
    return replace(
        alarm,
        began=min(alarm.began, now),
        told=min(alarm.told, now),
        right=None if alarm.right is None else min(alarm.right, now),
        raised=None if alarm.raised is None else min(alarm.raised, now),
    )


_Settled = tuple[Alarm | None, Event | None]
