"""Two texts of a plan compared: their lines, and what changes for callers."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.plan.compare import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan import Plan
    from siaga.plan.compare import Change

AROUND: Final = 3
"""Lines shown around what is another."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a comparison.

    Attributes:
        sign: ``+``, ``-``, a space, or ``@`` where lines are left out.
        old: its number before. ``new``: now.
    """

    sign: str
    text: str
    old: int | None = None
    new: int | None = None


def lines(old: str, new: str) -> Iterator[Line]:
    """The lines that are another, with some around them."""
    before, after = old.splitlines(), new.splitlines()
    groups = difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(
        AROUND
    )
    for number, group in enumerate(groups):
        if number:
            yield Line("@", "")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                    yield Line(" ", before[i], i + 1, j + 1)
                continue
            yield from (Line("-", before[i], i + 1) for i in range(i1, i2))
            yield from (Line("+", after[j], None, j + 1) for j in range(j1, j2))


def changes(old: Plan | None, new: Plan | None) -> tuple[Change, ...] | None:
    """What changes for callers; None: one of the texts is no plan of this program."""
    return None if old is None or new is None else compare(old, new)
