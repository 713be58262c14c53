"""Which of two records of one call stands.

The later one, except that

- a record that is closed is not opened again;
- what is known of the recording stays known, as long as it is the same file: its length and digest
  are added after the end, and a replay of the call's events does not have them;
- a number that was erased stays erased: the CEL file may still have it;
- a record that says the same, source apart, changes nothing.

:mod:`router.store.statements` says the same in SQL; a test proves that the two agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.calls.record import ERASED, Recording
from siaga.changes import changed

if TYPE_CHECKING:
    from router.calls.record import CallRecord


def supersede(old: CallRecord, new: CallRecord) -> CallRecord:
    """The record that stands once ``new`` has come after ``old``."""
    if old.ended is not None and new.ended is None:
        return old
    caller = ERASED if old.caller == ERASED else new.caller
    merged = changed(new, caller=caller, recording=_recording(old.recording, new.recording))
    return old if changed(merged, source=old.source) == old else merged


def _recording(old: Recording | None, new: Recording | None) -> Recording | None:
    if old is None or new is None:
        return new or old
    if old.path != new.path:
        return new
    return Recording(
        path=new.path,
        sha256=old.sha256 if new.sha256 is None else new.sha256,
        duration_ms=old.duration_ms if new.duration_ms is None else new.duration_ms,
    )
