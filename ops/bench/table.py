"""The figures as a table for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.bench.figures import Figure

_VERDICTS = {
    True: ("ya / yes", "green"),
    False: ("TIDAK / NO", "bold red"),
    None: ("·", "dim"),
}


def table(figures: Sequence[Figure], title: str) -> Group:
    """The table, and below it what each figure means."""
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    made.add_column("angka\nfigure")
    for heading in ("terukur\nmeasured", "pembanding\nreference", "rasio\nratio", "batas\nlimit"):
        made.add_column(heading, justify="right", no_wrap=True)
    made.add_column("dipenuhi\nmet", no_wrap=True)
    for mark, figure in enumerate(figures, 1):
        verdict, style = _VERDICTS[figure.met]
        made.add_row(
            f"{figure.name}\n[dim]{figure.english} ({mark})[/]",
            f"{said(figure.ours)} {figure.unit}".strip(),
            "" if figure.reference is None else f"{said(figure.reference)} {figure.unit}".strip(),
            "" if figure.ratio is None else f"{said(figure.ratio)}",
            "" if figure.limit is None else str(figure.limit),
            Text(verdict, style),
        )
    return Group(made, Text("\n".join(notes(figures)), "dim"))


def notes(figures: Sequence[Figure]) -> list[str]:
    """What the figures mean, by their marks; figures that mean the same share a note."""
    marks: dict[str, list[str]] = {}
    for mark, figure in enumerate(figures, 1):
        if figure.note:
            marks.setdefault(figure.note, []).append(str(mark))
    return [f"({', '.join(which)}) {note}" for note, which in marks.items()]


def said(value: float) -> str:
    """A number with about three digits; a dash for none."""
    if not math.isfinite(value):
        return "-"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"
