"""How agencies answered the messages that their contacts got."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from router.report.call import WAIT_CAP
from router.report.figures import percent, percentile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.report.figures import Value
    from router.store.messages import Asked


@dataclass(slots=True)
class Accepted:
    """One agency's, or all.

    Attributes:
        told: calls that its contacts were told of.
        waits: how many of them were accepted after so many tenths of a second, rounded up.
    """

    told: int = 0
    waits: Counter[int] = field(default_factory=Counter)

    @property
    def accepted(self) -> int:
        """Calls of them that were accepted."""
        return self.waits.total()

    def add(self, asked: Asked) -> None:
        """Count some calls that were answered alike."""
        self.told += asked.calls
        if asked.tenths is not None:
            self.waits[min(asked.tenths, WAIT_CAP)] += asked.calls


def by_agency(every: Iterable[Asked]) -> dict[str, Accepted]:
    """Each agency's, in the order of their names."""
    found: dict[str, Accepted] = {}
    for asked in every:
        found.setdefault(asked.agency, Accepted()).add(asked)
    return dict(sorted(found.items()))


def row(one: Accepted) -> dict[str, Value]:
    """The figures by the names that are documented in ``docs/decisions/figures.md``."""
    return {
        "told": one.told,
        "accepted": one.accepted,
        "share": percent(one.accepted, one.told),
        "accept_p50_s": percentile(one.waits, 50),
        "accept_p90_s": percentile(one.waits, 90),
    }


FIELDS: Final = tuple(row(Accepted()))
"""Their names, in order."""
