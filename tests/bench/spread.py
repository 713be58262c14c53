"""What several runs of the same measurement gave: their median, and how far they lie apart."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """One value a run."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        """Of the runs; NaN of none."""
        return statistics.median(self.runs) if self.runs else float("nan")

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "median": round(self.median, 3) if self.runs else None,
            "lowest": round(min(self.runs), 3) if self.runs else None,
            "highest": round(max(self.runs), 3) if self.runs else None,
            "runs": [round(value, 3) for value in self.runs],
        }

    def __str__(self) -> str:
        if not self.runs:
            return "-"
        return f"{said(self.median)} ({said(min(self.runs))} to {said(max(self.runs))})"


def said(value: float) -> str:
    """With about three digits."""
    return (
        f"{value:,.0f}"
        if abs(value) >= 100
        else f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
    )
