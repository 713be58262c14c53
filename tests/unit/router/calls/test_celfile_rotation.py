"""The CEL file moved, cut, copied, deleted or replaced, under a reader and while there is none."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.calls.celfile import CelFile
from tests.unit.router.calls.celmaker import Script, lines

if TYPE_CHECKING:
    from pathlib import Path

    from router.calls.events import CelEvent


def call(number: int) -> list[CelEvent]:
    """The call that came as this one; each an hour after the one before."""
    at = 1_795_500_000_000_000 + number * 3_600_000_000
    script = Script(linked=f"node1-{at // 1_000_000}.{number}", at=at)
    script.arrive()
    script.choose()
    script.talk()
    script.end()
    return script.events


def append(path: Path, events: list[CelEvent]) -> None:
    with path.open("ab") as file:
        file.write(lines(events))


def rotate(path: Path, number: int) -> Path:
    """As ``logrotate`` does: ``.1`` becomes ``.2``, the file becomes ``.1``."""
    for old in range(number, 0, -1):
        path.with_name(f"{path.name}.{old}").rename(path.with_name(f"{path.name}.{old + 1}"))
    return path.rename(path.with_name(f"{path.name}.1"))


def test_what_was_rotated_while_nobody_read_is_read(tmp_path: Path) -> None:
    """A reader that comes back after two rotations reads the rest of each file, in order."""
    path = tmp_path / "cel.csv"
    append(path, call(1))
    reader = CelFile(path)
    list(reader.read())
    place = reader.position
    append(path, call(2))
    rotate(path, 0)
    append(path, call(3))
    rotate(path, 1)
    append(path, call(4))
    again = CelFile(path, place)
    assert list(again.read()) == call(2) + call(3) + call(4)
    assert list(CelFile(path, again.position).read()) == []


def test_two_rotations_between_two_readings_lose_nothing(tmp_path: Path) -> None:
    """A file that came and went between two readings is read as well."""
    path = tmp_path / "cel.csv"
    append(path, call(1)[:4])
    reader = CelFile(path)
    found = list(reader.read())
    append(path, call(1)[4:])
    rotate(path, 0)
    append(path, call(2))
    rotate(path, 1)
    append(path, call(3))
    found += reader.read()
    assert found == call(1) + call(2) + call(3)


def test_a_call_across_a_rotation_is_read_again_whole(tmp_path: Path) -> None:
    """The position stays in the rotated file as long as a call that began there is open."""
    path = tmp_path / "cel.csv"
    append(path, call(1) + call(2)[:5])
    reader = CelFile(path)
    list(reader.read())
    rotate(path, 0)
    append(path, call(2)[5:8])
    list(reader.read())
    again = CelFile(path, reader.position)
    append(path, call(2)[8:])
    assert list(again.read()) == call(2)


def test_what_is_written_late_to_a_rotated_file_is_read(tmp_path: Path) -> None:
    """A line that Asterisk had begun to write when the file was moved comes after the move."""
    path = tmp_path / "cel.csv"
    append(path, call(1)[:4])
    reader = CelFile(path)
    found = list(reader.read())
    moved = rotate(path, 0)
    append(path, call(1)[5:8])
    found += reader.read()
    append(moved, call(1)[4:5])
    append(path, call(1)[8:])
    found += reader.read()
    assert found == call(1)[:4] + call(1)[5:8] + call(1)[4:5] + call(1)[8:]


def test_a_new_file_with_the_old_ones_inode_is_another_file(tmp_path: Path) -> None:
    """Deleted and made anew while nobody read, the file is read from its beginning."""
    path = tmp_path / "cel.csv"
    append(path, call(1))
    reader = CelFile(path)
    list(reader.read())
    place = reader.position
    reader.close()
    # The same inode for certain, whatever the file system does: cut to nothing, written anew.
    path.write_bytes(lines(call(2) + call(3)))
    assert list(CelFile(path, place).read()) == call(2) + call(3)


def test_a_file_cut_and_grown_past_the_place_is_another_file(tmp_path: Path) -> None:
    """Cut and written on between two readings, longer than before: read from its beginning."""
    path = tmp_path / "cel.csv"
    append(path, call(1))
    reader = CelFile(path)
    list(reader.read())
    path.write_bytes(lines(call(2) + call(3)))
    assert list(reader.read()) == call(2) + call(3)


def test_a_copy_made_before_the_file_was_cut_is_read_to_its_end(tmp_path: Path) -> None:
    """``copytruncate``: what was written before the copy and not read yet is read from the copy."""
    path = tmp_path / "cel.csv"
    append(path, call(1)[:4])
    reader = CelFile(path)
    found = list(reader.read())
    append(path, call(1)[4:])
    shutil.copyfile(path, tmp_path / "cel.csv.1")
    path.write_bytes(lines(call(2)))
    found += reader.read()
    assert found == call(1) + call(2)


def test_a_file_that_is_away_and_comes_back_is_read_on(tmp_path: Path) -> None:
    """Moved away and put back, the file is the same file: nothing is read twice or missed."""
    path = tmp_path / "cel.csv"
    append(path, call(1)[:4])
    reader = CelFile(path)
    found = list(reader.read())
    away = path.rename(tmp_path / "elsewhere")
    found += reader.read()
    append(away, call(1)[4:])
    away.rename(path)
    found += reader.read()
    assert found == call(1)


def test_a_restored_copy_is_the_same_file(tmp_path: Path) -> None:
    """Restored from a backup beside its database, the file is read on where it was left."""
    path = tmp_path / "cel.csv"
    append(path, call(1))
    reader = CelFile(path)
    list(reader.read())
    other = tmp_path / "other"
    other.mkdir()
    shutil.copyfile(path, other / "cel.csv")
    append(other / "cel.csv", call(2))
    assert list(CelFile(other / "cel.csv", reader.position).read()) == call(2)


def test_deleted_and_made_anew_under_the_reader(tmp_path: Path) -> None:
    """What was written before the file was deleted is read, and so is the new file."""
    path = tmp_path / "cel.csv"
    append(path, call(1)[:4])
    reader = CelFile(path)
    found = list(reader.read())
    append(path, call(1)[4:])
    path.unlink()
    found += reader.read()
    append(path, call(2))
    found += reader.read()
    assert found == call(1) + call(2)


def test_the_tail_of_a_call_that_is_done_is_left_out(tmp_path: Path) -> None:
    """A call that began before the place and is over there is in the database: none of it comes."""
    path = tmp_path / "cel.csv"
    done, going = call(1), call(2)
    append(path, done[:1] + going[:1] + done[1:])
    reader = CelFile(path)
    list(reader.read())
    again = CelFile(path, reader.position)
    append(path, going[1:] + call(3))
    assert list(again.read()) == going + call(3)


def test_an_event_after_the_end_of_its_call_holds_nothing_up(tmp_path: Path) -> None:
    """A straggler does not open its call again: the place moves on to the file's end."""
    path = tmp_path / "cel.csv"
    append(path, [*call(1), call(1)[5]])
    reader = CelFile(path)
    list(reader.read())
    assert reader.open_calls() == []
    assert reader.position.offset == path.stat().st_size


