"""The watch over recordings of calls that are up or just over: on real files."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from router.calls.record import Recording
from router.storage.faults import Fault
from router.storage.watch import BEGIN_S, GONE_S, LATE_S, STALL_S, RecordingWatch
from tests.unit.router.storage.files import write
from tests.unit.router.store.records import at, closed, record

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage import Finding

NAME = "2026/03/01/node1-1.1.wav"


class Desk:
    """A watch, its clock, and what it has told."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self.found: list[Finding] = []
        self.file = folder / NAME
        self.watch = RecordingWatch(
            folder, self.found.append, now=lambda: self.now, utc=lambda: at(91)
        )

    async def after(self, seconds: float) -> list[Fault]:
        self.now += seconds
        await self.watch.look()
        return [finding.fault for finding in self.found]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


UP = record(recording=Recording(NAME))


async def test_a_call_without_a_file_is_told_while_it_is_up(desk: Desk) -> None:
    """Nothing at first, which is as it should be; then it is told, and once only."""
    desk.watch.take(UP)
    assert await desk.after(BEGIN_S - 1) == []
    assert await desk.after(2) == [Fault.MISSING]
    assert await desk.after(100) == [Fault.MISSING]


async def test_a_file_that_vanishes_is_told_at_once(desk: Desk) -> None:
    """A recording removed in the middle of its call is not waited for."""
    write(desk.file, 1)
    desk.watch.take(UP)
    assert await desk.after(1) == []
    desk.file.unlink()
    assert await desk.after(1) == [Fault.MISSING]


async def test_a_file_that_stays_empty_is_told(desk: Desk) -> None:
    """A full disk leaves a file of no audio."""
    write(desk.file, 0)
    desk.watch.take(UP)
    assert await desk.after(BEGIN_S) == [Fault.EMPTY]


async def test_a_file_that_stops_growing_is_told(desk: Desk) -> None:
    """A disk that fills up in the middle of a call is told of before the call is over."""
    write(desk.file, 5)
    desk.watch.take(UP)
    assert await desk.after(5) == []
    write(desk.file, 10)
    assert await desk.after(5) == []
    assert await desk.after(STALL_S) == [Fault.STALLED]


async def test_a_right_recording_is_let_go(desk: Desk) -> None:
    """A call whose recording is filed and whole is examined, found right, and forgotten."""
    digest = write(desk.file, 90)
    desk.watch.take(UP)
    desk.watch.take(closed(recording=Recording(NAME)))
    assert await desk.after(GONE_S + 1) == []
    assert len(desk.watch) == 1
    desk.watch.take(closed(recording=Recording(NAME, digest, 90_000)))
    assert await desk.after(1) == []
    assert len(desk.watch) == 0
    desk.watch.take(closed(recording=Recording(NAME, digest, 90_000)))
    assert len(desk.watch) == 0


async def test_a_short_recording_is_told_when_it_is_filed(desk: Desk) -> None:
    """What is missing of the talk is told as soon as the file is complete."""
    digest = write(desk.file, 50)
    desk.watch.take(closed(recording=Recording(NAME, digest, 50_000)))
    assert await desk.after(0) == [Fault.SHORT]
    assert desk.found[0].missing_s == 40


async def test_all_is_told_within_two_minutes_of_the_end(desk: Desk) -> None:
    """No file after seconds; a file that nobody completes, after the time the filer gives it."""
    desk.watch.take(closed(recording=Recording("2026/03/01/none.wav")))
    desk.watch.take(closed("node1-2.2", recording=Recording(NAME)))
    write(desk.file, 90)
    assert await desk.after(GONE_S) == [Fault.MISSING]
    assert await desk.after(LATE_S) == [Fault.MISSING, Fault.UNFILED]
    assert GONE_S + LATE_S < 110


async def test_old_calls_are_not_told_again_by_a_restart(desk: Desk) -> None:
    """A call that ended more than a day ago is left to the audit."""
    old = closed(recording=Recording(NAME))
    desk.watch.take(replace(old, ended=old.began - timedelta(days=2)))
    assert len(desk.watch) == 0
