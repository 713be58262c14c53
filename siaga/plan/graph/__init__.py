"""The call flow of a plan as a drawing (SVG), to read on a screen and to print on A4.

Outsiders use :func:`graph`. The drawing goes from the top down: how a call arrives, the menu with
the way of each emergency in a row beside its digit, the last resort, then agencies and calendar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.plan.graph.arrival import draw_arrival
from siaga.plan.graph.canvas import Canvas
from siaga.plan.graph.details import draw_details
from siaga.plan.graph.menu import draw_menu
from siaga.plan.graph.resort import draw_resort

if TYPE_CHECKING:
    from siaga.plan.model import Plan

__all__ = ["graph"]


def graph(plan: Plan) -> str:
    """The whole call flow as the text of an SVG file, the same text for the same plan."""
    canvas = Canvas(f"{plan.centre.name.id}: alur panggilan / call flow")
    draw_arrival(canvas, plan)
    draw_menu(canvas, plan)
    draw_resort(canvas, plan)
    draw_details(canvas, plan)
    return canvas.svg()
