"""The figures: what was measured, against what, within which limit; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.bench.stats import ratio

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound that a figure has to keep.

    Attributes:
        value: the bound itself is still within.
        at_least: it is a lower bound.
    """

    value: float
    at_least: bool = False

    def allows(self, value: float) -> bool:
        """Whether ``value`` is within; NaN, which is no measurement, never is."""
        return value >= self.value if self.at_least else value <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        key: its name in ``bench.json``.
        name: in Indonesian. ``english``: in English.
        unit: of ``ours`` and ``reference``.
        ours: as measured.
        reference: what it is compared with; None for a figure that stands by itself.
        limit: of the ratio, or of ``ours`` where there is no reference; None: not judged.
        note: what exactly was measured.
    """

    key: str
    name: str
    english: str
    unit: str
    ours: float
    reference: float | None = None
    limit: Limit | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """``ours / reference``."""
        return None if self.reference is None else ratio(self.ours, self.reference)

    @property
    def met(self) -> bool | None:
        """Whether the limit is kept; None when the figure is not judged."""
        if self.limit is None:
            return None
        judged = self.ratio
        return self.limit.allows(self.ours if judged is None else judged)

    def document(self) -> dict[str, Any]:
        """The figure as JSON."""
        return {
            "unit": self.unit,
            "ours": number(self.ours),
            "reference": number(self.reference),
            "ratio": number(self.ratio),
            "limit": None if self.limit is None else str(self.limit),
            "met": self.met,
            "note": self.note,
        }


def number(value: float | None) -> float | None:
    """A number as JSON knows it, four digits behind the point; None for NaN."""
    return None if value is None or not math.isfinite(value) else round(value, 4)


RATIOS = (
    "digit_to_invite_median",
    "digit_to_invite_p99",
    "python_cpu_share",
    "process_agi_cost",
)
"""Figures whose ratio stands in ``ratios`` of ``bench.json``."""


def met(figures: Iterable[Figure]) -> bool:
    """Whether every figure that is judged keeps its limit."""
    return all(figure.met is not False for figure in figures)


def document(figures: Iterable[Figure], *, calls: int, quick: bool) -> dict[str, Any]:
    """The content of ``bench.json``."""
    known = {figure.key: figure for figure in figures}
    return {
        "ratios": {key: number(known[key].ratio) for key in RATIOS},
        "figures": {key: figure.document() for key, figure in known.items()},
        "met": met(known.values()),
        "calls": calls,
        "quick": quick,
    }
