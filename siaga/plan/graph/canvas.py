"""An SVG that grows downwards in page-high steps; every text in it is escaped here alone."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 1120
"""Of the drawing, in its own units; a page of A4 on its side is as wide (277 mm of print)."""
PAGE: Final = 760
"""Units that go on one such page (188 mm of print); nothing is laid across the end of one."""
MARGIN: Final = 24

_STYLE: Final = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #16202a; --soft: #55636f;
  --line: #8795a1; --box: #f4f7f9; --key: #0b5cad; --key-ink: #ffffff; --menu: #e3effb;
  --emergency: #fdeceb; --emergency-line: #c4473a; --via: #fff4d6; --via-line: #a87400;
  --resort: #e8f5ea; --resort-line: #2f7d43; }
@media (prefers-color-scheme: dark) { :root { --paper: #10161c; --ink: #e8eef3; --soft: #a3b1bd;
  --line: #6c7c8a; --box: #1b242d; --key: #6db3f7; --key-ink: #0a1420; --menu: #152a40;
  --emergency: #3a1d1b; --emergency-line: #f08a7e; --via: #352a10; --via-line: #e0b24a;
  --resort: #15301d; --resort-line: #72c288; } }
@page { size: A4 landscape; margin: 10mm; }
@media print { :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --soft: #40484f;
  --line: #606c76; --box: #f4f7f9; --key: #0b5cad; --key-ink: #ffffff; --menu: #e3effb;
  --emergency: #fdeceb; --emergency-line: #c4473a; --via: #fff4d6; --via-line: #a87400;
  --resort: #e8f5ea; --resort-line: #2f7d43; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; } }
text { font-family: system-ui, "Noto Sans", "DejaVu Sans", Arial, sans-serif; fill: var(--ink); }
.paper { fill: var(--paper); }
.box { fill: var(--box); stroke: var(--line); }
.menu { fill: var(--menu); stroke: var(--key); }
.emergency { fill: var(--emergency); stroke: var(--emergency-line); stroke-width: 1.5; }
.again { fill: none; stroke: var(--emergency-line); stroke-dasharray: 4 3; }
.via { fill: var(--via); stroke: var(--via-line); }
.resort { fill: var(--resort); stroke: var(--resort-line); }
.link { fill: none; stroke: var(--line); stroke-width: 1.5; }
.loop { fill: none; stroke: var(--resort-line); stroke-width: 1.5; }
.tip { fill: var(--line); }
.key { fill: var(--key); }
.key-text { fill: var(--key-ink); font-weight: 700; }
.strong { font-weight: 700; }
.soft { fill: var(--soft); }
""".strip()

_WIDE: Final = frozenset("mwMW@%")
_NARROW: Final = frozenset("iljtfrI.,:;'|!()[] ·-")

_BOLD: Final = 1.12
"""How much wider a bold text is."""


def text_width(text: str, size: float) -> float:
    """About how wide a text is in a system font, rather too wide than too narrow."""
    return sum(map(_em, text)) * size


def _em(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in {"W", "F"}:
        return 1.05
    if char in _NARROW:
        return 0.38
    return 0.95 if char in _WIDE else 0.72 if char.isupper() else 0.61


def fitted(text: str, size: float, width: float) -> str:
    """A text cut, with an ellipsis, to what ``width`` has room for."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, size: float, width: float) -> list[str]:
    """A text in lines of ``width`` at most; a word that is wider is cut."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [fitted(line, size, width) for line in lines if line]


@dataclass
class Canvas:
    """A drawing under way.

    Attributes:
        title: shown at the top.
        y: where the next thing is laid.
    """

    title: str
    y: float = MARGIN
    _under: list[str] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text(MARGIN, 42, self.title, size=20, style="strong", width=WIDTH - 2 * MARGIN)
        self.y = 60

    def room(self, height: float, keep: float = 0) -> float:
        """Lay something of this height: where it begins, on the next page if need be.

        Args:
            height: of what is laid.
            keep: units after it that have to be on the same page.
        """
        left = PAGE - self.y % PAGE
        if left < height + keep <= PAGE - 2 * MARGIN:
            self.y += left + MARGIN
        top = self.y
        self.y += height
        return top

    def heading(self, text: str, keep: float = 60) -> None:
        """A heading, on the page where the ``keep`` units after it are."""
        top = self.room(40, keep)
        self.text(MARGIN, top + 27, text, size=15, style="strong", width=WIDTH - 2 * MARGIN)

    def text(  # noqa: PLR0913
        self, x: float, y: float, text: str, *, size: float = 12, style: str = "", width: float
    ) -> None:
        """One line, its base at ``y``, cut to ``width``; a pointer over it shows it whole."""
        shown = fitted(text, size * _BOLD if style == "strong" else size, width)
        whole = f"<title>{escape(text)}</title>" if shown != text else ""
        kind = f' class="{style}"' if style else ""
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{kind}>{whole}{escape(shown)}</text>'
        )

    def box(self, x: float, y: float, width: float, height: float, style: str) -> None:
        """A box with rounded corners."""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"'
            f' class="{style}"/>'
        )

    def key(self, x: float, y: float, digit: str) -> None:
        """A key of the telephone, its middle at ``x``, ``y``."""
        self._parts.append(
            f'<circle cx="{x:g}" cy="{y:g}" r="12" class="key"/>'
            f'<text x="{x:g}" y="{y + 5:g}" font-size="14" text-anchor="middle"'
            f' class="key-text">{escape(digit)}</text>'
        )

    def line(self, *points: tuple[float, float], style: str = "link", tip: bool = False) -> None:
        """A line through points, below all boxes, with an arrow's tip at its end if wished."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._under.append(f'<polyline points="{path}" class="{style}"/>')
        if tip:
            x, y = points[-1]
            self._parts.append(f'<path d="M{x:g},{y:g} l-7,-4 v8 z" class="tip"/>')

    def svg(self) -> str:
        """The drawing as it is now."""
        height = self.y + MARGIN
        printed = f"width: 277mm; height: {height * 277 / WIDTH:.1f}mm;"
        size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
        return "\n".join(
            (
                '<?xml version="1.0" encoding="UTF-8"?>',
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
                f"<title>{escape(self.title)}</title>",
                f"<style>{_STYLE}",
                f"@media print {{ svg:root {{ {printed} }} }}</style>",
                f'<rect width="{WIDTH}" height="{height:g}" class="paper"/>',
                *self._under,
                *self._parts,
                "</svg>\n",
            )
        )
