"""Whom to notify of a call: each agency that is rung, and those the plan names beside it.

The step that rings everybody's handsets names no agency, and notifies nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from router.callbacks.rules import UNANSWERED
from router.notify import Announcer, Messenger

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
    if record.ended is None and (now - record.began).total_seconds() <= STALE_S:
        yield from _told(record, plan)


def abandoned(record: CallRecord, plan: Plan, now: datetime) -> Iterator[str]:
    """The agencies that ought to know that this caller left before anybody answered."""
    ended = record.ended
    if ended is None or (now - ended).total_seconds() > STALE_S:
        return
    if record.outcome in UNANSWERED:
        yield from _told(record, plan)


def _told(record: CallRecord, plan: Plan) -> Iterator[str]:
    if record.is_test:
        return
    emergency = plan.emergencies.get(record.emergency or "")
    beside = emergency.notify if emergency is not None else ()
    rung = (step.agency for step in record.steps)
    if record.steps:
        yield from (name for name in dict.fromkeys((*rung, *beside)) if name in plan.agencies)


@dataclass(frozen=True, slots=True)
class Ways:
    """How agencies can be told.

    Attributes:
        webhook: there is one.
        kinds: kinds of contacts that there is a gateway for.
        public_url: where people outside open our pages; empty: nowhere.
    """

    webhook: bool = True
    kinds: frozenset[str] = frozenset()
    public_url: str = ""


WEBHOOK_ALONE: Final = Ways()


def due(
    record: CallRecord, plan: Plan, now: datetime, ways: Ways = WEBHOOK_ALONE
) -> tuple[Notification, ...]:
    """The notifications of this call by now; ``plan`` is the one that it began with."""
    zone = ZoneInfo(plan.centre.timezone)
    announcer = Announcer(
        enabled=ways.webhook,
        centre=plan.centre.name.id,
        zone=zone,
        caller=plan.centre.messages.caller,
    )
    messenger = Messenger(plan, ways.kinds, ways.public_url)
    made: list[Notification] = []
    for agency in agencies(record, plan, now):
        made += announcer.ringing(record, agency, now, plan.agencies[agency].notify)
        made += messenger.ringing(record, agency, now)
    for agency in abandoned(record, plan, now):
        made += announcer.left(record, agency, now, plan.agencies[agency].notify)
        made += messenger.left(record, agency, now)
    return tuple(made)
