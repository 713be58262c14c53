"""Which seconds of talk have audio on disk.

Everything of a call is in one file, recorded on the caller's channel from the moment the centre
answers: the menu, the ringing, and every leg that follows, whichever handset the caller is with.
The file has no clock of its own; its beginning is the call's arrival. Where Asterisk wrote nothing
for a while, what is missing shows at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from router.calls.record import StepResult
from siaga.names import MenuReason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from router.calls.record import CallRecord
    from router.storage.sound import Sound


@dataclass(frozen=True, slots=True)
class Stretch:
    """A leg: the caller with one agency, ms from the call's arrival.

    Attributes:
        agency: whose handset answered.
        begin: when. ``end``: when the caller was sent on, or the call ended.
    """

    agency: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a call's talk is on disk.

    Attributes:
        answered_s: whole seconds of talk.
        covered_s: those of them that the file is long enough for.
        silent: legs in which not one sample sounds.
    """

    answered_s: int = 0
    covered_s: int = 0
    silent: tuple[Stretch, ...] = ()

    @property
    def missing_s(self) -> int:
        """Seconds of talk that are not on disk."""
        return self.answered_s - self.covered_s


KEY_MS = 300
"""What is said while a key sounds is not recorded: Asterisk drops it, for as long as
``mindtmfduration`` at least. It is before the talk, which comes so much earlier in the file."""
SILENT_MS = 3000
"""A leg shorter than this may hold nothing but two people drawing breath."""


def stretches(record: CallRecord) -> tuple[Stretch, ...]:
    """The legs of a call that is over, in order; a conference or an attended transfer is one."""
    if record.answered is None or record.ended is None:
        return ()
    found = []
    steps = record.steps
    for index, step in enumerate(steps):
        if step.result is not StepResult.ANSWERED or step.left is None:
            continue
        later = [other.entered for other in steps[index + 1 :]]
        end = min([*later, record.ended])
        found.append(Stretch(step.agency, _ms(record, step.left), _ms(record, end)))
    if not found:  # steps beyond those that are kept
        found = [Stretch(record.answered_by or "", _ms(record, record.answered), _end(record))]
    return tuple(found)


def cover(record: CallRecord, sound: Sound | None) -> Coverage:
    """How much of a call that is over is on disk; ``None`` stands for no file at all.

    A second counts as covered when the file reaches its middle.
    """
    answered = covered = 0
    reach = 0 if sound is None else sound.duration_ms + _keys_ms(record)
    silent = []
    for leg in stretches(record):
        for second in range(leg.begin, leg.end, 1000):
            if second + 500 > leg.end:
                break
            answered += 1
            covered += second + 500 <= reach
        if sound is not None and leg.end - leg.begin >= SILENT_MS and not _any(sound, leg):
            silent.append(leg)
    return Coverage(answered, covered, tuple(silent))


def total(each: Iterable[Coverage]) -> Coverage:
    """All of them together."""
    answered = covered = 0
    for one in each:
        answered += one.answered_s
        covered += one.covered_s
    return Coverage(answered, covered)


def _keys_ms(record: CallRecord) -> int:
    """How much the file lacks of the menu, for the key that chose."""
    return KEY_MS if record.choice == MenuReason.DIGIT else 0


def _any(sound: Sound, leg: Stretch) -> bool:
    part = sound.heard[leg.begin // 1000 : -(-leg.end // 1000)]
    return not part or any(part)  # no part at all: missing, not silent


def _ms(record: CallRecord, at: datetime) -> int:
    return max(0, round((at - record.began).total_seconds() * 1000))


def _end(record: CallRecord) -> int:
    return _ms(record, record.ended or record.began)
