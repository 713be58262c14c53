"""The versions of the plan as they are kept on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ops.apply import lock, retained
from siaga.plan.versions import (
    Change,
    Entry,
    Stat,
    UnknownVersionError,
    VersionStore,
    clean,
    stat,
    version_of,
)

if TYPE_CHECKING:
    from pathlib import Path

ANI = Change("Ani", "latihan", "apply")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> VersionStore:
    return VersionStore(tmp_path)


def put(store: VersionStore, text: bytes) -> Entry:
    store.keep(text)
    return store.append(version_of(text), ANI)


def test_versions_are_numbered_and_the_last_is_in_force(store: VersionStore) -> None:
    """Who, why, what, when and how many lines are read back as they were written."""
    assert store.in_force is None
    first, second = put(store, b"a\nb\n"), put(store, b"a\nc\nd\n")
    assert (first.number, second.number) == (1, 2)
    assert second.stat == Stat(added=2, removed=1)
    again = VersionStore(store.folder)
    assert [entry.document() for entry in again.entries()] == [
        entry.document() for entry in (first, second)
    ]
    assert again.in_force is not None
    assert again.in_force.change == ANI
    assert again.text(second.version).read_bytes() == b"a\nc\nd\n"


def test_a_text_is_kept_to_the_byte(store: VersionStore) -> None:
    """Carriage returns and a byte order mark stay, so that the version stays."""
    text = "\ufeffcentre: 1\r\nx: é\r\n".encode()
    assert version_of(store.keep(text).read_bytes()) == version_of(text)


@pytest.mark.parametrize("torn", [1, 20, 80])
def test_a_line_cut_short_by_a_crash_never_was_in_force(store: VersionStore, torn: int) -> None:
    """What is left of it neither is a version nor spoils the next one."""
    put(store, b"a")
    put(store, b"b")
    file = store.folder / "versions.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1][:torn])
    assert [entry.number for entry in store.entries()] == [1]
    put(store, b"c")
    assert [entry.version for entry in store.entries()] == [version_of(b"a"), version_of(b"c")]


def test_a_full_disk_leaves_the_version_before_in_force(
    store: VersionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that does not reach the disk is taken back."""
    put(store, b"a")
    before = (store.folder / "versions.jsonl").read_bytes()
    store.keep(b"b")

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.append(version_of(b"b"), ANI)
    assert (store.folder / "versions.jsonl").read_bytes() == before


def test_an_unknown_number_is_told_with_those_there_are(store: VersionStore) -> None:
    """``rollback 9`` says which numbers there are."""
    put(store, b"a")
    with pytest.raises(UnknownVersionError, match="1-1"):
        store.numbered(9)


@pytest.mark.parametrize("name", ["../../../etc", "ae0356cf812", "AE0356CF8123", "", "a" * 13])
def test_nothing_but_a_version_becomes_a_path(store: VersionStore, name: str) -> None:
    """A name that is no hash is refused before a file is touched."""
    with pytest.raises(ValueError, match="not a version"):
        store.text(name)


def test_hostile_words_of_a_person_become_one_line() -> None:
    """Line ends, escapes and length of a reason cannot forge another line."""
    assert clean('x\n{"number": 9}\x1b[31m\u202e') == 'x {"number": 9} [31m'
    assert len(clean("x" * 9999)) == 300


def test_lines_are_counted_that_look_like_a_header() -> None:
    """A text whose own lines begin with plus and minus signs is counted right."""
    assert stat(b"--- a\n++ b\n", b"+++ a\n++ b\n-\n") == Stat(added=2, removed=1)


def entries(*ages: tuple[str, timedelta]) -> list[Entry]:
    return [
        Entry(number, version, NOW - age, ANI, Stat()) for number, (version, age) in enumerate(ages)
    ]


def test_versions_stay_loaded_as_long_as_a_call_may_be_on_them() -> None:
    """Those left within the last hour stay, the one in force too, and whichever calls are on."""
    days, minutes = timedelta(days=1), timedelta(minutes=1)
    applied = entries(("a" * 12, 9 * days), ("b" * 12, 8 * days), ("c" * 12, 7 * days))
    applied += entries(("d" * 12, 30 * minutes), ("e" * 12, 20 * minutes))
    kept = retained.retained(applied, "f" * 12, frozenset({"a" * 12}), NOW)
    assert kept == ("e" * 12, "d" * 12, "c" * 12, "a" * 12)


def test_many_changes_in_an_hour_keep_only_the_latest_and_those_in_use() -> None:
    """However often a plan is applied, what is loaded stays bounded but for calls."""
    minutes = timedelta(minutes=1)
    applied = entries(*((f"{age:012}", age * minutes / 2) for age in range(99, 0, -1)))
    kept = retained.retained(applied, f"{1:012}", frozenset({f"{90:012}"}), NOW)
    assert f"{90:012}" in kept
    assert f"{1:012}" not in kept
    assert len(kept) <= retained.MANY + 1


def test_the_second_admin_is_told_who_and_since_when(tmp_path: Path) -> None:
    """While one applies a plan, another is refused with a name, and free to when it is over."""
    with (
        lock.held(tmp_path, "Ani"),
        pytest.raises(lock.BusyError, match="Ani sedang menerapkan"),
        lock.held(tmp_path, "Budi"),
    ):
        pass
    with lock.held(tmp_path, "Budi") as second:
        assert not second.uncertain


def test_an_apply_that_never_ended_is_noticed(tmp_path: Path) -> None:
    """A lock whose holder was killed is free, and says that what runs is uncertain."""
    words = f"""
import os
from pathlib import Path
from ops.apply import lock
with lock.held(Path({str(tmp_path)!r}), "Ani"):
    os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 9
    with lock.held(tmp_path, "Budi") as hold:
        assert hold.uncertain
        hold.uncertain = False
    with lock.held(tmp_path, "Citra") as hold:
        assert not hold.uncertain
