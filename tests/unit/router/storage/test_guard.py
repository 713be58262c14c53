"""The disk guard: levels, and that nothing but debug data is ever removed."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.storage import debug
from router.storage.disk import Level, Room, level
from router.storage.guard import StorageGuard
from siaga import settings as settings_module
from siaga.storage import StorageRules, Watermark

if TYPE_CHECKING:
    from pathlib import Path

    from siaga.settings import Settings

RULES = StorageRules(
    warn=Watermark(50, None), thin=Watermark(20, None), full=Watermark(5, None), logs=None
)
PRECIOUS = (
    "siaga.db",
    "siaga.db-wal",
    "secrets.json",
    "cel/cel.csv",
    "cel/cel-20260101T000000.csv",
    "recordings/2026/03/01/node1-1.1.wav",
    "recordings/2026/03/01/core.1",
    "plan/versions.jsonl",
    "lib/astdb.sqlite3",
    "log/asterisk.log",
    "log/router.out.log",
    "corefile",
)
OLD = ("log/ivr.out.log.2", "log/security.log.1", "log/router.out.log.1", "core.4711", "core")


@pytest.mark.parametrize(
    ("free", "before", "expected"),
    [
        (60, Level.OK, Level.OK),
        (49, Level.OK, Level.WARN),
        (19, Level.OK, Level.THIN),
        (4, Level.WARN, Level.FULL),
        (52, Level.WARN, Level.WARN),
        (56, Level.WARN, Level.OK),
        (21, Level.THIN, Level.THIN),
        (23, Level.FULL, Level.WARN),
        (5.2, Level.FULL, Level.FULL),
    ],
)
def test_levels(free: float, before: Level, expected: Level) -> None:
    """Each level begins at its mark, and is left only with a tenth more room than that."""
    assert level(Room(int(free * 1000), 100_000), RULES, before) is expected


@given(st.integers(0, 10**13), st.integers(1, 10**13), st.sampled_from(Level))
def test_less_room_is_never_a_lower_level(free: int, total: int, before: Level) -> None:
    """Whatever the disk, a byte less never makes it look better."""
    rules = StorageRules()
    assert level(Room(max(free - 1, 0), total), rules, before) >= level(
        Room(free, total), rules, before
    )


def test_a_mark_is_the_smaller_of_both() -> None:
    """A tenth of a small disk, five gigabytes of a large one."""
    mark = Watermark(10, 5 * 10**9)
    assert mark.below(10**10) == 10**9
    assert mark.below(10**13) == 5 * 10**9


def home(tmp_path: Path) -> Settings:
    for name in (*PRECIOUS, *OLD):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)
    for age, name in enumerate(OLD):
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "log" / "link.log.1").symlink_to(tmp_path / "siaga.db")
    base = settings_module.load({"SIAGA_HOME": str(tmp_path)})
    return replace(base, storage=RULES)


def left(tmp_path: Path) -> set[str]:
    return {name for name in (*PRECIOUS, *OLD) if (tmp_path / name).exists()}


class Disk:
    """A disk of 100 kB that files of the home lie on, beside something else."""

    def __init__(self, tmp_path: Path, beside: int) -> None:
        self.tmp_path = tmp_path
        self.beside = beside

    def __call__(self, _path: Path) -> Room:
        names = (*PRECIOUS, *OLD)
        used = sum(
            (self.tmp_path / n).stat().st_size for n in names if (self.tmp_path / n).exists()
        )
        return Room(100_000 - self.beside - used, 100_000)


async def test_a_full_disk_loses_debug_data_and_nothing_else(tmp_path: Path) -> None:
    """With no room left all old debug data goes; records, recordings and live logs stay."""
    told: list[Level] = []
    settings = home(tmp_path)
    guard = StorageGuard(
        settings, lambda found, _: told.append(found), measure=Disk(tmp_path, 80_000), now=lambda: 0
    )
    await guard.tick()
    assert left(tmp_path) == set(PRECIOUS)
    assert (tmp_path / "log" / "link.log.1").is_symlink()
    assert told == [Level.THIN]
    await guard.tick()
    assert told == [Level.THIN]


async def test_a_warning_removes_nothing(tmp_path: Path) -> None:
    """Below the first mark somebody is told, and every file stays."""
    told: list[Level] = []
    guard = StorageGuard(
        home(tmp_path),
        lambda found, _: told.append(found),
        measure=Disk(tmp_path, 45_000),
        now=lambda: 0,
    )
    await guard.tick()
    assert told == [Level.WARN]
    assert left(tmp_path) == {*PRECIOUS, *OLD}


def test_the_oldest_go_first_and_no_more_than_needed(tmp_path: Path) -> None:
    """Thinning stops as soon as there is room."""
    home(tmp_path)
    assert debug.thin(tmp_path, 1500) == 2000
    assert {*OLD} - left(tmp_path) == {"core", "core.4711"}


def test_a_large_log_is_rotated_and_its_writer_goes_on(tmp_path: Path) -> None:
    """What Asterisk appends afterwards lands in the log, what it wrote before beside it."""
    home(tmp_path)
    log = tmp_path / "log" / "asterisk.log"
    with log.open("ab") as writer:
        writer.write(b"y" * debug.LOG_MAX)
        writer.flush()
        assert debug.rotate(tmp_path) == ["asterisk.log"]
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert (tmp_path / "log" / "asterisk.log.1").stat().st_size == 1000 + debug.LOG_MAX
    assert debug.rotate(tmp_path) == []


def test_a_log_cut_keeps_its_end(tmp_path: Path) -> None:
    """With the disk full a large live log is cut to its last lines."""
    home(tmp_path)
    log = tmp_path / "log" / "asterisk.log"
    log.write_bytes(b"a" * 2 * debug.KEPT_TAIL + b"the end")
    assert debug.cut(tmp_path) == debug.KEPT_TAIL + 7
    assert log.read_bytes() == b""
    assert (tmp_path / "log" / "asterisk.log.1").read_bytes().endswith(b"the end")


def test_old_logs_go_by_their_age(tmp_path: Path) -> None:
    """Rotated logs last written before the limit are removed, younger ones stay."""
    home(tmp_path)
    assert list(debug.expired(tmp_path, 998)) == ["core", "core.4711"]
    assert {*OLD} - left(tmp_path) == {"core", "core.4711"}


async def test_a_disk_that_does_not_answer_is_survived(tmp_path: Path) -> None:
    """A place that is not there is no reason to remove anything, or to end."""

    def broken(_path: Path) -> Room:
        raise OSError(5, "Input/output error")

    guard = StorageGuard(home(tmp_path), lambda *_: None, measure=broken, now=lambda: 0)
    await guard.tick()
    assert guard.level is Level.OK
    assert left(tmp_path) == {*PRECIOUS, *OLD}
