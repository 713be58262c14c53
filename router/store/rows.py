"""A call record as a row of the table, and back: exact, to the microsecond."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from router.calls.record import (
    CallRecord,
    Leg,
    LegEnd,
    LegKind,
    Outcome,
    Reason,
    Recording,
    Source,
    Step,
    StepResult,
)
from router.store.text import CALLER_LIMIT, storable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

AGENCIES_LIMIT: Final = 500
"""Characters kept of a call's agencies: PostgreSQL refuses what is too long for an index."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_dumps = json.JSONEncoder(separators=(",", ":")).encode


def to_us(time: datetime) -> int:
    """Whole microseconds since 1970.

    Raises:
        TypeError: the time is not aware.
    """
    return (time - _EPOCH) // _MICROSECOND


def from_us(value: int) -> datetime:
    """The time, aware, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def _us(time: datetime | None) -> int | None:
    return None if time is None else to_us(time)


def _time(value: int | None) -> datetime | None:
    return None if value is None else from_us(value)


def _text(text: str | None) -> str | None:
    return None if text is None else storable(text)


def to_row(record: CallRecord) -> dict[str, Any]:
    """The row of a record, all but its ``change`` and its ``class``.

    Raises:
        TypeError: a time of it is not aware.
    """
    recording = record.recording
    return {
        "node": storable(record.node),
        "id": storable(record.id),
        "caller": storable(record.caller, CALLER_LIMIT),
        "began": to_us(record.began),
        "language": _text(record.language),
        "emergency": _text(record.emergency),
        "choice": _text(record.choice),
        "tier": record.tier,
        "plan_version": _text(record.plan_version),
        "steps": _dumps([_from_step(step) for step in record.steps]),
        "legs": _dumps([_from_leg(leg) for leg in record.legs]),
        "answered_by": _text(record.answered_by),
        "handset": _text(record.handset),
        "answered": _us(record.answered),
        "ended": _us(record.ended),
        "outcome": record.outcome,
        "reason": record.reason,
        "recording_path": _text(recording.path) if recording else None,
        "recording_sha256": _text(recording.sha256) if recording else None,
        "recording_ms": recording.duration_ms if recording else None,
        "source": record.source,
        "address": _text(record.address),
        "agencies": _agencies(record),
        "test": int(record.is_test),
    }


def _agencies(record: CallRecord) -> str:
    """Every agency that a call has reached or rung, each between two bars; for searches."""
    rung = [*(step.agency for step in record.steps), *(leg.agency for leg in record.legs)]
    found = dict.fromkeys([*rung, *([record.answered_by] if record.answered_by else [])])
    text = "".join(f"|{agency}" for agency in found) + "|" if found else ""
    return storable(text, AGENCIES_LIMIT)


def from_row(row: Mapping[str, Any] | RowMapping) -> CallRecord:
    """The record of a row."""
    path = row["recording_path"]
    return CallRecord(
        id=row["id"],
        node=row["node"],
        caller=row["caller"],
        began=from_us(row["began"]),
        language=row["language"],
        emergency=row["emergency"],
        choice=row["choice"],
        tier=row["tier"],
        plan_version=row["plan_version"],
        steps=tuple(_to_step(step) for step in json.loads(row["steps"])),
        legs=tuple(_to_leg(leg) for leg in json.loads(row["legs"] or "[]")),
        answered_by=row["answered_by"],
        handset=row["handset"],
        answered=_time(row["answered"]),
        ended=_time(row["ended"]),
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        reason=None if row["reason"] is None else Reason(row["reason"]),
        recording=None
        if path is None
        else Recording(path, row["recording_sha256"], row["recording_ms"]),
        source=Source(row["source"]),
        address=row["address"],
    )


def _from_step(step: Step) -> dict[str, Any]:
    return {
        "agency": storable(step.agency),
        "kind": storable(step.kind),
        "entered": to_us(step.entered),
        "left": _us(step.left),
        "result": step.result,
    }


def _to_step(value: Mapping[str, Any]) -> Step:
    return Step(
        agency=value["agency"],
        kind=value["kind"],
        entered=from_us(value["entered"]),
        left=_time(value["left"]),
        result=None if value["result"] is None else StepResult(value["result"]),
    )


def _from_leg(leg: Leg) -> dict[str, Any]:
    return {
        "id": storable(leg.id),
        "kind": leg.kind,
        "agency": storable(leg.agency),
        "rung": to_us(leg.rung),
        "handset": _text(leg.handset),
        "joined": _us(leg.joined),
        "accepted": _us(leg.accepted),
        "left": _us(leg.left),
        "end": leg.end,
        "channel": storable(leg.channel),
    }


def _to_leg(value: Mapping[str, Any]) -> Leg:
    return Leg(
        id=value["id"],
        kind=LegKind(value["kind"]),
        agency=value["agency"],
        rung=from_us(value["rung"]),
        handset=value["handset"],
        joined=_time(value["joined"]),
        accepted=_time(value.get("accepted")),  # an older program kept none
        left=_time(value["left"]),
        end=None if value["end"] is None else LegEnd(value["end"]),
        channel=value["channel"],
    )
