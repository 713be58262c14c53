"""Holds the calls that we know against those that Asterisk lists: no ghosts, none missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from router import reconcile
from router.calls.gaps import Recovery
from router.calls.record import Reason
from router.calls.tracker import was_shut_down

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from router.ami import AmiLink, Headers
    from router.calls.celfile import CelFile
    from router.calls.gaps import GapLedger
    from router.calls.record import CallRecord
    from router.calls.tracker import CallTracker
    from router.reconcile import Listed

log = structlog.get_logger(__name__)

SHUTDOWN: Final = timedelta(seconds=20)
"""How long before its connections end Asterisk hangs up the calls when it is shut down: it waits
for them for up to 15 s."""


class Reconciler:
    """Ends calls that are gone, takes calls that nothing told of, and notes both in the ledger.

    Attributes:
        ended_before: calls that the system ended shortly before this process began to follow.

    Args:
        link: the AMI connection that is asked.
        file: the node's CEL file.
        tracker: the calls.
        gaps: the ledger.
        emit: told each record that has changed.
        time: what time it is.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (each is a part of its own)
        self,
        link: AmiLink,
        file: CelFile,
        tracker: CallTracker,
        gaps: GapLedger,
        emit: Callable[[CallRecord], None],
        time: Callable[[], datetime],
    ) -> None:
        self.ended_before: tuple[CallRecord, ...] = ()
        self._link = link
        self._file = file
        self._tracker = tracker
        self._gaps = gaps
        self._emit = emit
        self._time = time

    def known_up(self) -> set[str]:
        """Ids of the calls that are up, as far as we know; those between handsets too."""
        up = {state.record.id for state in self._tracker.open()}
        return up | set(self._file.open_calls())

    def end_vanished(self, gone: set[str], listed: Listed) -> None:
        """End those of the calls of which Asterisk knows no channel."""
        if not gone:
            return
        doubtful = listed.doubtful(self._tracker.find)
        for state in list(self._tracker.open()):
            call = state.record.id
            unsure = state.channel in doubtful if state.channel else listed.is_forged
            if call not in gone or unsure:
                continue
            record = self._tracker.vanished(call, listed.started)
            if record is not None:
                log.warning("call_vanished", call=call, reason=record.reason)
                lost = record.reason is Reason.UNKNOWN
                self._note(call, Recovery.LOST if lost else Recovery.RECONCILED)
                self._emit(record)
        for call in self._file.open_calls():
            known = self._tracker.find(call)
            if call in gone and (known is None or known.channel not in doubtful):
                self._file.release(call)

    def tell_restart(self, started: datetime | None) -> None:
        """Give the true reason to calls that Asterisk hung up in order to be restarted."""
        began = self._gaps.began
        if began is None or started is None or started < began:
            return
        since = began - SHUTDOWN
        earlier = [record for record in self.ended_before if was_shut_down(record, since, started)]
        self.ended_before = ()
        for record in self._tracker.shut_down(since, started):
            self._note(record.id, Recovery.RECONCILED)
            self._emit(record)
        for record in earlier:
            if self._tracker.find(record.id) is None:
                self._note(record.id, Recovery.RECONCILED)
                self._emit(replace(record, reason=Reason.RESTARTED))

    async def adopt(self, listed: Listed) -> None:
        """Take the calls that Asterisk lists and of which nothing was told."""
        known = {call for call in listed.up if self._is_known(call)}
        for caller in reconcile.unknown(listed, known):
            channel = caller.get("Channel", "")
            record = reconcile.record_of(caller, listed, self._tracker.node, self._time())
            record = await reconcile.with_variables(self._link, record, channel)
            if self._tracker.restore(record, channel):
                log.warning("call_adopted", call=record.id)
                self._note(record.id, Recovery.RECONCILED)
                self._emit(record)

    def unheard(self, listed: Listed) -> list[tuple[Headers, str]]:
        """Callers whom we take for waiting, who talk as Asterisk lists them, and with whom."""
        return [talk for talk in reconcile.talks(listed) if self._waits(talk[0])]

    def join(self, listed: Listed) -> None:
        """Take what the list says of talks that nothing told of, the file having been cut."""
        for caller, other in self.unheard(listed):
            record = self._tracker.live(reconcile.entered(caller, other, self._time()))
            if record is not None:
                log.warning("talk_adopted", call=record.id)
                self._note(record.id, Recovery.RECONCILED)
                self._emit(record)

    def _waits(self, caller: Headers) -> bool:
        state = self._tracker.find(caller.get("Linkedid", ""))
        if state is None or not state.emergency_call or state.hung_up is not None:
            return False
        record = state.record
        return (
            state.channel in {"", caller.get("Channel", "")}
            and record.ended is None
            and record.answered is None
            and bool(record.steps)
        )

    def _is_known(self, call: str) -> bool:
        state = self._tracker.find(call)
        return state is not None and state.emergency_call

    def _note(self, call: str, how: Recovery) -> None:
        if self._gaps.is_open:
            self._gaps.note(call, how)
        else:
            self._gaps.single(call, how, self._time())
