"""How agencies answered the messages that their contacts got. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from router.report.call import WAIT_CAP
from router.report.figures import percent, percentile

if TYPE_CHECKING:
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

    def merge(self, other: Accepted) -> None:
        """Count others that were counted already."""
        self.told += other.told
        self.waits.update(other.waits)


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
