"""What a message to a contact says; Indonesian first, English second, short enough for SMS."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import tzinfo

    from router.calls.record import CallRecord
    from siaga.plan.model import Agency, Plan

_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,20}")
_SHORT: Final = 3
_ANY: Final = "Darurat / Emergency"


def caller(number: str, rule: str) -> str | None:
    """A caller's number as the plan's rule (``none``, ``short``, ``full``) allows it to be told."""
    if rule == "none":
        return None
    return number if rule == "full" else f"…{number[-_SHORT:]}"


def called(record: CallRecord, agency: Agency, plan: Plan, zone: tzinfo, link: str) -> str:
    """A call is on its way to the agency; ``link`` is where it is accepted, empty: nowhere."""
    kind = _kind(record, plan)
    lines = [f"{agency.name.id}: {kind}, {_time(record, zone)}.", *_caller(record, plan)]
    lines.append(f"Panggilan / call {record.id}")
    if link:
        lines.append(f"Terima / accept: {link}")
    return _message(kind, lines)


def left(record: CallRecord, agency: Agency, plan: Plan, zone: tzinfo) -> str:
    """Its caller is gone before anybody answered."""
    kind = _kind(record, plan)
    return _message(
        kind,
        [
            f"{agency.name.id}: penelepon {_time(record, zone)} pergi; pusat menelepon balik.",
            "The caller left unanswered; the centre calls back.",
            *_caller(record, plan),
            f"Panggilan / call {record.id}",
        ],
    )


def _kind(record: CallRecord, plan: Plan) -> str:
    emergency = plan.emergencies.get(record.emergency or "")
    if emergency is None:
        return _ANY
    name = emergency.name
    return name.id if name.id == name.en else f"{name.id} / {name.en}"


def _time(record: CallRecord, zone: tzinfo) -> str:
    return f"{record.began.astimezone(zone):%H:%M:%S}"


def _caller(record: CallRecord, plan: Plan) -> list[str]:
    # What is not a number may be anything, and goes to programs that take signs for commands.
    number = record.caller if _NUMBER.fullmatch(record.caller) else "?"
    told = caller(number, plan.centre.messages.caller)
    return [] if told is None else [f"Penelepon / caller: {told}"]


def _message(kind: str, lines: list[str]) -> str:
    return json.dumps({"title": f"112: {kind}", "body": "\n".join(lines)})
