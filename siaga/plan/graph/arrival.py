"""The top of the drawing: which callers are asked, and which are put through at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.names import EMERGENCY_NUMBER
from siaga.plan.graph.canvas import MARGIN
from siaga.plan.graph.words import emergency_name, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.graph.canvas import Canvas
    from siaga.plan.model import Plan, Rank

_LEFT: Final = MARGIN + 200
_ROW: Final = 34
_KNOWN_SHOWN: Final = 8
"""Known numbers drawn one by one; the rest are counted."""
_RANKS: Final[dict[Rank, str]] = {
    "known": "dikenal",
    "digit": "menekan tombol",
    "unknown": "lainnya",
    "flagged": "ditandai",
}


def draw_arrival(canvas: Canvas, plan: Plan) -> None:
    """Lay the caller's box and a row for each kind of caller who is not asked."""
    rows = list(_rows(plan))
    top = canvas.room(max(56, len(rows) * _ROW) + 14)
    canvas.box(MARGIN, top + 6, 160, 44, "menu")
    canvas.text(MARGIN + 12, top + 24, f"Telepon ke {EMERGENCY_NUMBER}", style="strong", width=140)
    canvas.text(MARGIN + 12, top + 41, "a call arrives", size=11, style="soft", width=140)
    for index, (who, where) in enumerate(rows):
        middle = top + 6 + index * _ROW + 14
        canvas.line((_LEFT - 20, top + 28), (_LEFT - 20, middle), (_LEFT, middle), tip=True)
        canvas.box(_LEFT, middle - 14, 380, 28, "box")
        canvas.text(_LEFT + 10, middle + 4, who, width=360)
        canvas.line((_LEFT + 380, middle), (_LEFT + 410, middle), tip=True)
        canvas.text(_LEFT + 418, middle + 4, where, style="strong", width=430)
    canvas.line((MARGIN + 160, top + 28), (_LEFT - 20, top + 28))
    canvas.line((MARGIN + 14, top + 50), (MARGIN + 14, canvas.y))


def _rows(plan: Plan) -> Iterator[tuple[str, str]]:
    callers = plan.callers
    if callers.hidden:
        yield "Tanpa nomor / hidden number", f"{emergency_name(plan, callers.hidden)}, tanpa menu"
    direct = [known for known in callers.known if known.emergency]
    for known in direct[:_KNOWN_SHOWN]:
        target = emergency_name(plan, known.emergency or "")
        yield f"{known.name} ({known.number})", f"{target}, tanpa menu"
    if direct[_KNOWN_SHOWN:]:
        more = len(direct) - _KNOWN_SHOWN
        yield f"{more} nomor dikenal lagi / more known numbers", "langsung, tanpa menu"
    if asked := len(callers.known) - len(direct):
        yield f"{asked} nomor dikenal lain / other known numbers", "menu, dengan nama di layar"
    if callers.repeat:
        within = seconds(callers.repeat.within)
        yield (
            f"Menelepon lagi dalam {within} / calls again within {within}",
            "pilihan yang dahulu, tanpa menu",
        )
    if callers.pranks:
        yield (
            "Nomor ditandai karena iseng / flagged for pranks",
            f"peringatan, lalu {emergency_name(plan, plan.menu.default)}",
        )
    if callers.silent:
        listen, hold = seconds(callers.silent.listen), seconds(callers.silent.hold)
        yield (
            "Tak menekan, tak bersuara / presses and says nothing",
            f"petugas {listen}, dipantau {hold}, petugas lagi; bersuara: langsung",
        )
    yield "Lainnya / everybody else", "menu"
    order = [_RANKS[rank] for rank in callers.rank]
    yield "Bila semua pesawat sibuk / when all are busy", " → ".join(order) or "menurut kedatangan"
