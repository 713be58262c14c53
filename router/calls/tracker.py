"""The calls that are up or just over: which events of each are known, from where, and its record.

Each event arrives twice. Over AMI it comes at once, and the record follows it; in the CEL file it
comes later, complete and with its exact time. When the file has told a call to its end, the record
is folded once more from the file alone, so that it is the same whether or not the listener was
there, save its ``source``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from router.calls.record import Reason, Recording, Source
from router.calls.reducer import CallState, begin, close, fold, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from router.calls.events import CelEvent
    from router.calls.record import CallRecord

MAX_EVENTS: Final = 20_000
"""Events kept of one call: about a day of holding. More are counted, not kept."""

REMEMBERED: Final = 10_000
"""Ids of calls dropped from memory that are still known, so that a straggler opens no new call."""

_END: Final = "LINKEDID_END"


@dataclass(slots=True)
class TrackedCall:
    """One call in memory.

    Attributes:
        live: events that came over AMI, in their order; ``filed`` those of the CEL file.
        recovered: events the file had and AMI had not given by then.
        confirmed: whether the file has told the call to its end.
    """

    live: list[CelEvent] = field(default_factory=list)
    filed: list[CelEvent] = field(default_factory=list)
    seen_live: Counter[tuple[str, str]] = field(default_factory=Counter)
    seen_filed: Counter[tuple[str, str]] = field(default_factory=Counter)
    recovered: int = 0
    confirmed: bool = False
    state: CallState | None = None
    recording: Recording | None = None

    def record(self) -> CallRecord | None:
        """The call's record, or None when it is no call to 112 (or not known to be one yet)."""
        if self.state is None or not self.state.emergency_call:
            return None
        record = self.state.record
        if self.recovered:
            record = replace(record, source=Source.BACKFILL)
        if self.recording is not None and record.recording is not None:
            record = replace(record, recording=self.recording)
        return record


class CallTracker:
    """Folds events into records. Owns no clock, socket or file.

    Args:
        node: name of the Asterisk node the events come from.
    """

    def __init__(self, node: str) -> None:
        self._node = node
        self._calls: dict[str, TrackedCall] = {}
        self._done: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def live(self, event: CelEvent) -> CallRecord | None:
        """Take an event from AMI; the call's record when it may have changed."""
        call = self._call(event)
        if call is None or call.confirmed or len(call.live) >= MAX_EVENTS:
            return None
        if event.kind == _END and (call.state is None or call.state.hung_up is None):
            return None  # The caller's events were missed; the file tells how the call ended.
        key = event.unique, event.kind
        call.seen_live[key] += 1
        if call.seen_live[key] <= call.seen_filed[key]:
            return None  # The file was quicker.
        call.live.append(event)
        previous = call.state
        if previous is None:
            call.state = step(begin(event, self._node), event)
        elif len(call.live) > 1 and event.order < call.live[-2].order:
            call.state = self._folded(call)
        else:
            call.state = step(previous, event)
        return None if call.state is previous else call.record()

    def filed(self, event: CelEvent) -> CallRecord | None:
        """Take an event from the CEL file; the call's record when it may have changed."""
        call = self._call(event)
        if call is None or call.confirmed or len(call.filed) >= MAX_EVENTS:
            return None
        key = event.unique, event.kind
        call.seen_filed[key] += 1
        call.filed.append(event)
        missed = call.seen_filed[key] > call.seen_live[key]
        call.recovered += missed
        call.confirmed = event.kind == _END
        if call.confirmed:
            call.state = fold(call.filed, self._node)
        elif missed:
            call.state = self._folded(call)
        else:
            return None
        return call.record()

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

    def vanished(self, linked: str) -> CallRecord | None:
        """End a call that Asterisk no longer knows: it was restarted in the middle of it."""
        call = self._calls.get(linked)
        if call is None or call.state is None or call.state.record.ended is not None:
            return None
        last = max((*call.filed, *call.live), key=lambda event: event.order)
        call.state = close(call.state, call.state.hung_up or last.time, Reason.RESTARTED)
        call.confirmed = True
        return call.record()

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

    def _folded(self, call: TrackedCall) -> CallState:
        """Fold what the file has told, then what so far came over AMI alone."""
        ahead = Counter[tuple[str, str]]()
        events = list(call.filed)
        for event in call.live:
            key = event.unique, event.kind
            ahead[key] += 1
            if ahead[key] > call.seen_filed[key]:
                events.append(event)
        return fold(events, self._node)
