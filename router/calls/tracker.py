"""The calls that are up or just over: which events of each are known, from where, and its record.

Each event arrives twice. Over AMI it comes at once, and the record follows it; in the CEL file it
comes later, complete and with its exact time. When the file has told a call to its end, the record
is folded once more from the file, so that it is the same whether or not the listener was there,
save its ``source``. Only what the file does not have (its disk was full) is taken from AMI.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from router.calls.record import Reason, Recording, Source
from router.calls.reducer import begin, close, fold, known, step
from router.calls.steady import steadied
from siaga.changes import changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from router.calls.events import CelEvent
    from router.calls.record import CallRecord
    from router.calls.state import CallState

MAX_EVENTS: Final = 20_000
"""Events kept of one call: about a day of holding. More are counted, not kept."""

REMEMBERED: Final = 10_000
"""Ids of calls dropped from memory that are still known, so that a straggler opens no new call."""

_END: Final = "LINKEDID_END"
_LAST: Final = frozenset(("HANGUP", _END))
"""Kept of a call however many others are: what tells that it is over."""

Key: TypeAlias = tuple[str, str, str]
"""What an event has in common in both deliveries: channel, kind, and the text of its kind."""


def _key(event: CelEvent) -> Key:
    return event.unique, event.kind, event.extra


@dataclass(slots=True)
class TrackedCall:
    """One call in memory.

    Attributes:
        live: events that came over AMI, in their order; ``filed`` those of the CEL file.
        seen: all of them, as one may be told twice in the very same words.
        recovered: events the file had and AMI had not given by then.
        confirmed: whether the file has told the call to its end.
        base: what was known of it before its first event, unless that begins the call.
        orderly: all that is known is from the file and came in order: the state needs no new fold.
    """

    live: list[CelEvent] = field(default_factory=list)
    filed: list[CelEvent] = field(default_factory=list)
    seen: set[tuple[bool, CelEvent]] = field(default_factory=set)
    seen_live: Counter[Key] = field(default_factory=Counter)
    seen_filed: Counter[Key] = field(default_factory=Counter)
    recovered: int = 0
    confirmed: bool = False
    state: CallState | None = None
    base: CallState | None = None
    orderly: bool = True
    recording: Recording | None = None

    def is_news(self, event: CelEvent, *, live: bool) -> bool:
        """Whether this delivery has not told this very event before."""
        before = len(self.seen)
        self.seen.add((live, event))
        return len(self.seen) > before

    def record(self) -> CallRecord | None:
        """The call's record, or None when it is no call to 112 (or not known to be one yet)."""
        if self.state is None or not self.state.emergency_call:
            return None
        record = self.state.record
        if self.recovered:
            record = changed(record, source=Source.BACKFILL)
        if self.recording is not None and record.recording is not None:
            record = changed(record, recording=self.recording)
        return record


