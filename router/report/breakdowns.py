"""What calls are broken down by. One more is a line in :class:`By` and one in :data:`KEYS`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from router.calls.bridges import PSTN
from router.calls.record import CallRecord, StepResult
from siaga.plan.forms import EXTENSION_FORM

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from siaga.keys import CallClass

NONE: Final = ""
"""Key of calls of which something is not known, or to which it does not apply."""
OUTSIDE: Final = "pstn"
"""In place of an outside number that answered: it is somebody's telephone."""
UNKNOWN: Final = "?"
"""In place of a handset that is no extension."""
KEY_LIMIT: Final = 64
"""Characters of a key; the plan's names are far shorter."""

_EXTENSION: Final = re.compile(EXTENSION_FORM)


class By(StrEnum):
    """What the calls are broken down by; each call has one key in each breakdown."""

    EMERGENCY = "emergency"
    AGENCY = "agency"
    """Of the first human who answered."""
    HANDSET = "handset"
    """``agency/extension`` of the first human who answered."""
    OFFICER = "officer"
    """Who was logged in at that handset then, by his number in the plan."""
    DISTRICT = "district"
    """Code of the kecamatan, see :func:`_district`."""
    TRUNK = "trunk"
    """The plan's name for whom the call came from."""
    CHOICE = "choice"
    """Why the menu ended."""
    TIER = "tier"
    DAY = "day"
    WEEKDAY = "weekday"
    """``1`` Monday to ``7`` Sunday."""
    HOUR = "hour"
    """Of arrival, ``00`` to ``23``."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What the plan that a call began with says of it; None: nothing, or its text is gone.

    Attributes:
        first: agency that it rings first for the call's emergency.
        trunk: its name for the address that the call came from.
        district: code of the kecamatan that its area of the call names.
    """

    first: str | None = None
    trunk: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a call beside its record.

    Attributes:
        planned: by the plan it began with.
        incident: code of the district of the incident that it tells of, empty when nobody noted
            one; None: it tells of no incident.
        repeat: whether the same number had called a short while ago.
        given: what an officer said that it was; None: nobody did.
        officer: who was logged in where it was answered; None: nobody, or nobody answered.
    """

    planned: Planned = Planned()
    incident: str | None = None
    repeat: bool = False
    given: CallClass | None = None
    officer: str | None = None


NOTHING: Final = Beside()
"""Nothing is known but the record."""

Key: TypeAlias = "Callable[[CallRecord, datetime, Beside], str | None]"
"""Of a record, when it began by the centre's clock, and what is known beside; None: not known."""


def _cut(text: str | None) -> str | None:
    return text and text[:KEY_LIMIT]


def _handset(record: CallRecord, _began: datetime, _beside: Beside) -> str | None:
    if record.answered_by is None:
        return None
    rung = next((one for one in record.steps if one.result is StepResult.ANSWERED), None)
    who = record.handset or UNKNOWN
    if rung is not None and rung.kind == PSTN:
        who = OUTSIDE
    elif not _EXTENSION.fullmatch(who):
        who = UNKNOWN
    return f"{_cut(record.answered_by)}/{who}"


def _district(_record: CallRecord, _began: datetime, beside: Beside) -> str | None:
    """Of the incident, be it known or not; where there is none, by the plan."""
    return beside.planned.district if beside.incident is None else _cut(beside.incident)


KEYS: Final[dict[By, Key]] = {
    By.EMERGENCY: lambda record, _began, _beside: _cut(record.emergency),
    By.AGENCY: lambda record, _began, _beside: _cut(record.answered_by),
    By.HANDSET: _handset,
    By.OFFICER: lambda _record, _began, beside: _cut(beside.officer),
    By.DISTRICT: _district,
    By.TRUNK: lambda _record, _began, beside: beside.planned.trunk,
    By.CHOICE: lambda record, _began, _beside: _cut(record.choice),
    By.TIER: lambda record, _began, _beside: None if record.tier is None else str(record.tier),
    By.DAY: lambda _record, began, _beside: began.date().isoformat(),
    By.WEEKDAY: lambda _record, began, _beside: str(began.isoweekday()),
    By.HOUR: lambda _record, began, _beside: f"{began.hour:02}",
}


def keys(record: CallRecord, zone: tzinfo, beside: Beside) -> dict[By, str]:
    """Where a call is counted: one key in each breakdown."""
    began = record.began.astimezone(zone)
    return {by: key(record, began, beside) or NONE for by, key in KEYS.items()}
