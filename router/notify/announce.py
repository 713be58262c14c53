"""Making notifications: who is told what about a call."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from router.notify import words
from router.store.outbox import Notification
from router.store.text import CALLER_LIMIT, storable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from router.calls.record import CallRecord
    from siaga.plan.model import Contact

WEBHOOK: Final = "webhook"
"""Channel: an HTTP POST to ``SIAGA_WEBHOOK``."""
CALL_RINGING: Final = "call_ringing"
"""Event: the agency's telephones begin to ring, or it is to know of the call from its beginning."""
CALLER_LEFT: Final = "caller_left"
"""Event: the caller is gone before anybody answered; he is on the list of whom to call back."""

NAMESPACE: Final = uuid.UUID("6f1c1e4e-6d0f-5b0e-9a52-112112112112")


@dataclass(frozen=True, slots=True)
class Announcer:
    """Makes the notifications of a centre.

    Attributes:
        enabled: whether there is anywhere to send them (``SIAGA_WEBHOOK``); if not, there are none.
        centre: name of the centre.
        zone: its time zone.
        caller: what may be told of the caller's number: ``none``, ``short`` or ``full``.
    """

    enabled: bool
    centre: str
    zone: tzinfo
    caller: str = "full"

    def ringing(
        self, record: CallRecord, agency: str, now: datetime, contacts: Sequence[Contact] = ()
    ) -> tuple[Notification, ...]:
        """What to tell an agency of a call that is on its way to it.

        ``contacts`` are the agency's, for the receiver to pass it on to; without any, the payload
        has none.

        The same call and agency give the same id, so a replay of the call, or its second round
        through the route, tells nobody twice.
        """
        return self._made(CALL_RINGING, record, agency, now, contacts)

    def left(
        self, record: CallRecord, agency: str, now: datetime, contacts: Sequence[Contact] = ()
    ) -> tuple[Notification, ...]:
        """What to tell an agency of a caller who was on his way to it and left unanswered."""
        return self._made(CALLER_LEFT, record, agency, now, contacts)

    def _made(
        self,
        event: str,
        record: CallRecord,
        agency: str,
        now: datetime,
        contacts: Sequence[Contact],
    ) -> tuple[Notification, ...]:
        if not self.enabled:
            return ()
        key = json.dumps([record.node, record.id, agency, event, WEBHOOK])
        payload: dict[str, Any] = {
            "event": event,
            "call": storable(record.id),
            "node": storable(record.node),
            "agency": storable(agency),
            "emergency": record.emergency,
            "caller": words.caller(storable(record.caller, CALLER_LIMIT), self.caller),
            "began": record.began.astimezone(self.zone).isoformat(timespec="microseconds"),
            "language": record.language,
            "centre": self.centre,
        }
        if contacts:
            payload["contacts"] = [contact.model_dump(exclude_none=True) for contact in contacts]
        return (
            Notification(
                id=str(uuid.uuid5(NAMESPACE, key)),
                node=record.node,
                call_id=record.id,
                agency=agency,
                event=event,
                channel=WEBHOOK,
                payload=json.dumps(payload),
                created=now,
                target=agency,
            ),
        )