class CallTracker:
    """Folds events into records. Owns no clock, socket or file.

    Args:
        node: name of the Asterisk node the events come from.
        missed: told each event of a call to 112 that the file has and AMI had not given by then.
    """

    def __init__(self, node: str, missed: Callable[[CelEvent], None] | None = None) -> None:
        self.node = node
        self._missed = missed
        self._calls: dict[str, TrackedCall] = {}
        self._done: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def live(self, event: CelEvent) -> CallRecord | None:
        """Take an event from AMI; the call's record when it may have changed."""
        call = self._call(event)
        if call is None or call.confirmed or _is_full(call.live, event):
            return None
        if event.kind == _END and (call.state is None or call.state.hung_up is None):
            return None  # The caller's events were missed; the file tells how the call ended.
        if not call.is_news(event, live=True):
            return None
        key = _key(event)
        call.seen_live[key] += 1
        if call.seen_live[key] <= call.seen_filed[key]:
            # The file was quicker, as when it is read to its end after connecting: not missed.
            call.recovered -= 1
            return None if call.recovered else call.record()
        call.live.append(event)
        previous = call.state
        if previous is None:
            call.state = step(begin(event, self.node), event)
        elif self._goes_on(call, event):
            call.state = step(previous, event)
        else:
            call.state = self._folded(call)
        return None if call.state is previous else call.record()

    def filed(self, event: CelEvent) -> CallRecord | None:
        """Take an event from the CEL file; the call's record when it may have changed."""
        call = self._call(event)
        if call is None or call.confirmed or _is_full(call.filed, event):
            return None
        if not call.is_news(event, live=False):
            return None
        key = _key(event)
        call.seen_filed[key] += 1
        orderly = not call.live and (not call.filed or call.filed[-1].order < event.order)
        call.orderly = call.orderly and orderly
        call.filed.append(event)
        missed = call.seen_filed[key] > call.seen_live[key]
        call.recovered += missed
        call.confirmed = event.kind == _END
        if not call.confirmed and not missed:
            return None
        if call.orderly and call.state is not None and not _begins(event):
            call.state = step(call.state, event)
        else:
            call.state = self._folded(call)
        if missed and self._missed is not None and call.state.emergency_call:
            self._missed(event)
        return call.record()

    def restore(self, record: CallRecord, channel: str = "") -> bool:
        """Take a call that is up and of which no event tells that it is a call to 112.

        Args:
            record: what is known of it: from the database, or from what Asterisk lists.
            channel: name of the caller's channel, where that is known.

        Returns:
            Whether it was taken: not when events tell of it, nor when it was over already.
        """
        call = self._calls.get(record.id) or TrackedCall()
        if record.id in self._done or (call.state is not None and call.state.emergency_call):
            return False
        self._calls[record.id] = call
        call.base = known(record, channel)
        call.recovered += 1
        call.orderly = not (call.live or call.filed)
        call.state = call.base if call.orderly else self._folded(call)
        return True

    def recorded(self, linked: str, recording: Recording) -> CallRecord | None:
        """Note that a call's recording is complete; its record, if the call is still known."""
        call = self._calls.get(linked)
        if call is None:
            return None
        call.recording = recording
        return call.record()

    def open(self) -> Iterator[CallState]:
        """The calls to 112 that are up."""
        for call in self._calls.values():
            state = call.state
            if state is not None and state.emergency_call and state.record.ended is None:
                yield state

    def find(self, linked: str) -> CallState | None:
        """A call that is up or just over."""
        call = self._calls.get(linked)
        return None if call is None else call.state

    def told_to_its_end(self, linked: str) -> bool:
        """Whether a call's record will not change any more, but for its recording."""
        call = self._calls.get(linked)
        return call is not None and call.confirmed

    def vanished(self, linked: str, started: datetime | None = None) -> CallRecord | None:
        """End a call that Asterisk no longer knows and whose end was not told.

        Args:
            linked: the call.
            started: when the Asterisk that is asked was started, if it says so. If that is after
                the last that is known of the call, the restart is the reason; else it is unknown.
        """
        call = self._calls.get(linked)
        if call is None or call.state is None or call.state.record.ended is not None:
            return None
        last = _last(call)
        restarted = started is not None and last <= started
        reason = Reason.RESTARTED if restarted else Reason.UNKNOWN
        call.state = close(call.state, call.state.hung_up or last, reason)
        call.confirmed = True
        return call.record()

    def shut_down(self, since: datetime, started: datetime) -> Iterator[CallRecord]:
        """Give the true reason to calls that Asterisk ended itself because it was shut down.

        Args:
            since: when it may have begun to shut down.
            started: when it was started again.
        """
        for call in self._calls.values():
            state = call.state
            if state is None or not was_shut_down(state.record, since, started):
                continue
            call.state = changed(state, record=changed(state.record, reason=Reason.RESTARTED))
            record = call.record()
            if record is not None:
                yield record

    def awaits_recording(self, linked: str) -> bool:
        """Whether a call's recording is not filed yet."""
        call = self._calls.get(linked)
        if call is None or call.state is None:
            return False
        return call.recording is None and call.state.record.recording is not None

    def forget(self, linked: str) -> None:
        """Drop a call from memory; what is written of it stays."""
        if self._calls.pop(linked, None) is not None:
            self._done[linked] = None
            if len(self._done) > REMEMBERED:
                del self._done[next(iter(self._done))]

    def finished(self) -> list[str]:
        """Ids of the calls of which nothing more will come."""
        return [linked for linked, call in self._calls.items() if call.confirmed]

    def over(self) -> list[str]:
        """Ids of the calls that ended, told by the file or not."""
        return [
            linked
            for linked, call in self._calls.items()
            if call.state is not None and call.state.record.ended is not None
        ]

    def _call(self, event: CelEvent) -> TrackedCall | None:
        if not event.linked or event.linked in self._done:
            return None
        call = self._calls.get(event.linked)
        if call is None:
            call = self._calls[event.linked] = TrackedCall()
        return call

    @staticmethod
    def _goes_on(call: TrackedCall, event: CelEvent) -> bool:
        """Whether the newest live event comes after all that the state tells."""
        if call.base is not None and _begins(event):
            return False
        if len(call.live) < 2:
            return True
        before = call.live[-2]
        return before.at < event.at or before.order <= event.order

    def _folded(self, call: TrackedCall) -> CallState:
        """Fold what the file has told, then what came over AMI alone."""
        ahead = Counter[Key]()
        events = steadied(call.filed)
        for event in steadied(call.live):
            key = _key(event)
            ahead[key] += 1
            if ahead[key] > call.seen_filed[key]:
                events.append(event)
        if call.confirmed:
            # Over AMI an event is later by its stamp: the end must stay the end.
            last = max(event.at for event in events)
            events = [event._replace(at=last) if event.kind == _END else event for event in events]
        base = None if any(map(_begins, events)) else call.base
        return fold(events, self.node, base)


def was_shut_down(record: CallRecord, since: datetime, started: datetime) -> bool:
    """Whether a call that the system ended was ended by a restart that began after ``since``."""
    ended = record.ended
    return record.reason is Reason.SYSTEM and ended is not None and since <= ended <= started


def _is_full(kept: list[CelEvent], event: CelEvent) -> bool:
    return len(kept) >= MAX_EVENTS and event.kind not in _LAST


def _begins(event: CelEvent) -> bool:
    return event.kind == "CHAN_START" and event.unique == event.linked


def _last(call: TrackedCall) -> datetime:
    """The latest time that is known of a call."""
    told = [event.time for event in (*call.filed, *call.live)]
    if call.base is not None:
        record = call.base.record
        told += [record.began, *(step.left or step.entered for step in record.steps)]
        told += [leg.left or leg.joined or leg.rung for leg in record.legs]
        told += [record.answered] if record.answered is not None else []
    return max(told)
