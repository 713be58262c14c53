"""Medians and percentiles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of all do not exceed; NaN of none.

    The nearest-rank method: always a value that was measured.

    Raises:
        ValueError: ``percent`` is not above 0 and at most 100.
    """
    if not 0 < percent <= 100:
        raise ValueError(f"{percent} is not above 0 and at most 100.")
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def ratio(measured: float, reference: float) -> float:
    """``measured / reference``; NaN when there is nothing to compare with."""
    return measured / reference if reference > 0 else math.nan
