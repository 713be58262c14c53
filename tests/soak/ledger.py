"""What the callers and handsets themselves noted, and the judgement of records by it. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from router.calls.record import Outcome, Reason, Source
from tests.soak.people import HOLDS, Does

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from router.calls.record import CallRecord
    from tests.soak.people import Script

SURE_S: Final = 0.5
"""A talk that both sides saw for so long is a talk; below, hanging up and answering may cross."""
REFUSED: Final = 503
"""There was no room, and the caller's network was told so."""
RECORDED_S: Final = 1.0
"""Whoever hangs up as the call comes up may do so before its recording begins."""
ANSWERED: Final = frozenset((Outcome.ANSWERED, Outcome.TRANSFERRED))


@dataclass(slots=True)
class Talk:
    """What a handset noted of one caller.

    Attributes:
        handset: its extension.
        answered: whether it took the call, and Asterisk has acknowledged that.
        seconds: from there to its end, as far as it has ended.
        hung_up: whether the handset ended it.
    """

    handset: str
    answered: bool = False
    seconds: float | None = None
    hung_up: bool = False


@dataclass(slots=True)
class Entry:
    """What one caller noted.

    Attributes:
        up: whether the call was answered.
        seconds: how long it was up.
        heard: whether there was any sound; None: nobody listened.
        status: of the last response to the INVITE; 0: there was none.
        left: whether the caller ended it, and not the far side.
        gave_up: whether they had held as long as anybody may have to.
        talks: with whom, as those noted it.
    """

    script: Script
    up: bool = False
    seconds: float = 0.0
    heard: bool | None = False
    status: int = 0
    left: bool = False
    gave_up: bool = False
    talks: list[Talk] = field(default_factory=list)

    @property
    def talked(self) -> set[str]:
        """Handsets that have taken the call."""
        return {talk.handset for talk in self.talks if talk.answered}


@dataclass(slots=True)
class Verdict:
    """What came of a soak; each list names callers.

    Attributes:
        stranded: held, and no human ever answered, or the call was not taken, or said nothing.
        missing: without a record. ``doubled``: with several. ``ghosts``: records without a caller.
        open: records that have no end.
        wrong: records that contradict what the telephones noted, and how.
        unrecorded: calls that were up and whose recording is not there.
        lost: records that say so.
        backfilled: how many records had to be completed from the CEL file.
        outcomes: how many of each. ``tiers``: of the menu.
    """

    stranded: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    backfilled: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> int:
        """How many there are in all."""
        lists = (self.stranded, self.missing, self.doubled, self.ghosts)
        more = (self.open, self.wrong, self.unrecorded, self.lost)
        return sum(map(len, (*lists, *more)))


def judge(
    entries: Mapping[str, Entry], records: Iterable[CallRecord], audio: Collection[str]
) -> Verdict:
    """Compare.

    Args:
        entries: by the caller's number.
        records: every record there is.
        audio: recordings that are on the disk with sound in them, by their path.
    """
    verdict = Verdict()
    found: dict[str, list[CallRecord]] = defaultdict(list)
    for record in records:
        found[record.caller].append(record)
        verdict.backfilled += record.source is Source.BACKFILL
        verdict.outcomes[str(record.outcome)] += 1
        verdict.tiers[str(record.tier)] += 1
        if record.outcome is Outcome.LOST:
            verdict.lost.append(record.caller)
    verdict.ghosts += [number for number in found if number not in entries]
    for number, entry in entries.items():
        if why := _stranded(entry):
            at = "; ".join(_shown(record) for record in found.get(number, []))
            verdict.stranded.append(f"{number} ({entry.script.does.name.lower()}): {why}; {at}")
        match found.get(number, []):
            case []:
                verdict.missing.append(number)
            case [record]:
                _compare(verdict, entry, record, audio)
            case _:
                verdict.doubled.append(number)
    return verdict


def _stranded(entry: Entry) -> str:
    """Why a caller was left alone; empty: they were not."""
    holds = entry.script.does in HOLDS
    for why, so in {
        f"not taken, {entry.status}": not entry.up and not entry.left and entry.status != REFUSED,
        "ended by the centre": entry.up and not entry.left and not entry.talked,
        "held in vain": entry.up and entry.gave_up,
        "heard nothing": entry.up and holds and entry.heard is False,
        f"talked with nobody in {entry.seconds:.1f} s": entry.up and holds and not entry.talked,
    }.items():
        if so:
            return why
    return ""


def _shown(record: CallRecord) -> str:
    """Where a caller was, of a record."""
    steps = " ".join(
        f"{step.agency}:{step.result}@{step.entered:%H:%M:%S}-"
        + (f"{step.left:%H:%M:%S}" if step.left else "")
        for step in record.steps
    )
    return f"{record.id} {record.began:%H:%M:%S} tier {record.tier} {record.choice} {steps}"


def _compare(verdict: Verdict, entry: Entry, record: CallRecord, audio: Collection[str]) -> None:
    number = entry.script.number
    if record.ended is None:
        verdict.open.append(number)
        return
    for why in _contradictions(entry, record):
        verdict.wrong.append(f"{number} ({entry.script.does.name.lower()}): {why}")
    recording = record.recording
    if entry.seconds < RECORDED_S:
        return
    if recording is None or recording.sha256 is None or recording.path not in audio:
        verdict.unrecorded.append(number)


def _contradictions(entry: Entry, record: CallRecord) -> Iterable[str]:
    sure = [talk for talk in entry.talks if talk.answered and (talk.seconds or 0) >= SURE_S]
    if sure and (record.outcome not in ANSWERED or record.handset not in entry.talked):
        yield f"{record.outcome} by {record.handset}, but {sure[0].handset} has talked"
    if (entry.status == REFUSED) is not (record.outcome is Outcome.REFUSED):
        yield f"{record.outcome}, but the answer was {entry.status}"
    if not entry.talks and record.outcome in ANSWERED:
        yield f"{record.outcome} by {record.handset}, but no handset has rung"
    if not sure or len(sure) > 1:
        return
    ended = Reason.HANDSET_HUNG_UP if sure[0].hung_up else Reason.CALLER_HUNG_UP
    if record.reason is not ended and entry.left != sure[0].hung_up:
        yield f"ended by {record.reason}, but it was {ended}"


def counted(entries: Mapping[str, Entry]) -> Counter[Does]:
    """How many callers did what."""
    return Counter(entry.script.does for entry in entries.values())
