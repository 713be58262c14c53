from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from router.ami.headers import Headers
from router.calls.celfile import CelFile, Position
from router.calls.events import AMI_HEADERS, CelEvent, from_ami
from tests.unit.router.calls.celmaker import Script, lines

if TYPE_CHECKING:
    from pathlib import Path


def call(linked: str = "node1-1.1", at: int = 1_000_000_000_000) -> list[CelEvent]:
    script = Script(linked=linked, at=at)
    script.arrive()
    script.choose()
    script.talk()
    script.end()
    return script.events


def test_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Quotes, commas, backslashes, UTF-8 and tabs in a number survive the file."""
    script = Script()
    script.event("CHAN_START", number='",\\"\t é ${SHELL(id)} ;--')
    path = tmp_path / "cel.csv"
    path.write_bytes(lines(script.events))
    assert list(CelFile(path).read()) == script.events


@given(cuts=st.lists(st.integers(0, 5000), max_size=8))
@settings(max_examples=40)
def test_file_read_while_it_grows_gives_each_event_once(
    tmp_path_factory: object, cuts: list[int]
) -> None:
    """Wherever the file happens to end when it is read, no event is missed, torn or doubled."""
    folder = tmp_path_factory.mktemp("cel")  # type: ignore[attr-defined]
    data = lines(call())
    path = folder / "cel.csv"
    reader = CelFile(path)
    found: list[CelEvent] = []
    written = 0
    for cut in [*sorted(cuts), len(data)]:
        with path.open("ab") as file:
            file.write(data[written : max(written, min(cut, len(data)))])
        written = max(written, min(cut, len(data)))
        found.extend(reader.read())
    assert found == call()


def test_restart_reads_an_unfinished_call_again_whole(tmp_path: Path) -> None:
    """The position is the first line of the oldest open call; finished ones are not read again."""
    path = tmp_path / "cel.csv"
    first, second = call("node1-1.1"), call("node1-2.2", at=2_000_000_000_000)
    path.write_bytes(lines(first + second[:5]))
    reader = CelFile(path)
    list(reader.read())
    again = CelFile(path, reader.position)
    with path.open("ab") as file:
        file.write(lines(second[5:]))
    assert list(again.read()) == second
    assert again.position.offset == path.stat().st_size


def test_position_in_another_file_is_not_used(tmp_path: Path) -> None:
    """A file that took the place of the one known is read from its beginning."""
    path = tmp_path / "cel.csv"
    path.write_bytes(lines(call()))
    assert list(CelFile(path, Position("1:1", 300)).read()) == call()


def test_rotation_loses_nothing(tmp_path: Path) -> None:
    """What was written to the old file after the last reading is read before the new file."""
    path = tmp_path / "cel.csv"
    events = call()
    path.write_bytes(lines(events[:3]))
    reader = CelFile(path)
    found = list(reader.read())
    with path.open("ab") as file:
        file.write(lines(events[3:6]))
    path.rename(tmp_path / "cel.csv.1")
    path.write_bytes(lines(events[6:]))
    found += list(reader.read())
    assert found == events


def test_truncated_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    """A file cut to nothing and written anew is read on."""
    path = tmp_path / "cel.csv"
    path.write_bytes(lines(call("node1-1.1") + call("node1-3.3")))
    reader = CelFile(path)
    list(reader.read())
    os.truncate(path, 0)
    with path.open("ab") as file:
        file.write(lines(call("node1-2.2")))
    assert list(reader.read()) == call("node1-2.2")


def test_line_behind_the_stump_of_another_is_saved(tmp_path: Path) -> None:
    """Asterisk killed within a line costs that line only, not the next one written behind it."""
    path = tmp_path / "cel.csv"
    events = call()
    stump = lines(events[:1])[:25]
    path.write_bytes(stump + lines(events[1:]))
    reader = CelFile(path)
    assert list(reader.read()) == events[1:]
    assert reader.malformed == 1


@given(st.binary(max_size=400))
@settings(max_examples=60)
def test_any_bytes_are_read_without_an_exception(tmp_path_factory: object, junk: bytes) -> None:
    """Whatever stands in the file, what follows on a line of its own is found."""
    folder = tmp_path_factory.mktemp("cel")  # type: ignore[attr-defined]
    path = folder / "cel.csv"
    path.write_bytes(junk + b"\n" + lines(call()))
    assert list(CelFile(path).read())[-len(call()) :] == call()


def test_file_that_is_not_there_yet(tmp_path: Path) -> None:
    """Before Asterisk's first call there is no file, and nothing to read."""
    path = tmp_path / "cel.csv"
    reader = CelFile(path)
    assert list(reader.read()) == []
    path.write_bytes(lines(call()))
    assert list(reader.read()) == call()


def test_reading_behind_leaves_younger_events(tmp_path: Path) -> None:
    """What was written after the limit is left for the next reading, whatever its time is."""
    path = tmp_path / "cel.csv"
    events = call()
    path.write_bytes(lines(events[:5]))
    reader = CelFile(path)
    end = reader.end()
    with path.open("ab") as file:
        file.write(lines([event._replace(at=event.at - 3_600_000_000) for event in events[5:]]))
    assert list(reader.read(end)) == events[:5]
    assert list(reader.read(end)) == []
    assert [event.kind for event in reader.read()] == [event.kind for event in events[5:]]


def test_both_deliveries_are_one_event() -> None:
    """An event of AMI equals that of the file but for its stamp."""
    script = Script()
    script.arrive()
    event = script.events[2]
    known = {
        "EventName": event.kind,
        "Timestamp": f"{event.at / 1_000_000:.6f}",
        "CallerIDnum": event.number,
        "Context": event.context,
        "Channel": event.channel,
        "UniqueID": event.unique,
        "LinkedID": event.linked,
        "Extra": event.extra,
    }
    given = {name.lower(): value for name, value in known.items()}
    headers = Headers({name: given.get(name, "") for name in AMI_HEADERS}, {})
    assert from_ami(headers) == event
    del given["extra"]
    assert from_ami(Headers(given, {})) is None
