"""The calls of some time and what each counts as, also as bytes. Pure.

As bytes, what is the same of many calls stands once, so that a figure's test is asked once for all
that are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from router.report.breakdowns import By
from router.report.call import CallFacts, FinalClass, Mark
from router.report.sums import alike, packed, unpacked
from router.store.reader import Cursor
from router.store.rows import from_us, to_us
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from datetime import datetime

    from router.report.drill import Drill
    from router.report.sums import Sums


@dataclass(frozen=True, slots=True)
class Hour:
    """Calls that began in some time, no longer than an hour if it is kept.

    Attributes:
        calls: where each is and what it counts as, oldest first; None: a test of our own.
    """

    calls: Sequence[tuple[Cursor, CallFacts | None]]

    def between(self, begin: datetime, end: datetime) -> Hour:
        """Those that began from ``begin`` on and before ``end``."""
        return Hour([each for each in self.calls if begin <= each[0].began < end])

    def add_to(self, sums: Sums) -> None:
        """Add them up."""
        sums.add_calls(call for _, call in self.calls)

    def counted(self, drill: Drill) -> list[Cursor]:
        """Those that a figure counts, newest first."""
        return [place for place, call in reversed(self.calls) if drill.counts(call)]

    def pack(self) -> bytes:
        """As bytes."""
        nodes, kinds = _Names(), _Names()
        keys = {by: _Names() for by in By}
        columns: list[list[Any]] = [[], [], [], [], []]
        for place, call in self.calls:
            kind = None if call is None else kinds.place(alike(call))
            values = (
                to_us(place.began),
                nodes.place(place.node),
                place.id,
                kind,
                call and call.wait,
            )
            for column, value in zip(columns, values, strict=True):
                column.append(value)
            if call is not None:
                for by, names in keys.items():
                    names.put(call.keys[by])
        first = columns[0][0] if columns[0] else 0
        columns[0] = [at - first for at in columns[0]]
        by_key = {by: (names.known, names.places) for by, names in keys.items()}
        return packed((first, nodes.known, kinds.known, columns, by_key))


class PackedHour:
    """Such an hour as it was packed.

    Args:
        data: its bytes.
    """

    def __init__(self, data: bytes) -> None:
        (self._first, self._nodes, kinds, self._columns, self._keys), _ = unpacked(data)
        self._alike = [_again(each) for each in kinds]

    def counted(self, drill: Drill) -> list[Cursor]:
        """Those that a figure counts, newest first; as :meth:`Hour.counted`."""
        if drill.by is None:
            holds = [drill.counts(call) for call in self._alike]
            test = drill.counts(None)
            found = [test if kind is None else holds[kind] for kind in self._columns[3]]
            places = [place for place, counts in enumerate(found) if counts]
        else:
            places = self._in_group(drill, drill.by)
        return [self._cursor(place) for place in reversed(places)]

    def _in_group(self, drill: Drill, by: By) -> list[int]:
        names, its = self._keys[by]
        if drill.key not in names:
            return []
        wanted = names.index(drill.key)
        holds = [drill.figure_counts(call) for call in self._alike]
        calls = [place for place, kind in enumerate(self._columns[3]) if kind is not None]
        kinds = self._columns[3]
        return [
            place
            for place, key in zip(calls, its, strict=True)
            if key == wanted and holds[kinds[place]]
        ]

    def _cursor(self, place: int) -> Cursor:
        at, nodes, ids = self._columns[:3]
        return Cursor(from_us(self._first + at[place]), self._nodes[nodes[place]], ids[place])

    def unpack(self) -> Hour:
        """All of it."""
        found: list[tuple[Cursor, CallFacts | None]] = []
        number = 0
        for place, (kind, wait) in enumerate(zip(*self._columns[3:], strict=True)):
            if kind is None:
                found.append((self._cursor(place), None))
                continue
            keys = {By(by): names[its[number]] for by, (names, its) in self._keys.items()}
            number += 1
            call = self._alike[kind]
            parts = call.within, call.left_before, call.marks
            found.append(
                (self._cursor(place), CallFacts(call.final, wait, *parts, keys, call.given))
            )
        return Hour(found)


class _Names:
    """What came, each once, and where it came."""

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}
        self.places: list[int] = []

    @property
    def known(self) -> list[Hashable]:
        return list(self._places)

    def place(self, name: Hashable) -> int:
        return self._places.setdefault(name, len(self._places))

    def put(self, name: Hashable) -> None:
        self.places.append(self.place(name))


def _again(kind: Sequence[Any]) -> CallFacts:
    final, talked, within, left, marks, given = kind
    return CallFacts(
        FinalClass(final),
        0 if talked else None,
        tuple(within),
        tuple(left),
        frozenset(map(Mark, marks)),
        {},
        None if given is None else CallClass(given),
    )


def by_time(
    calls: Iterable[tuple[Cursor, CallFacts | None]], start: Callable[[datetime], datetime]
) -> dict[datetime, Hour]:
    """The calls of each hour by when it begins."""
    found: dict[datetime, list[tuple[Cursor, CallFacts | None]]] = {}
    for each in calls:
        found.setdefault(start(each[0].began), []).append(each)
    return {begin: Hour(each) for begin, each in found.items()}
