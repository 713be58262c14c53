"""What can be wrong with a recording, judged from the call's record and the file. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from router.storage.coverage import Coverage, cover

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from router.storage.sound import Sound

BRIEF: Final = timedelta(seconds=2)
"""A call that nobody answered and that was over so soon may have left no audio."""


class Fault(StrEnum):
    """What is wrong; a closed list."""

    MISSING = "missing"
    """No file."""
    EMPTY = "empty"
    """A file without audio."""
    UNREADABLE = "unreadable"
    """Not a WAV file, or not to be read."""
    SHORT = "short"
    """Seconds of talk are not in it."""
    SILENT = "silent"
    """A whole leg of the talk has no sound in it."""
    STALLED = "stalled"
    """The call is up and the file does not grow."""
    ALTERED = "altered"
    """Not the file whose digest is in the record."""
    UNFILED = "unfiled"
    """The call is over for long, and its record has no digest."""
    ORPHANED = "orphaned"
    """A file that belongs to no call."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a recording.

    Attributes:
        fault: what.
        call: id of the call; empty for an orphaned file.
        path: below the recordings folder.
        missing_s: seconds of talk that are not on disk.
        detail: in English, for a technician.
    """

    fault: Fault
    call: str
    path: str
    missing_s: int = 0
    detail: str = ""

    def row(self) -> dict[str, Any]:
        """The finding as JSON values."""
        return {
            "fault": str(self.fault),
            "call": self.call or None,
            "path": self.path,
            "missing_s": self.missing_s,
            "detail": self.detail,
        }


def examine(
    record: CallRecord, sound: Sound | None, unreadable: str = ""
) -> tuple[Coverage, tuple[Finding, ...]]:
    """Hold a recording to the record of its call, which is over.

    Args:
        record: of the call; one that was never recorded (it never came up) has nothing wrong.
        sound: what is on disk; None: no file, or one that cannot be read.
        unreadable: why it cannot be read.
    """
    recording = record.recording
    if recording is None or record.ended is None:
        return Coverage(), ()
    found = cover(record, sound)

    def finding(fault: Fault, detail: str = "") -> Finding:
        return Finding(fault, record.id, recording.path, found.missing_s, detail)

    if sound is None or not sound.duration_ms:
        if unreadable:
            return found, (finding(Fault.UNREADABLE, unreadable),)
        if _may_be_nothing(record):
            return found, ()
        return found, (finding(Fault.MISSING if sound is None else Fault.EMPTY),)
    faults = []
    if recording.sha256 is not None and recording.sha256 != sound.sha256:
        faults.append(finding(Fault.ALTERED, f"sha256 {sound.sha256}"))
    if recording.sha256 is None:
        faults.append(finding(Fault.UNFILED))
    if found.missing_s:
        faults.append(finding(Fault.SHORT, f"{sound.duration_ms} ms of audio"))
    faults += [
        finding(Fault.SILENT, f"{leg.agency} from {leg.begin} to {leg.end} ms")
        for leg in found.silent
    ]
    return found, tuple(faults)


def _may_be_nothing(record: CallRecord) -> bool:
    ended = record.ended or record.began
    return record.answered is None and ended - record.began < BRIEF
