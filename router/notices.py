"""Whom to notify of a call: each agency that is rung, and those the plan names beside it.

The step that rings everybody's handsets names no agency, and notifies nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from router.notify import Announcer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from router.calls.record import CallRecord
    from router.store.outbox import Notification
    from siaga.plan import Plan

STALE_S: Final = 600.0
"""A call that began longer ago is history: backfilled records raise no alarm."""


def agencies(record: CallRecord, plan: Plan, now: datetime) -> Iterator[str]:
    """The agencies that ought to know of this call by now, each once; of a test call, none."""
    if record.is_test or record.ended is not None or (now - record.began).total_seconds() > STALE_S:
        return
    emergency = plan.emergencies.get(record.emergency or "")
    beside = emergency.notify if emergency is not None else ()
    rung = (step.agency for step in record.steps)
    if record.steps:
        yield from (name for name in dict.fromkeys((*rung, *beside)) if name in plan.agencies)


def due(record: CallRecord, plan: Plan, now: datetime) -> tuple[Notification, ...]:
    """The notifications of this call by now; ``plan`` is the one that it began with."""
    zone = ZoneInfo(plan.centre.timezone)
    announcer = Announcer(enabled=True, centre=plan.centre.name.id, zone=zone)
    return tuple(
        notification
        for agency in agencies(record, plan, now)
        for notification in announcer.ringing(record, agency, now, plan.agencies[agency].notify)
    )
