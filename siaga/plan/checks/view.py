"""A plan as the checks see it: its parts, where they stand, and which names there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.plan.problems import Problem
from siaga.plan.repair import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.plan.model import Chain, Plan
    from siaga.plan.source import Path, Source
    from siaga.plan.words import Words

_NEVER: Final = frozenset((NOBODY,))


@dataclass(frozen=True, slots=True)
class View:
    """A plan to be checked.

    Attributes:
        whole: the file with its mistakes, when the plan is what is left without them.
    """

    plan: Plan
    source: Source
    whole: Source | None = None

    @property
    def partial(self) -> bool:
        """Whether parts of the plan are broken."""
        return self.whole is not None

    def key(self, path: Path, what: Words, todo: Words, code: str) -> Problem:
        """A problem with a key, or with an item of a list."""
        return Problem(self.source.position(path), what, todo, code)

    def value(self, path: Path, what: Words, todo: Words, code: str) -> Problem:
        """A problem with a value."""
        return Problem(self.source.value_position(path), what, todo, code)

    def names(self, kind: str) -> frozenset[str]:
        """Names the file has of agencies, emergencies, menus, schedules or areas."""
        found = (self.whole or self.source).at((kind,))
        texts = found if isinstance(found, dict | list) else ()
        return frozenset(name for name in texts if isinstance(name, str)) - _NEVER

    def is_meant(self, name: str | None) -> bool:
        """Whether a name is the plan's own, not one that stands for a broken part."""
        return name is not None and name != NOBODY

    def chains(self) -> Iterator[tuple[Path, Chain]]:
        """Every chain of the emergencies, with where it stands."""
        for name, emergency in self.plan.emergencies.items():
            at: Path = ("emergencies", name)
            yield at, emergency
            for schedule, chain in emergency.during.items():
                yield (*at, "during", schedule), chain
