"""What a call's record tells, whenever and however often it is written."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from router.calls.record import LegKind, Outcome
from router.hooks.model import Happening, HookEvent
from router.hooks.posts import AcceptedData, CallData, moment, optional

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from router.calls.record import CallRecord

EVENTS: Final = frozenset(
    {
        HookEvent.CALL_BEGUN,
        HookEvent.CALL_ANSWERED,
        HookEvent.CALL_ACCEPTED,
        HookEvent.CALL_ABANDONED,
        HookEvent.CALL_ENDED,
    }
)
"""Those that come of a record."""
ABANDONED: Final = frozenset({Outcome.ABANDONED_MENU, Outcome.ABANDONED_RINGING})
_JUST_BEFORE: Final = timedelta(microseconds=1)


def told(record: CallRecord) -> Iterator[Happening]:
    """All that has happened in a call by now, in its order; of a test call, nothing.

    ``record`` is as the database keeps it: nothing is in it that could not be sent.
    """
    if record.is_test:
        return
    yield _made(HookEvent.CALL_BEGUN, record, record.began)
    if record.answered is not None:
        yield _made(HookEvent.CALL_ANSWERED, record, record.answered)
    yield from _accepted(record)
    if record.ended is not None:
        if record.outcome in ABANDONED:
            # Of one target what is older goes first, and these happen at the same moment.
            yield _made(HookEvent.CALL_ABANDONED, record, record.ended - _JUST_BEFORE)
        yield _made(HookEvent.CALL_ENDED, record, record.ended)


def _accepted(record: CallRecord) -> Iterator[Happening]:
    for leg in record.legs:
        if leg.accepted is not None and leg.kind is not LegKind.ROUTE:
            yield Happening(
                HookEvent.CALL_ACCEPTED,
                leg.accepted,
                record.node,
                (record.id, leg.id),
                AcceptedData(call=record.id, agency=leg.agency),
                record.id,
            )


def _made(event: HookEvent, record: CallRecord, at: datetime) -> Happening:
    data = CallData(
        call=record.id,
        began=moment(record.began),
        language=record.language,
        emergency=record.emergency,
        answered_by=record.answered_by,
        answered=optional(record.answered),
        ended=optional(record.ended),
        outcome=record.outcome,
        reason=record.reason,
        wait_ms=record.wait_ms,
        talk_ms=record.talk_ms,
        caller=record.caller,
    )
    return Happening(event, at, record.node, (record.id,), data, record.id)
