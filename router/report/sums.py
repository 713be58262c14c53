"""Sums of calls as bytes, and their adding up without a look at each wait.

What is kept of a group of calls are some thirty counts and how many talked after so many tenths of
a second. Where waits lie close together they are kept as one number whose 32-bit lanes count: to
add thirty days of a group up is thirty additions of numbers then, and not of some ten thousand
pairs.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from functools import partial
from itertools import compress
from operator import add
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from router.report.breakdowns import By
from router.report.call import LIMITS_S, FinalClass, Mark
from router.report.tally import Counts, Tally
from siaga.keys import CallClass

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from router.report.call import CallFacts

Group: TypeAlias = tuple["By | None", str]
"""A group of a breakdown; None: all calls."""

Alike: TypeAlias = tuple[Any, ...]

ALL: Final[Group] = (None, "")
LANE: Final = 4
"""Bytes of a lane."""
LEVEL: Final = 1
"""Of zlib: three quarters of what the highest gains, in a tenth of the time."""
_FINALS: Final = tuple(FinalClass)
_MARKS: Final = tuple(Mark)
_GIVEN: Final = tuple(CallClass)
_PLACES: Final = (len(_FINALS), len(_MARKS), len(_GIVEN), len(LIMITS_S), len(LIMITS_S), 1, 1)
LAYOUT: Final = json.dumps([[*By], _FINALS, _MARKS, _GIVEN, LIMITS_S, _PLACES])
"""What the bytes stand for; they are of no use to a program that has another."""
_dumps = json.JSONEncoder(separators=(",", ":")).encode


def packed(value: object, rest: bytes = b"") -> bytes:
    """A value, and what is behind it."""
    head = _dumps(value).encode()
    return zlib.compress(len(head).to_bytes(LANE, "little") + head + rest, LEVEL)


def unpacked(data: bytes, most: Callable[[Any], int] | None = None) -> tuple[Any, bytes]:
    """The same again.

    Args:
        data: what was packed.
        most: how many bytes of what is behind the value are enough, told of the value; None: all.
    """
    if most is None:
        # Whole, so that what was cut short is an error and no smaller figure.
        plain = zlib.decompress(data)
        end = LANE + int.from_bytes(plain[:LANE], "little")
        return json.loads(plain[LANE:end]), plain[end:]
    stream = zlib.decompressobj()
    size = int.from_bytes(stream.decompress(data, LANE), "little")
    value = json.loads(stream.decompress(stream.unconsumed_tail, size))
    many = most(value)
    # None at all would be taken for no limit.
    return value, stream.decompress(stream.unconsumed_tail, many) if many else b""


def row_of(counts: Counts) -> list[int]:
    """The counts of a group in one order, how many talked last; without the waits."""
    return [
        *(counts.classes[each] for each in _FINALS),
        *(counts.marks[each] for each in _MARKS),
        *(counts.given[each] for each in _GIVEN),
        *(counts.within[each] for each in LIMITS_S),
        *(counts.left_before[each] for each in LIMITS_S),
        counts.waiting,
        counts.talked,
    ]


def counts_of(row: list[int], waits: Counter[int] | None = None) -> Counts:
    """The counts of such a row; without waits, whoever talked is taken to have waited for none."""
    parts, place = [], 0
    for size in _PLACES:
        parts.append(row[place : place + size])
        place += size
    finals, marks, given, within, left, (waiting,), (talked,) = parts
    return Counts(
        _counter(_FINALS, finals),
        _counter(_MARKS, marks),
        _counter(_GIVEN, given),
        Counter({0: talked}) if waits is None else waits,
        _counter(LIMITS_S, within),
        _counter(LIMITS_S, left),
        waiting,
    )


def _counter(names: tuple[Any, ...], values: list[int]) -> Counter[Any]:
    return Counter({name: value for name, value in zip(names, values, strict=True) if value})


def alike(call: CallFacts) -> Alike:
    """What is the same of calls that every figure counts alike, wherever they are."""
    talked = call.wait is not None
    return call.final, talked, call.within, call.left_before, tuple(sorted(call.marks)), call.given


class Sums:
    """Adds up, oldest first: the order in which groups come says which are counted together.

    Args:
        brief: of groups how many talked is enough, not after how long. Then nothing is packed.
    """

    def __init__(self, *, brief: bool = False) -> None:
        self.tests = 0
        self._brief = brief
        self._rows: dict[Group, list[int]] = {}
        self._dense: dict[Group, int] = {}
        self._sparse: dict[Group, Counter[int]] = {}

    def add(self, counts: bytes, waits: bytes) -> None:
        """What was packed."""
        (tests, groups), _ = unpacked(counts)
        places, lanes = unpacked(waits, partial(_lanes_to_all, groups) if self._brief else None)
        self.tests += tests
        begin = 0
        for (by, key, row), (low, size, pairs) in zip(groups, places, strict=True):
            group = (By(by) if by else None, key)
            mine = self._rows.get(group)
            self._rows[group] = row if mine is None else list(map(add, mine, row))
            first, begin = begin, begin + size * LANE
            if self._is_brief(group):
                continue
            if size:
                dense = int.from_bytes(lanes[first:begin], "little") << (8 * LANE * low)
                self._dense[group] = self._dense.get(group, 0) + dense
            if pairs:
                sparse = self._sparse.setdefault(group, Counter())
                for wait, many in zip(pairs[::2], pairs[1::2], strict=True):
                    sparse[wait] += many

    def add_calls(self, every: Iterable[CallFacts | None]) -> None:
        """Calls, oldest first, those that are alike at once; None: a test of our own."""
        calls: list[CallFacts] = []
        for call in every:
            if call is None:
                self.tests += 1
            else:
                calls.append(call)
        if not calls:
            return
        rows: dict[Hashable, list[int]] = {}
        kinds = [alike(call) for call in calls]
        for kind, call in zip(kinds, calls, strict=True):
            if kind not in rows:
                one = Counts()
                one.add(call)
                rows[kind] = row_of(one)
        waits = [call.wait for call in calls]
        self._add_by(None, [""] * len(calls), kinds, waits, rows)
        for by in By:
            self._add_by(by, [call.keys[by] for call in calls], kinds, waits, rows)

    def _add_by(
        self,
        by: By | None,
        keys: list[str],
        kinds: list[Alike],
        waits: list[int | None],
        rows: Mapping[Hashable, list[int]],
    ) -> None:
        for (key, kind), many in Counter(zip(keys, kinds, strict=True)).items():
            row, mine = rows[kind], self._rows.get((by, key))
            new = row if many == 1 else [many * each for each in row]
            self._rows[by, key] = new if mine is None else list(map(add, mine, new))
        for (key, wait), many in Counter(zip(keys, waits, strict=True)).items():
            if wait is not None:
                self._sparse.setdefault((by, key), Counter())[wait] += many

    def tally(self) -> Tally:
        """All of it, groups beyond the limit counted together."""
        found = Tally(tests=self.tests)
        for group, row in self._rows.items():
            waits, (by, key) = None if self._is_brief(group) else self._waits(group), group
            counts = counts_of(row, waits)
            if by is None:
                found.total.merge(counts)
            else:
                found.merge_group(by, key, counts)
        return found

    def pack(self) -> tuple[bytes, bytes]:
        """The counts and the waits."""
        groups, places, lanes = [], [], []
        for group, row in self._rows.items():
            low, dense, pairs = _laid(self._waits(group))
            groups.append((group[0] or "", group[1], row))
            places.append((low, len(dense) // LANE, pairs))
            lanes.append(dense)
        return packed((self.tests, groups)), packed(places, b"".join(lanes))

    def _is_brief(self, group: Group) -> bool:
        return self._brief and group != ALL

    def _waits(self, group: Group) -> Counter[int]:
        dense = self._dense.get(group, 0)
        data = dense.to_bytes(-(-dense.bit_length() // (8 * LANE)) * LANE, "little")
        lanes = memoryview(data).cast("I").tolist()
        waits = Counter(dict(compress(enumerate(lanes), lanes)))
        waits.update(self._sparse.get(group, {}))
        return waits


def _lanes_to_all(groups: list[list[Any]], places: list[list[Any]]) -> int:
    """Bytes up to the end of the lanes of all calls, which come first."""
    behind = next((place for place, group in enumerate(groups, 1) if not group[0]), 0)
    lanes = sum(int(size) for _, size, _ in places[:behind])
    return lanes * LANE


def _laid(waits: Counter[int]) -> tuple[int, bytes, list[int]]:
    """As lanes from the lowest on where they fill them, else as pairs."""
    near = sorted(wait for wait in waits if wait < NEAR)
    low, size = (near[0], near[-1] - near[0] + 1) if near else (0, 0)
    if len(near) * 4 < size:
        near, size = [], 0
    lanes = b"".join(waits[wait].to_bytes(LANE, "little") for wait in range(low, low + size))
    rest = set(waits).difference(near)
    return (
        low if size else 0,
        lanes,
        [each for wait in sorted(rest) for each in (wait, waits[wait])],
    )


NEAR: Final = 2048
"""Waits below are kept in lanes: who waited longer is rare."""


def group_in(counts: bytes, group: Group) -> Counts:
    """One group of what was packed, without its waits."""
    (_, groups), _ = unpacked(counts)
    by, key = group
    for its, name, row in groups:
        if its == (by or "") and name == key:
            return counts_of(row)
    return Counts()


def tests_in(counts: bytes) -> int:
    """How many test calls of our own it has."""
    (found, _), _ = unpacked(counts)
    return int(found)
