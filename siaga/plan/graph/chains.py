"""Who is rung for an emergency, from left to right; one line a schedule, long ones go on below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.plan.graph.words import agency_name, equipment, seconds, when_closed
from siaga.plan.route import entries

if TYPE_CHECKING:
    from siaga.plan.graph.canvas import Canvas
    from siaga.plan.model import Chain, Emergency, Plan

CELL: Final = 162
"""Width of a box of a chain; ``STEP`` from one to the next."""
STEP: Final = 182
HEIGHT: Final = 54
"""Of a box; one without a third line is ``LOW``."""
LOW: Final = 44
_BETWEEN: Final = 8
_CELLS: Final = 4
"""Boxes side by side."""
_LABEL: Final = 18
_FIRST: Final = 24
"""From the emergency's box to the first of the chain."""


@dataclass(frozen=True, slots=True)
class _Cell:
    head: str
    lines: tuple[str, str]
    style: str


def _variants(emergency: Emergency) -> list[tuple[str, Chain]]:
    if not emergency.during:
        return [("", emergency)]
    named = [(f"selama / during: {name}", chain) for name, chain in emergency.during.items()]
    return [*named, ("selain itu / otherwise:", emergency)]


def _row(plan: Plan, chain: Chain) -> float:
    """Height of a row of boxes, with the space below it."""
    tall = any(when_closed(plan, entry.agency) for entry in entries(chain))
    return (HEIGHT if tall else LOW) + _BETWEEN


def height_of(plan: Plan, emergency: Emergency) -> float:
    """How high :func:`draw_chains` is going to be."""
    high = 0.0
    for label, chain in _variants(emergency):
        rows = -(-len(entries(chain)) // _CELLS)
        high += (_LABEL if label else 0) + rows * _row(plan, chain)
    return high - _BETWEEN


def draw_chains(
    canvas: Canvas, plan: Plan, emergency: Emergency, corner: tuple[float, float]
) -> None:
    """Lay the chains of an emergency beside its box, whose upper right corner is given."""
    left, top = corner
    y = top
    for label, chain in _variants(emergency):
        if label:
            canvas.text(left + _FIRST, y + 12, label, size=11, style="strong", width=600)
            y += _LABEL
        canvas.line(
            (left, top + 22), (left + 12, top + 22), (left + 12, y + 22), (left + 24, y + 22)
        )
        y += _chain(canvas, plan, chain, (left + _FIRST, y))


def _chain(canvas: Canvas, plan: Plan, chain: Chain, corner: tuple[float, float]) -> float:
    left, top = corner
    cells = _cells(plan, chain)
    high = _row(plan, chain)
    for index, cell in enumerate(cells):
        row, column = divmod(index, _CELLS)
        x, y = left + column * STEP, top + row * high
        if column:
            canvas.line((x - STEP + CELL, y + 22), (x, y + 22), tip=True)
        elif row:
            _carry(canvas, (left, y), high)
        draw_cell(canvas, (x, y), cell.head, cell.lines, cell.style)
    last, column = divmod(len(cells) - 1, _CELLS)
    end, middle = left + column * STEP + CELL, top + last * high + 22
    canvas.line((end, middle), (end + 18, middle), style="loop")
    canvas.text(end + 20, middle + 5, "↻", size=16, style="strong", width=30)
    return (last + 1) * high


def _carry(canvas: Canvas, corner: tuple[float, float], high: float) -> None:
    """Join the end of a full row to the beginning of the next, whose corner is given."""
    left, y = corner
    end = left + (_CELLS - 1) * STEP + CELL
    turn = y - _BETWEEN / 2
    canvas.line(
        (end, y - high + 22),
        (end + 10, y - high + 22),
        (end + 10, turn),
        (left - 8, turn),
        (left - 8, y + 22),
        (left, y + 22),
        tip=True,
    )


def draw_cell(
    canvas: Canvas, corner: tuple[float, float], head: str, lines: tuple[str, str], style: str
) -> None:
    """One box of a chain: a name and up to two lines below it."""
    x, y = corner
    canvas.box(x, y, CELL, HEIGHT if lines[1] else LOW, style)
    canvas.text(x + 9, y + 17, head, style="strong", width=CELL - 16)
    canvas.text(x + 9, y + 33, lines[0], size=11, width=CELL - 16)
    if lines[1]:
        canvas.text(x + 9, y + 47, lines[1], size=10.5, style="soft", width=CELL - 16)


def _cells(plan: Plan, chain: Chain) -> list[_Cell]:
    found = []
    for index, entry in enumerate(entries(chain)):
        via = index == 0 and chain.via is not None
        head = agency_name(plan, entry.agency)
        first = "lewat/via " if via else ""
        rings = f"{first}{seconds(entry.seconds)} · {equipment(plan, entry.agency)}"
        lines = (rings, when_closed(plan, entry.agency))
        found.append(_Cell(head, lines, "via" if via else "box"))
    return found
