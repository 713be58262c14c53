"""What the page is given of a form: its fields with what is in them, and what is wrong there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from router.console.planning.groups import INNER, is_group

if TYPE_CHECKING:
    from router.console.planning.fields import Field
    from router.console.planning.tables import Column
    from siaga.plan import Problem
    from siaga.plan.source import Path, Position


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, as :class:`Filled`."""

    name: str
    column: Column
    value: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table.

    Attributes:
        name: by which it is taken away; empty: it is the blank one.
        problems: what is wrong with it, but not with one cell.
    """

    name: str
    cells: tuple[Cell, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """A field with what is in it.

    Attributes:
        value: as shown. ``english``: in the second language, for words.
        options: what may be chosen, what is chosen now among it.
        problems: what is wrong with it.
        rows: of a table; none: it can only be edited in the text, at ``place``.
    """

    field: Field
    value: str
    english: str
    options: tuple[str, ...]
    problems: tuple[Problem, ...]
    rows: tuple[Row, ...]
    place: Position

    @property
    def is_wrong(self) -> bool:
        """Whether it, a row or a cell of it is."""
        cells = (cell for row in self.rows for cell in row.cells)
        is_inside = any(row.problems for row in self.rows) or any(cell.problems for cell in cells)
        return bool(self.problems) or is_inside


@dataclass(frozen=True, slots=True)
class Part:
    """A form.

    Attributes:
        root: the part of the plan that it is for.
        title: what it is called in the plan; empty: it has a word of its own.
        within: title of the part that it is within, if it is.
        problems: what is wrong with it, but not with one field.
        place: of it in the text; None: it is not in it.
        options: names of parts that may be added within it; None: of any name.
    """

    root: Path
    title: str
    within: str
    fields: tuple[Filled, ...]
    problems: tuple[Problem, ...]
    place: Position | None
    options: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """As the page calls it."""
        return "/".join(str(part) for part in self.root)

    @property
    def kind(self) -> str:
        """Key of the word for such parts."""
        return str(self.root[-2] if len(self.root) > 1 else self.root[0])

    @property
    def group(self) -> str:
        """What it can be taken out of; empty: it cannot."""
        return "/".join(map(str, self.root[:-1])) if is_group(self.root[:-1]) else ""

    @property
    def inner(self) -> str:
        """What can be added within it, as a kind; empty: nothing."""
        return INNER.get(str(self.root[0]), "") if len(self.root) == 2 else ""

    @property
    def is_wrong(self) -> bool:
        """Whether anything of it is."""
        return bool(self.problems) or any(each.is_wrong for each in self.fields)

    @property
    def digest(self) -> str:
        """Another one whenever it is to be shown anew."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]
