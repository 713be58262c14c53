"""Recordings held to the records of their calls: on real files."""

from __future__ import annotations

import os
import struct
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from router.calls.record import Recording, Step, StepResult
from router.storage import Fault, UnreadableError, cover, examine, listen, stretches
from router.storage.sound import locate
from router.storage.survey import Scope, survey
from router.store import CallReader, CallWriter, migrate, open_engine
from router.store.custody import Custody, Due
from siaga.settings import load
from tests.unit.router.storage.files import write
from tests.unit.router.store.records import at, closed

if TYPE_CHECKING:
    from pathlib import Path

    from router.calls.record import CallRecord

NAME = "2026/03/01/node1-1.1.wav"
MOVED = (
    Step("damkar", "queue", at(3), at(30), StepResult.ANSWERED),
    Step("rsud", "queue", at(60), at(70), StepResult.NO_ANSWER),
    Step("kominfo", "queue", at(70), at(75), StepResult.ANSWERED),
)


def call(folder: Path, seconds: float = 90, **changes: object) -> CallRecord:
    """A call of 90 s that was answered after 30, with its recording."""
    digest = write(folder / NAME, seconds)
    return replace(closed(recording=Recording(NAME, digest, 1)), **changes)  # type: ignore[arg-type]


def faults(folder: Path, record: CallRecord) -> list[Fault]:
    return [finding.fault for finding in examine(record, listen(folder / NAME))[1]]


def test_a_whole_recording_has_every_second(tmp_path: Path) -> None:
    """Of 60 seconds of talk all are on disk, and nothing is found."""
    record = call(tmp_path)
    coverage, found = examine(record, listen(tmp_path / NAME))
    assert (coverage.answered_s, coverage.covered_s, found) == (60, 60, ())


def test_the_legs_of_a_transferred_call() -> None:
    """Each human who answered is a leg, from the answer to the next transfer or the end."""
    legs = stretches(closed(steps=MOVED))
    assert [(leg.agency, leg.begin, leg.end) for leg in legs] == [
        ("damkar", 30_000, 60_000),
        ("kominfo", 75_000, 90_000),
    ]
    assert cover(closed(steps=MOVED), None).missing_s == 45
    assert stretches(closed(answered=None)) == ()


@pytest.mark.parametrize(
    ("choice", "seconds", "missing"),
    [("no_input", 80.4, 10), ("no_input", 80.5, 9), ("digit", 80.1, 10), ("digit", 80.2, 9)],
)
def test_a_recording_cut_short_lacks_seconds_of_its_last_leg(
    tmp_path: Path, choice: str, seconds: float, missing: int
) -> None:
    """A second whose middle is there is there; a key in the menu has taken 300 ms before it."""
    record = call(tmp_path, seconds, steps=MOVED, choice=choice)
    (finding,) = examine(record, listen(tmp_path / NAME))[1]
    assert (finding.fault, finding.missing_s) == (Fault.SHORT, missing)


def test_a_leg_without_any_sound_is_found(tmp_path: Path) -> None:
    """The file is long enough, but from the transfer on there is nothing in it but zeros."""
    digest = write(tmp_path / NAME, 90, silent=(60, 90))
    record = closed(steps=MOVED, recording=Recording(NAME, digest, 1))
    assert faults(tmp_path, record) == [Fault.SILENT]


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    """A file that is not what was filed is told, though every second is there."""
    record = call(tmp_path)
    data = bytearray((tmp_path / NAME).read_bytes())
    data[5000] ^= 1
    (tmp_path / NAME).write_bytes(data)
    assert faults(tmp_path, record) == [Fault.ALTERED]


def test_no_file_and_no_audio_are_told_apart(tmp_path: Path) -> None:
    """A call without a file, one with an empty file, and one too short to have any."""
    record = call(tmp_path, 0)
    assert faults(tmp_path, record) == [Fault.EMPTY]
    assert [finding.fault for finding in examine(record, None)[1]] == [Fault.MISSING]
    brief = replace(record, answered=None, steps=(), ended=record.began + timedelta(seconds=1))
    assert examine(brief, None)[1] == ()
    unanswered = replace(record, answered=None, steps=())
    assert [finding.fault for finding in examine(unanswered, None)[1]] == [Fault.MISSING]


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"x" * 100, b"RIFF" + struct.pack("<I", 36) + b"y" * 40]
)
def test_what_is_no_recording_is_unreadable(tmp_path: Path, content: bytes) -> None:
    """Rubbish in place of a recording is named, whatever it is."""
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(UnreadableError):
        listen(tmp_path / "x.wav")
    assert examine(closed(), None, "no WAV header")[1][0].fault is Fault.UNREADABLE


@pytest.mark.parametrize("name", ["../x.wav", "/etc/passwd", "a\0b", "link.wav", "."])
def test_nothing_outside_the_folder_is_a_recording(tmp_path: Path, name: str) -> None:
    """A path or link that leads out of the recordings folder leads to no file."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    (tmp_path / "x.wav").write_bytes(b"secret")
    (folder / "link.wav").symlink_to(tmp_path / "x.wav")
    assert locate(folder, name) is None


async def test_the_survey_finds_each_kind(tmp_path: Path) -> None:
    """Right, missing, altered, deleted by rule, orphaned, not over: each counted as what it is."""
    folder = tmp_path / "recordings"
    settings = load({"SIAGA_HOME": str(tmp_path)})
    await migrate(settings)
    engine = open_engine(settings.database)
    writer = CallWriter(engine)
    writer.start()
    for index, name in enumerate(("right", "missing", "altered", "deleted", "up")):
        path = f"2026/03/01/{name}.wav"
        digest = write(folder / path, 90)
        ended = None if name == "up" else at(90)
        began = at(-10) if name == "deleted" else at(0)
        recording = Recording(path, "0" if name == "altered" else digest, 90_000)
        writer.put(closed(f"node1-{index}", began=began, ended=ended, recording=recording))
    writer.put(closed("other-1", node="other", recording=Recording("x.wav", "0", 1)))
    assert await writer.close()
    (folder / "2026/03/01/missing.wav").unlink()
    write(folder / "2026/03/01/stray.wav", 1)
    for path in (folder / "2026/03/01").iterdir():
        os.utime(path, (1, 1))
    custody = Custody(engine)

    def gone(path: str) -> bool:
        (folder / path).unlink()
        return True

    assert await custody.delete_recordings(Due("node1", at(0), "rule"), gone, at(100)) == [
        "2026/03/01/deleted.wav"
    ]
    found = await survey(CallReader(engine), custody, Scope(folder, "node1", at(-60), at(3600)))
    custody.close()
    await engine.dispose()
    assert (found.calls, found.pending, found.deleted) == (3, 1, 1)
    assert (found.coverage.answered_s, found.coverage.covered_s) == (180, 120)
    assert {(finding.fault, finding.path.rpartition("/")[2]) for finding in found.findings} == {
        (Fault.MISSING, "missing.wav"),
        (Fault.ALTERED, "altered.wav"),
        (Fault.ORPHANED, "stray.wav"),
    }
