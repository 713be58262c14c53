"""How soon help went and was there, of the incidents of a period. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from router.report.figures import percent, percentile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from router.report.figures import Value
    from router.store.incident_times import Timed

TENTH: Final = timedelta(milliseconds=100)
CAP: Final = 864_000
"""Tenths of a second; what took longer than a day is counted as a day: ways are long here."""
RESPONSE_S: Final = 900
"""15 minutes for a fire, from the report to being there: Permendagri 114/2018."""


@dataclass(slots=True)
class Helped:
    """Of some incidents; each wait in tenths of a second, rounded up.

    Attributes:
        incidents: how many.
        dispatch: from the first human's answer to the first unit sent, or to its word.
        accept: from there to the first unit's word that it goes.
        travel: from there to the first unit's arrival.
        response: from the first call's arrival to the first unit's.
        in_time: those of them within 15 minutes.
    """

    incidents: int = 0
    dispatch: Counter[int] = field(default_factory=Counter)
    accept: Counter[int] = field(default_factory=Counter)
    travel: Counter[int] = field(default_factory=Counter)
    response: Counter[int] = field(default_factory=Counter)
    in_time: int = 0

    def add(self, one: Timed) -> None:
        """Count one incident."""
        self.incidents += 1
        _count(self.dispatch, one.answered, one.dispatched)
        _count(self.accept, one.dispatched, one.accepted)
        _count(self.travel, one.dispatched, one.on_scene)
        wait = _count(self.response, one.called, one.on_scene)
        self.in_time += wait is not None and wait <= RESPONSE_S * 10

    def merge(self, other: Helped) -> None:
        """Count others that were counted already."""
        self.incidents += other.incidents
        self.in_time += other.in_time
        for mine, its in zip(self.waits, other.waits, strict=True):
            mine.update(its)

    @property
    def waits(self) -> tuple[Counter[int], Counter[int], Counter[int], Counter[int]]:
        """All of them, in their order."""
        return self.dispatch, self.accept, self.travel, self.response


Groups: TypeAlias = "Mapping[tuple[str, str], Helped]"
"""By emergency and code of the district; empty: that is not known."""


def _count(into: Counter[int], begin: datetime | None, end: datetime | None) -> int | None:
    """Count a wait of which both ends are known; gives it."""
    if begin is None or end is None:
        return None
    # Told later than done, or a clock that was set back: no wait is shorter than none.
    wait = min(max(0, -(-(end - begin) // TENTH)), CAP)
    into[wait] += 1
    return wait


def everything(groups: Groups) -> Helped:
    """All of them together."""
    found = Helped()
    for one in groups.values():
        found.merge(one)
    return found


def by_emergency(groups: Groups) -> dict[str, Helped]:
    """Each emergency's, in the order of their names."""
    return _merged((emergency, one) for (emergency, _), one in groups.items())


def by_district(groups: Groups) -> dict[str, Helped]:
    """Each district's by its code; empty: not known."""
    return _merged((district, one) for (_, district), one in groups.items())


def _merged(every: Iterable[tuple[str, Helped]]) -> dict[str, Helped]:
    found: dict[str, Helped] = {}
    for key, one in every:
        found.setdefault(key, Helped()).merge(one)
    return dict(sorted(found.items()))


def row(one: Helped) -> dict[str, Value]:
    """The figures by the names that are documented in ``docs/decisions/figures.md``."""
    waits = {
        "dispatch": one.dispatch,
        "accept": one.accept,
        "travel": one.travel,
        "response": one.response,
    }
    return {
        "incidents": one.incidents,
        "dispatched": one.dispatch.total(),
        "accepted": one.accept.total(),
        "on_scene": one.response.total(),
        **{
            f"{name}_p{each}_s": percentile(found, each)
            for name, found in waits.items()
            for each in (50, 90)
        },
        "response_900": one.in_time,
        "response_900_share": percent(one.in_time, one.response.total()),
    }


FIELDS: Final = tuple(row(Helped()))
"""Their names, in order."""