@pytest.mark.parametrize("foreign", [b"", b"\x1f\x8b\x08\x00gz", b"not ours\n", b'"a","b"\n'])
def test_other_files_in_the_folder_are_not_read(tmp_path: Path, foreign: bytes) -> None:
    """Only files that begin as Asterisk writes them count as rotated ones."""
    path = tmp_path / "cel.csv"
    (tmp_path / "cel.csv.2.gz").write_bytes(foreign)
    (tmp_path / "cel.csv.d").mkdir()
    append(path, call(1))
    reader = CelFile(path)
    assert list(reader.read()) == call(1)
    assert reader.malformed == 0


def going_on(told: list[CelEvent]) -> set[str]:
    """The calls that are up by what was read, as the database has them."""
    ended = {event.linked for event in told if event.kind == "LINKEDID_END"}
    return {event.linked for event in told} - ended


@given(
    acts=st.lists(st.sampled_from(["write", "read", "rotate", "restart", "cut"]), max_size=25),
)
@example(["write", "cut", "restart", "read", "write", "restart"])
@settings(max_examples=60, deadline=None)
def test_whatever_is_done_to_the_file_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    """Writing, rotating, reading and restarting in any order: each event comes, in order."""
    path = tmp_path_factory.mktemp("cel") / "cel.csv"
    source = list(itertools.chain.from_iterable(call(number) for number in range(4)))
    written = rotated = 0
    reader = CelFile(path)
    found: list[CelEvent] = []
    for act in [*acts, "write", "read"]:
        if act == "write":
            append(path, source[written : written + 3])
            written += 3
        elif act == "rotate" and path.exists():
            rotate(path, rotated)
            rotated += 1
        elif act == "cut" and path.exists():  # after all of it was read, as nothing copies it here
            found += reader.read()
            path.write_bytes(b"")
        elif act == "restart":
            place = reader.position
            reader.close()
            reader = CelFile(path, place if place.file else None, going_on(found))
        elif act == "read":
            found += reader.read()
    seen = list(dict.fromkeys(found))  # a restart reads the calls that are up again
    assert set(seen) == set(source[:written])
    if "cut" not in acts:
        assert seen == source[:written]
