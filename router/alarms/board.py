"""All alarms of an instance, and the announcements of them that nobody has taken yet.

Bounded: so many alarms, so many announcements; of those the oldest go first, and are counted.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from router.alarms import core
from router.alarms.core import Alarm, Event
from router.alarms.kinds import RULES, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MAX_ALARMS: Final = 500
MAX_WAITING: Final = 200


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to be told of an alarm.

    Attributes:
        event: what happened. ``alarm``: as it was then.
        at: when, seconds since the epoch.
    """

    event: Event
    alarm: Alarm
    at: float


class Board:
    """The alarms. Owns no clock, file or network.

    Attributes:
        alarms: by key, those that are not raised yet too.
        waiting: announcements on their way, oldest first.
        dropped: announcements that nobody took before there were too many.
    """

    def __init__(self, raise_after_s: Mapping[Kind, float] | None = None) -> None:
        self.alarms: dict[str, Alarm] = {}
        self.waiting: deque[Announcement] = deque()
        self.dropped = 0
        self._raise_after_s = dict(raise_after_s or {})

    @property
    def raised(self) -> list[Alarm]:
        """Alarms that stand, the newest last."""
        standing = [alarm for alarm in self.alarms.values() if alarm.raised is not None]
        return sorted(standing, key=lambda alarm: alarm.raised or 0.0)

    @property
    def unheard(self) -> list[Alarm]:
        """Alarms that stand and that no receiver has taken: they rang nowhere."""
        return [alarm for alarm in self.raised if alarm.heard is None]

    def wrong(self, kind: Kind, subject: str, detail: str, now: float) -> None:
        """Something is wrong, or has happened."""
        key = f"{kind}:{subject}"
        old = self.alarms.get(key)
        if old is not None or len(self.alarms) < MAX_ALARMS:
            self.alarms[key] = core.wrong(old, kind, subject, detail, now)

    def judge(
        self, found: Mapping[tuple[Kind, str], str], now: float, unknown: Collection[Kind] = ()
    ) -> None:
        """Take what is wrong now; whatever lasts and is not among it is right.

        Args:
            found: detail by kind and subject.
            now: seconds since the epoch.
            unknown: kinds of which nothing can be said now: they stay as they are.
        """
        for (kind, subject), detail in found.items():
            self.wrong(kind, subject, detail, now)
        for key, alarm in self.alarms.items():
            lasting = not RULES[alarm.kind].is_moment and alarm.kind not in unknown
            if lasting and (alarm.kind, alarm.subject) not in found:
                self.alarms[key] = core.right(alarm, now)

    def tick(self, now: float) -> list[Announcement]:
        """Let time do its work; what is to be told waits from now on."""
        told = []
        for key, alarm in list(self.alarms.items()):
            after, event = core.settle(alarm, now, self._raise_after_s.get(alarm.kind))
            if after is None:
                del self.alarms[key]
            else:
                self.alarms[key] = after
            if event is not None:
                told.append(Announcement(event, after or alarm, now))
        self.waiting.extend(told)
        while len(self.waiting) > MAX_WAITING:
            self.waiting.popleft()
            self.dropped += 1
        return told

    def taken(self, announcement: Announcement, now: float) -> None:
        """A receiver has taken an announcement."""
        if announcement in self.waiting:
            self.waiting.remove(announcement)
        alarm = self.alarms.get(announcement.alarm.key)
        if alarm is not None and announcement.event is not Event.CLEARED:
            self.alarms[alarm.key] = replace(alarm, heard=now)

    def to_json(self) -> str:
        """All of it, to be read by :meth:`restore`."""
        return json.dumps(
            {
                "alarms": [asdict(alarm) for alarm in self.alarms.values()],
                "waiting": [asdict(announcement) for announcement in self.waiting],
                "dropped": self.dropped,
            },
            indent=1,
        )

    def restore(self, text: str) -> None:
        """Take up what was kept; alarms of this process so far are replaced.

        Raises:
            ValueError, TypeError, KeyError: it is not what :meth:`to_json` wrote.
        """
        kept = json.loads(text)
        alarms = [_alarm(value) for value in kept["alarms"]]
        waiting = [
            Announcement(Event(value["event"]), _alarm(value["alarm"]), float(value["at"]))
            for value in kept["waiting"]
        ]
        self.alarms = {alarm.key: alarm for alarm in alarms[:MAX_ALARMS]}
        self.waiting = deque(waiting[-MAX_WAITING:])
        self.dropped = int(kept["dropped"])


def _alarm(value: Mapping[str, Any]) -> Alarm:
    def time(name: str) -> float | None:
        return None if value[name] is None else float(value[name])

    return Alarm(
        kind=Kind(value["kind"]),
        subject=str(value["subject"]),
        detail=str(value["detail"]),
        began=float(value["began"]),
        right=time("right"),
        raised=time("raised"),
        told=float(value["told"]),
        heard=time("heard"),
        count=int(value["count"]),
    )
