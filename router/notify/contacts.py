"""Messages to the contacts of an agency: all at once, or the next when nobody accepts."""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from router.notify import words
from router.notify.announce import CALL_RINGING, CALLER_LEFT, NAMESPACE
from router.store.outbox import Notification

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from router.calls.record import CallRecord
    from siaga.plan import Plan

BOARD: Final = "board"
"""Channel: the centre's own alarms, when none of an agency's contacts accepts."""
ACCEPT_PATH: Final = "/a/"
"""Of the page on which a message is accepted; its token follows."""


@dataclass(frozen=True, slots=True)
class Messenger:
    """Makes the messages of a centre.

    Attributes:
        plan: that the call began with.
        kinds: the kinds of contacts that there is a gateway for; others are told nothing.
        public_url: where people outside open our pages; empty: nowhere.
    """

    plan: Plan
    kinds: frozenset[str]
    public_url: str = ""

    def ringing(self, record: CallRecord, agency: str, now: datetime) -> Iterator[Notification]:
        """That a call is on its way to an agency.

        With ``escalate`` each contact's message is due so much later than the one before, and after
        the last an alarm of the centre.
        """
        its = self.plan.agencies[agency]
        pause = timedelta(seconds=its.escalate or 0)
        told = list(dict.fromkeys(self._ways(agency)))
        for place, (kind, address) in enumerate(told):
            token = secrets.token_urlsafe(16)
            link = f"{self.public_url}{ACCEPT_PATH}{token}" if self.public_url else ""
            text = words.called(record, its, self.plan, self._zone, link)
            due = now + place * pause
            made = _notification(record, agency, CALL_RINGING, (kind, address), text, due)
            yield replace(made, step=place if its.escalate else 0, token=token)
        if told and its.escalate:
            due = now + len(told) * pause
            made = _notification(record, agency, CALL_RINGING, (BOARD, agency), "{}", due)
            yield replace(made, step=len(told))

    def left(self, record: CallRecord, agency: str, now: datetime) -> Iterator[Notification]:
        """That the caller is gone unanswered: to those who were to be told of the call by now."""
        its = self.plan.agencies[agency]
        told = list(dict.fromkeys(self._ways(agency)))
        if its.escalate:
            since = min((s.entered for s in record.steps if s.agency == agency), default=now)
            told = told[: 1 + int((now - since).total_seconds() // its.escalate)]
        text = words.left(record, its, self.plan, self._zone)
        for way in told:
            yield _notification(record, agency, CALLER_LEFT, way, text, now)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.plan.centre.timezone)

    def _ways(self, agency: str) -> Iterator[tuple[str, str]]:
        for contact in self.plan.agencies[agency].notify:
            kind, address = contact.way
            if kind in self.kinds:
                yield kind, address


def _notification(  # noqa: PLR0913, PLR0917 (a row of the outbox)
    record: CallRecord,
    agency: str,
    event: str,
    way: tuple[str, str],
    payload: str,
    due: datetime,
) -> Notification:
    """About one call, by one way: channel and target.

    Its id is the same for the same thing, so that it is told once however often it is made.
    """
    key = json.dumps([record.node, record.id, agency, event, *way])
    return Notification(
        id=str(uuid.uuid5(NAMESPACE, key)),
        node=record.node,
        call_id=record.id,
        agency=agency,
        event=event,
        channel=way[0],
        payload=payload,
        created=due,
        target=way[1],
    )
