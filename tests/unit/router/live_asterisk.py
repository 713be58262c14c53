"""What live state needs of Asterisk, in memory, and a plan.

That the real one does the same, tests/unit/ops/test_live_commands.py shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from router.ami import (
    Action,
    ActionRefusedError,
    DbDel,
    DbGet,
    DbPut,
    DbTree,
    Event,
    Headers,
    ListAction,
    NotConnectedError,
    QueuePause,
    QueueStatus,
    Response,
)
from router.live import Item, LiveStore
from siaga.plan.model import Plan

if TYPE_CHECKING:
    from router.live import Prover
    from siaga.plan.live import Override

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""18:00 at the centre."""

PLAN = Plan.model_validate(
    {
        "centre": {"name": "112", "timezone": "Asia/Makassar"},
        "schedules": {"office": "mon-fri 07:30-16:00"},
        "agencies": {
            "kominfo": {"name": "Kominfo", "handsets": ["101", "102"]},
            "damkar": {"name": "Damkar", "handsets": ["201", "202"]},
            "rsud": {"name": "RSUD", "handsets": ["301"], "cover": "kominfo"},
            "bpbd": {"name": "BPBD", "handsets": ["401"], "hours": "office"},
        },
        "emergencies": {"fire": {"name": "Kebakaran", "agency": "damkar"}},
        "menu": {"digits": {"1": "fire"}, "default": "fire"},
        "announcements": {
            "flood": {"text": "Banjir.", "from": "2026-11-24 00:00", "until": "2026-11-25 00:00"},
            "smoke": {"text": "Asap."},
        },
        "last_resort": {"agency": "kominfo"},
    }
)


class Asterisk:
    """Its database and its queues' members.

    Attributes:
        entries: value by family and key.
        members: whether each handset is paused.
        asked: the actions, in order.
        away: it does not answer.
    """

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.members = dict.fromkeys(PLAN.extensions, False)
        self.asked: list[Action] = []
        self.away = False

    async def act(self, action: Action) -> Response:
        self._note(action)
        match action:
            case DbPut(family, key, value):
                self.entries[family, key] = value
            case DbDel(family, key):
                if self.entries.pop((family, key), None) is None:
                    raise ActionRefusedError("DBDel", "Database entry could not be deleted")
            case QueuePause(endpoint, paused):
                if endpoint not in self.members:
                    raise ActionRefusedError("QueuePause", "Interface not found")
                self.members[endpoint] = paused
            case _:
                raise AssertionError(action)
        return Response(Headers({}, {}))

    async def collect(self, action: ListAction) -> list[Event]:
        self._note(action)
        match action:
            case DbTree(family):
                found = [(f, k, v) for (f, k), v in self.entries.items() if f == family]
                return [_event("DBGetTreeResponse", key=f"/{f}/{k}", val=v) for f, k, v in found]
            case DbGet(family, key):
                value = self.entries.get((family, key))
                return [] if value is None else [_event("DBGetResponse", key=key, val=value)]
            case QueueStatus():
                return [
                    _event("QueueParams", queue="damkar"),
                    *(
                        _event("QueueMember", location=f"PJSIP/{ext}", paused=str(int(paused)))
                        for ext, paused in self.members.items()
                    ),
                ]
        raise AssertionError(action)

    def _note(self, action: Action) -> None:
        if self.away:
            raise NotConnectedError("There is no connection to Asterisk now; nothing was sent.")
        self.asked.append(action)


def _event(name: str, **headers: str) -> Event:
    return Event(name, Headers(headers, {}), NOW)


@dataclass
class Audit:
    """Keeps lines in memory, or has no room."""

    lines: list[dict[str, object]] = field(default_factory=list)
    full: bool = False

    def append(self, line: dict[str, object]) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.lines.append(line)


class Desk:
    """A store with all it stands on.

    Attributes:
        time: what its clock says.
    """

    def __init__(self, prove: Prover | None = None) -> None:
        self.time = NOW
        self.asterisk = Asterisk()
        self.audit = Audit()
        self.store = LiveStore(
            self.asterisk, lambda: PLAN, self.audit, lambda: self.time, prove=prove
        )

    def pass_(self, **length: float) -> None:
        """Let time pass."""
        self.time += timedelta(**length)

    async def set(self, override: Override, name: str, **changes: Any) -> tuple[str, ...]:
        """Set an override for an hour, unless told otherwise."""
        return await self.store.set(self.item(override, name, **changes))

    def item(self, override: Override, name: str, **changes: Any) -> Item:
        """An override for an hour."""
        terms = {"until": self.time + timedelta(hours=1), "reason": "banjir", "by": "ani"}
        return Item(override, name, **{**terms, **changes})

    def family(self, family: str) -> dict[str, str]:
        """The entries of a family."""
        return {key: value for (f, key), value in self.asterisk.entries.items() if f == family}
