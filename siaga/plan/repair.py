"""What can still be judged of a plan with mistakes of form: the plan without its broken parts.

A part that must be there is replaced by one that leads to :data:`NOBODY`, a name no check looks at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from siaga.plan.model import Plan

if TYPE_CHECKING:
    from siaga.plan.source import Path, Source

NOBODY: Final = "nobody_knows"
"""Stands for each name that is missing or broken."""

_ROUNDS: Final = 12
_CENTRE: Final = {"name": "x", "timezone": "UTC"}
_STAND_INS: Final[dict[tuple[str, ...], Any]] = {
    ("centre",): _CENTRE,
    ("centre", "name"): "x",
    ("centre", "timezone"): "UTC",
    ("agencies",): {NOBODY: {"name": "x"}},
    ("agencies", "*", "name"): "x",
    ("emergencies",): {NOBODY: {"name": "x", "agency": NOBODY}},
    ("emergencies", "*", "name"): "x",
    ("emergencies", "*", "agency"): NOBODY,
    ("emergencies", "*", "during", "*", "agency"): NOBODY,
    ("menu",): {"digits": {"0": NOBODY}, "default": NOBODY},
    ("menu", "digits"): {"0": NOBODY},
    ("menu", "default"): NOBODY,
    ("menus", "*", "name"): "x",
    ("menus", "*", "digits"): {"0": NOBODY},
    ("menus", "*", "default"): NOBODY,
    ("last_resort",): {"agency": NOBODY},
    ("last_resort", "agency"): NOBODY,
}


def repaired(source: Source, error: ValidationError) -> tuple[Plan, Source] | None:
    """The plan without what ``error`` complains of, and its source; None when nothing is left."""
    for _ in range(_ROUNDS):
        if not isinstance(source.value, dict):
            return None
        paths = [_path(detail["loc"], source) for detail in error.errors(include_url=False)]
        source = source.without(_dropped(paths, source))
        for path in paths:
            _stand_in(path, source)
        try:
            return Plan.model_validate(source.value), source
        except ValidationError as again:
            error = again
    return None


def _path(loc: tuple[str | int, ...], source: Source) -> Path:
    """The path in the file that a complaint is about; one part longer when it is missing there."""
    path: Path = tuple(part for part in loc if part != "[key]")
    while len(path) > 1 and not source.has(path[:-1]):
        path = path[:-1]
    return path


def _dropped(paths: list[Path], source: Source) -> set[Path]:
    dropped = set()
    for path in paths:
        if source.has(path):
            dropped.add(path)
        elif _pattern(path) not in _STAND_INS:
            # Something that must be there is not, and nothing can stand for it.
            dropped.add(path[:-1])
    return dropped


def _stand_in(path: Path, source: Source) -> None:
    value = _STAND_INS.get(_pattern(path))
    above = source.at(path[:-1])
    if value is not None and isinstance(above, dict):
        above.setdefault(str(path[-1]), value)


def _pattern(path: Path) -> tuple[str, ...]:
    """A path of names as the table has it: a name given by the plan's author is ``*``."""
    given = {"agencies": 1, "emergencies": 1, "menus": 1}
    parts = [str(part) for part in path]
    if parts and parts[0] in given and len(parts) > 1:
        parts[1] = "*"
        if parts[0] == "emergencies" and len(parts) > 3 and parts[2] == "during":
            parts[3] = "*"
    return tuple(parts)
