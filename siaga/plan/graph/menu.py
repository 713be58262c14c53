"""The middle of the drawing: the menu as a tree of keys, each emergency in a row with its chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.graph.canvas import MARGIN, WIDTH, wrapped
from siaga.plan.graph.chains import draw_chains, height_of
from siaga.plan.graph.words import both, emergency_name, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from siaga.plan.graph.canvas import Canvas
    from siaga.plan.model import Menu, Plan, SubMenu

_TRUNK: Final = MARGIN + 14
_INDENT: Final = 40
_RIGHT: Final = 300
"""Where all emergencies' boxes end and their chains begin."""
_GAP: Final = 10
_BOX: Final = 44
_NAME: Final = 13
"""Size of an emergency's name; a long one has two lines, each ``_LINE`` high."""
_LINE: Final = 16


def draw_menu(canvas: Canvas, plan: Plan) -> None:
    """Lay the menu and everything its keys lead to, then what no key leads to."""
    _menu_box(canvas, plan.menu, emergency_name(plan, plan.menu.default))
    tree = _Tree(canvas, plan)
    tree.keys(plan.menu.digits.items(), _TRUNK)
    rest = [name for name in plan.emergencies if name not in tree.drawn]
    if rest:
        canvas.heading("Tanpa tombol / without a key")
        for name in rest:
            tree.emergency(name, None, _TRUNK)


def _menu_box(canvas: Canvas, menu: Menu, default: str) -> None:
    top = canvas.room(64)
    canvas.box(MARGIN, top, WIDTH - 2 * MARGIN, 54, "menu")
    canvas.text(MARGIN + 12, top + 21, "Menu", size=14, style="strong", width=60)
    x = MARGIN + 70.0
    for digit, language in menu.languages.items():
        canvas.key(x + 12, top + 17, digit)
        canvas.text(x + 30, top + 21, {"id": "Indonesia", "en": "English"}[language], width=90)
        x += 120
    nothing = f"tanpa tombol / nothing pressed: {default}"
    canvas.text(x + 12, top + 21, nothing, width=WIDTH - x - 2 * MARGIN)
    rules = (
        f"{menu.tries}x ditanya, jeda {seconds(menu.wait)}, telepon petugas berdering"
        f" paling lambat {seconds(menu.human_within)} / asked {menu.tries}x, a human's phone rings"
        f" within {seconds(menu.human_within)}"
    )
    canvas.text(MARGIN + 12, top + 43, rules, size=11, style="soft", width=WIDTH - 80)


def _name_lines(name: str, width: float) -> list[str]:
    lines = wrapped(name, _NAME * 1.12, width)
    return [*lines[:1], " ".join(lines[1:])] if lines[1:] else lines or [""]


class _Tree:
    """The rows below the menu.

    Attributes:
        drawn: emergencies that have their row; another key to one is a pointer.
    """

    def __init__(self, canvas: Canvas, plan: Plan) -> None:
        self.drawn: set[str] = set()
        self._canvas = canvas
        self._plan = plan

    def keys(self, digits: Iterable[tuple[str, str]], trunk: float) -> None:
        """Lay a row for each key of a menu, beside a trunk that joins them."""
        begin = self._canvas.y - _GAP
        end = begin
        for digit, name in sorted(digits, key=lambda item: (item[0] == "0", item[0])):
            menu = self._plan.menus.get(name)
            if menu is not None and name not in self._plan.emergencies:
                end = self._menu(name, menu, digit, trunk)
            else:
                end = self.emergency(name, digit, trunk)
        self._canvas.line((trunk, begin), (trunk, end))

    def _menu(self, name: str, menu: SubMenu, digit: str, trunk: float) -> float:
        canvas = self._canvas
        top = canvas.room(40 + _GAP, keep=70)
        middle = top + 20
        self._branch(digit, trunk, middle)
        canvas.box(trunk + 26, top, 420, 40, "menu")
        canvas.text(trunk + 36, top + 17, both(menu.name), style="strong", width=400)
        default = emergency_name(self._plan, menu.default)
        canvas.text(
            trunk + 36,
            top + 33,
            f"sub-menu {name}; tanpa tombol / nothing pressed: {default}",
            size=11,
            style="soft",
            width=400,
        )
        self.keys(menu.digits.items(), trunk + _INDENT)
        return middle

    def emergency(self, name: str, digit: str | None, trunk: float) -> float:
        """Lay the row of an emergency; where its middle is."""
        canvas, plan = self._canvas, self._plan
        again = name in self.drawn
        chosen = plan.emergencies.get(name)
        left = trunk + 26
        lines = _name_lines(emergency_name(plan, name), _RIGHT - left - 20)
        box = _BOX + (len(lines) - 1) * _LINE
        height = box if again or chosen is None else max(box, height_of(plan, chosen))
        top = canvas.room(height + _GAP)
        middle = top + _BOX / 2
        if digit is not None:
            self._branch(digit, trunk, middle)
        canvas.box(left, top, _RIGHT - left, box, "again" if again else "emergency")
        inside = _RIGHT - left - 20
        for index, line in enumerate(lines):
            y = top + 18 + index * _LINE
            canvas.text(left + 10, y, line, size=_NAME, style="strong", width=inside)
        if again or chosen is None:
            words = "lihat di atas / see above"
        else:
            words = chosen.name.en if chosen.name.en != chosen.name.id else name
        canvas.text(left + 10, top + box - 9, words, size=11, style="soft", width=inside)
        if chosen is not None and not again:
            self.drawn.add(name)
            draw_chains(canvas, plan, chosen, (_RIGHT, top))
        return middle

    def _branch(self, digit: str, trunk: float, middle: float) -> None:
        self._canvas.line((trunk, middle), (trunk + 26, middle))
        self._canvas.key(trunk, middle, digit)
