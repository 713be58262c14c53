"""Whatever becomes of the live stream, and of the router, the records are those of the file.

The recorded logs of several calls are played as they happened: each line is appended to a real CEL
file, AMI's events come beside it, damaged as hypothesis wishes, and the router is killed in between
with nothing left but what it has put into the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.calls.celfile import CelFile, Position
from router.calls.record import CallRecord, Source
from router.calls.tracker import CallTracker
from router.store.merge import supersede
from tests.replay.logbook import LOGS, as_json, expected, filed, live, scenarios
from tests.unit.router.calls.celmaker import lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from router.calls.events import CelEvent


@dataclass
class Played:
    """A router, and the database that outlives it."""

    path: Path
    database: dict[str, CallRecord] = field(default_factory=dict)
    place: Position | None = None
    missed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin anew, by what the database has."""
        up = [record for record in self.database.values() if record.ended is None]
        self.tracker = CallTracker("node1", lambda event: self.missed.append(event.linked))
        self.file = CelFile(self.path, self.place, [record.id for record in up])
        for record in up:
            self.tracker.restore(record)

    def hear(self, event: CelEvent) -> None:
        """Take an event from AMI."""
        self._write(self.tracker.live(event))

    def read(self) -> None:
        """Read the file to its end."""
        for event in self.file.read():
            self._write(self.tracker.filed(event))
        place = self.file.position
        self.place = place if place.file else None

    def kill(self) -> None:
        """Lose all memory; the place in the file may be old, never ahead."""
        self.file.close()
        self.start()

    def _write(self, record: CallRecord | None) -> None:
        if record is not None:
            old = self.database.get(record.id)
            self.database[record.id] = record if old is None else supersede(old, record)


def damaged(data: st.DataObject, events: Sequence[CelEvent]) -> list[CelEvent]:
    """The stream with its beginning, its end or a stretch gone, some twice, channels shuffled."""
    begin = data.draw(st.integers(0, len(events)), "prefix lost")
    end = data.draw(st.integers(begin, len(events)), "suffix lost")
    gap = sorted(data.draw(st.tuples(*[st.integers(begin, end)] * 2), "gap"))
    left = [*events[begin : gap[0]], *events[gap[1] : end]]
    for twice in data.draw(st.lists(st.integers(0, len(events) - 1), max_size=3), "twice"):
        left.insert(min(twice, len(left)), events[twice])
    if data.draw(st.booleans(), "across channels"):
        channels: dict[str, list[CelEvent]] = {}
        for event in left:
            channels.setdefault(event.unique, []).append(event)
        order = data.draw(st.permutations([event.unique for event in left]), "order")
        left = [channels[unique].pop(0) for unique in order]
    return left


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_records_are_the_same_once_the_file_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any damage to the live stream, any restarts of the router: the committed records come out."""
    names = data.draw(st.lists(st.sampled_from(scenarios()), min_size=1, max_size=3, unique=True))
    told = sorted((event for name in names for event in filed(name)), key=lambda event: event.at)
    heard = damaged(
        data, sorted((event for name in names for event in live(name)), key=lambda event: event.at)
    )
    acts = data.draw(
        st.dictionaries(st.integers(0, len(told)), st.sampled_from(["read", "kill"]), max_size=6)
    )
    path = tmp_path_factory.mktemp("cel") / "cel.csv"
    played = Played(path)
    for number, event in enumerate(told):
        with path.open("ab") as file:
            file.write(lines([event]))
        if number < len(heard):
            played.hear(heard[number])
        if act := acts.get(number):
            getattr(played, act)()
    for event in heard[len(told) :]:
        played.hear(event)
    played.read()
    by_id = {filed(name)[0].linked: name for name in names}
    assert {call: as_json(record) for call, record in played.database.items()} == {
        call: expected(name) for call, name in by_id.items()
    }
    if "kill" not in acts.values():
        # Each record that was backfilled has its reason in the ledger.
        backfilled = {r.id for r in played.database.values() if r.source is Source.BACKFILL}
        assert backfilled <= set(played.missed)


@pytest.mark.parametrize("name", scenarios())
def test_a_file_that_is_read_twice_changes_nothing(name: str, tmp_path: Path) -> None:
    """Read again by a router that knows no place, the same file gives the same record, as live."""
    path = tmp_path / "cel.csv"
    path.write_bytes((LOGS / name / "cel.csv").read_bytes())
    played = Played(path)
    for event in live(name):
        played.hear(event)
    played.read()
    before = dict(played.database)
    played.place = None
    played.kill()
    played.read()
    assert played.database == before
    assert [record.source for record in before.values()] == [Source.LIVE]
