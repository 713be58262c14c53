"""Plots of the comparison as SVG: bars with the spread of the runs, nothing but text and shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from tests.bench.spread import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.spread import Spread

ROW = 34
LEFT = 330
WIDTH = 420
RIGHT = 130
TOP = 46
_STYLE = (
    "text{font:14px sans-serif;fill:#222}.t{font-weight:bold}rect.o{fill:#0b6e4f}"
    "rect.r{fill:#8a94a6}rect.b{fill:#fff}line{stroke:#222;stroke-width:1.5}"
)


def bars(title: str, unit: str, rows: Sequence[tuple[str, Spread, bool]]) -> str:
    """A bar a row: name, runs, and whether it is ours; the line shows lowest to highest."""
    most = max((max(spread.runs) for _, spread, _ in rows), default=1.0) or 1.0
    height = TOP + ROW * len(rows) + 14
    width = LEFT + WIDTH + RIGHT
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        '<rect class="b" width="100%" height="100%"/>',
        f'<text class="t" x="12" y="26">{escape(title)} ({escape(unit)})</text>',
    ]
    for number, (name, spread, ours) in enumerate(rows):
        y = TOP + ROW * number
        length = WIDTH * spread.median / most
        low, high = (LEFT + WIDTH * edge(spread.runs) / most for edge in (min, max))
        out.append(
            f'<text x="12" y="{y + 18}">{escape(name)}</text>'
            f'<rect class="{"o" if ours else "r"}" x="{LEFT}" y="{y + 4}" '
            f'width="{length:.1f}" height="20"/>'
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y + 14}" y2="{y + 14}"/>'
            f'<text x="{max(LEFT + length, high) + 8:.1f}" y="{y + 18}">'
            f"{said(spread.median)}</text>"
        )
    return "\n".join([*out, "</svg>", ""])
