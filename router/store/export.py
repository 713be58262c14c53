"""A call record as the outside sees it: one JSON object, the contract of ``siaga112 calls``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from router.calls.record import CallRecord
    from siaga.keys import CallClass


def as_row(
    record: CallRecord,
    zone: tzinfo,
    given: CallClass | None = None,
    *,
    officer: str | None = None,
    trunk: str | None = None,
) -> dict[str, Any]:
    """The record with times in ISO 8601 with the offset of ``zone`` and durations in ms.

    ``given`` is what an officer said that it was, ``officer`` who was logged in at the handset
    that answered, ``trunk`` what its plan calls the address it came from.
    """

    def iso(time: datetime | None) -> str | None:
        return None if time is None else time.astimezone(zone).isoformat(timespec="microseconds")

    recording = record.recording
    return {
        "id": record.id,
        "node": record.node,
        "caller": record.caller,
        "began": iso(record.began),
        "language": record.language,
        "emergency": record.emergency,
        "choice": record.choice,
        "tier": record.tier,
        "plan_version": record.plan_version,
        "steps": [
            {
                "agency": step.agency,
                "kind": step.kind,
                "entered": iso(step.entered),
                "left": iso(step.left),
                "result": step.result,
            }
            for step in record.steps
        ],
        "legs": [
            {
                "leg": number,
                "kind": leg.kind,
                "agency": leg.agency,
                "handset": leg.handset,
                "rung": iso(leg.rung),
                "joined": iso(leg.joined),
                "accepted": iso(leg.accepted),
                "left": iso(leg.left),
                "end": leg.end,
            }
            for number, leg in enumerate(record.legs, 1)
        ],
        "answered_by": record.answered_by,
        "handset": record.handset,
        "officer": officer,
        "answered": iso(record.answered),
        "ended": iso(record.ended),
        "outcome": record.outcome,
        "reason": record.reason,
        "wait_ms": record.wait_ms,
        "talk_ms": record.talk_ms,
        "recording": recording.path if recording else None,
        "recording_sha256": recording.sha256 if recording else None,
        "recording_ms": recording.duration_ms if recording else None,
        "source": record.source,
        "address": record.address,
        "trunk": trunk,
        "test": record.is_test,
        "class": given,
    }
