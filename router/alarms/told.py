"""An alarm as others see it: a line of the list, the body of a POST."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from router.alarms.kinds import RULES

if TYPE_CHECKING:
    from datetime import tzinfo

    from router.alarms.board import Announcement
    from router.alarms.core import Alarm

_NAMESPACE: Final = uuid.UUID("7a1a5f0e-3c0b-5d44-8f5e-112112112112")


def as_row(alarm: Alarm, zone: tzinfo) -> dict[str, Any]:
    """One alarm as JSON values; times in ISO 8601 with the offset of ``zone``."""

    def iso(at: float | None) -> str | None:
        if at is None:
            return None
        return datetime.fromtimestamp(at, UTC).astimezone(zone).isoformat(timespec="seconds")

    rule = RULES[alarm.kind]
    return {
        "alarm": alarm.kind.value,
        "subject": alarm.subject,
        "severity": rule.severity.value,
        "text": {
            "id": rule.text.format(subject=alarm.subject),
            "en": rule.text_en.format(subject=alarm.subject),
        },
        "todo": {
            "id": rule.todo.format(subject=alarm.subject),
            "en": rule.todo_en.format(subject=alarm.subject),
        },
        "detail": alarm.detail,
        "began": iso(alarm.began),
        "raised": iso(alarm.raised),
        "right": iso(alarm.right),
        "heard": iso(alarm.heard),
        "count": alarm.count,
    }


def payload(announcement: Announcement, node: str, centre: str, zone: tzinfo) -> str:
    """The body of the POST that tells it: an event kind of its own, beside those of calls."""
    row = as_row(announcement.alarm, zone)
    return json.dumps({"event": announcement.event.value, "node": node, "centre": centre, **row})


def key(announcement: Announcement, node: str) -> str:
    """The same whenever the same thing is told again, so that a receiver takes it once."""
    said = json.dumps([node, announcement.event, announcement.alarm.key, announcement.at])
    return str(uuid.uuid5(_NAMESPACE, said))
