"""The last resort as a ring: who is rung in each round when a chain is used up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.graph.canvas import MARGIN, WIDTH
from siaga.plan.graph.chains import CELL, HEIGHT, STEP, draw_cell
from siaga.plan.graph.words import agency_name, equipment, seconds, when_closed
from siaga.plan.route import EVERYONE, resort_entries, resort_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.graph.canvas import Canvas
    from siaga.plan.model import Plan

_CELLS: Final = 5
_ROW: Final = HEIGHT + 10
_LEFT: Final = MARGIN + 56


def draw_resort(canvas: Canvas, plan: Plan) -> None:
    """Lay the ring of the last resort."""
    cells = list(_cells(plan))
    rows = -(-len(cells) // _CELLS)
    canvas.heading(
        "↻ Upaya terakhir, berulang sampai dijawab / last resort, round after round",
        rows * _ROW + 14,
    )
    top = canvas.room(rows * _ROW + 14)
    for index, (head, lines) in enumerate(cells):
        row, column = divmod(index, _CELLS)
        x, y = _LEFT + column * STEP, top + row * _ROW
        if column:
            canvas.line((x - STEP + CELL, y + 22), (x, y + 22), tip=True)
        elif row:
            edge = WIDTH - MARGIN - 8
            canvas.line(
                (_LEFT + (_CELLS - 1) * STEP + CELL, y - _ROW + 22),
                (edge, y - _ROW + 22),
                (edge, y - 5),
                (_LEFT - 14, y - 5),
                (_LEFT - 14, y + 22),
                (x, y + 22),
                tip=True,
            )
        draw_cell(canvas, (x, y), head, lines, "resort")
    _back(canvas, len(cells), top)


def _back(canvas: Canvas, count: int, top: float) -> None:
    row, column = divmod(count - 1, _CELLS)
    end, middle = _LEFT + column * STEP + CELL, top + row * _ROW + 22
    bottom = top + (row + 1) * _ROW + 2
    canvas.line(
        (end, middle),
        (end + 12, middle),
        (end + 12, bottom),
        (MARGIN + 14, bottom),
        (MARGIN + 14, top + 22),
        (_LEFT, top + 22),
        style="loop",
        tip=True,
    )


def _cells(plan: Plan) -> Iterator[tuple[str, tuple[str, str]]]:
    for entry in resort_entries(plan):
        rings = f"{seconds(entry.seconds)} · {equipment(plan, entry.agency)}"
        yield agency_name(plan, entry.agency), (rings, when_closed(plan, entry.agency))
    for step in resort_steps(plan):
        if step.agency == EVERYONE:
            handsets = f"{seconds(step.seconds)} · {len(plan.extensions)} pesawat"
            yield "Semua instansi", (handsets, "everyone at once")
        else:
            yield step.number or "", (f"{seconds(step.seconds)} · nomor luar", "outside number")
    yield "Rantai darurat itu", ("sekali lagi, dari awal", "its own chain again")
