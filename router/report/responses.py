"""What agencies and units did about the calls and incidents of some time, also as bytes. Pure.

Messages belong to the hour in which their call began, incidents to that in which they were opened.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from router.report.accepted import Accepted
from router.report.helped import Helped
from router.report.sums import packed, unpacked
from router.store.report_sums import hour_of
from router.store.rows import to_us

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Mapping

    from router.store.incident_times import Timed
    from router.store.messages import Asked


@dataclass(slots=True)
class Responses:
    """Adds up.

    Attributes:
        accepted: by agency, what its contacts were told of and accepted.
        helped: how soon help was there, by emergency and code of the district.
    """

    accepted: dict[str, Accepted] = field(default_factory=dict)
    helped: dict[tuple[str, str], Helped] = field(default_factory=dict)

    @classmethod
    def of(cls, asked: Iterable[Asked], timed: Iterable[Timed]) -> Responses:
        """Of these."""
        found = cls()
        for some in asked:
            found.add_asked(some)
        for one in timed:
            found.add_timed(one)
        return found

    def add_asked(self, asked: Asked) -> None:
        """Count some calls that an agency answered alike."""
        self.accepted.setdefault(asked.agency, Accepted()).add(asked)

    def add_timed(self, one: Timed) -> None:
        """Count one incident."""
        self.helped.setdefault((one.emergency, one.district or ""), Helped()).add(one)

    def merge(self, other: Responses) -> None:
        """Count others that were counted already."""
        for agency, accepted in other.accepted.items():
            self.accepted.setdefault(agency, Accepted()).merge(accepted)
        for key, helped in other.helped.items():
            self.helped.setdefault(key, Helped()).merge(helped)

    def pack(self) -> bytes:
        """As bytes: each wait and how many waited so, two numbers of 32 bits, stand at the end."""
        pairs = array("I")
        accepted = [
            (agency, one.told, _put(pairs, one.waits)) for agency, one in self.accepted.items()
        ]
        helped = [
            (*key, one.incidents, one.in_time, [_put(pairs, waits) for waits in one.waits])
            for key, one in self.helped.items()
        ]
        return packed((accepted, helped), pairs.tobytes())

    def add_packed(self, data: bytes) -> None:
        """Count what was packed."""
        (accepted, helped), rest = unpacked(data)
        pairs = iter(memoryview(rest).cast("I").tolist())
        for agency, told, many in accepted:
            mine = self.accepted.setdefault(agency, Accepted())
            mine.told += told
            _add(mine.waits, pairs, many)
        for emergency, district, incidents, in_time, lengths in helped:
            its = self.helped.setdefault((emergency, district), Helped())
            its.incidents += incidents
            its.in_time += in_time
            for into, many in zip(its.waits, lengths, strict=True):
                _add(into, pairs, many)


def by_hour(asked: Iterable[Asked], timed: Iterable[Timed]) -> Mapping[int, Responses]:
    """Those of each hour by when it begins, microseconds; of one without any there is none."""
    found: dict[int, Responses] = {}
    for some in asked:
        found.setdefault(some.hour, Responses()).add_asked(some)
    for one in timed:
        found.setdefault(hour_of(to_us(one.opened)), Responses()).add_timed(one)
    return found


def _put(pairs: array[int], waits: Counter[int]) -> int:
    """Put them behind the others; gives how many."""
    for pair in sorted(waits.items()):
        pairs.extend(pair)
    return len(waits)


def _add(into: Counter[int], pairs: Iterator[int], many: int) -> None:
    known = into.get
    for wait, count in islice(zip(pairs, pairs, strict=True), many):
        into[wait] = known(wait, 0) + count
