"""``siaga112 graph``: the call flow of a plan as an SVG file, or on standard output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from siaga.plan import load_plan
from siaga.plan.graph import graph as draw

if TYPE_CHECKING:
    from pathlib import Path


def graph(plan: Path, out: Path | None) -> int:
    """Draw the plan into ``out``, or print the drawing; exit status 0.

    Raises:
        PlanError: the plan cannot be used; nothing is written.
        OSError: ``out`` cannot be written.
    """
    drawing = draw(load_plan(plan).plan)
    if out is None:
        sys.stdout.write(drawing)
        return 0
    out.write_text(drawing, encoding="utf-8")
    sys.stderr.write(f"{out}: gambar alur panggilan / the call flow\n")
    return 0
