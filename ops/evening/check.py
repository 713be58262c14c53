"""One thing that must hold of an evening."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold.

    Attributes:
        code: its name for machines; text: in Indonesian.
        figure: what was counted.
        wrong: for whom or what it does not hold; empty: it holds.
    """

    code: str
    text: str
    english: str
    figure: str
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return not self.wrong
