"""What is wrong with a plan: a problem, all of them as an error, the hint of a nearest name."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from siaga.errors import SiagaError
from siaga.plan.hostile import Position
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SHOWN: Final = 12
"""Known names that a hint tells; of more it tells how many."""

_NONE: Final = Words(
    "belum ada satu pun: tambahkan, atau hapus ini", "there is none yet: add it, or remove this"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a plan.

    Attributes:
        code: short and stable, for machines.
    """

    position: Position
    what: Words
    todo: Words
    code: str = "form"

    def line(self, file: str) -> str:
        """The problem as editors and people read it: ``file:line:column: what; what to do``.

        The English stands on a line of its own below.
        """
        place = f"{file}:{self.position.line}:{self.position.column}"
        return f"{place}: {self.what.id}; {self.todo.id}\n    {self.what.en}; {self.todo.en}"


class PlanError(SiagaError):
    """The plan cannot be used.

    Attributes:
        file: what the plan is called.
        problems: all of them, in the order of the file, none twice.
    """

    code = "plan"

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = sorted(
            dict.fromkeys(problems), key=lambda p: (p.position.line, p.position.column)
        )
        super().__init__("\n".join(problem.line(file) for problem in self.problems))


def unread(error: OSError) -> Problem:
    """The problem of a file that cannot be read at all."""
    why = error.strerror
    return Problem(
        Position(1, 1),
        Words(f"tidak dapat dibaca: {why}", f"cannot be read: {why}"),
        Words("periksa nama dan izin bacanya", "check the name and who may read it"),
        "file",
    )


def did_you_mean(name: str) -> Words:
    """The hint of a name that was probably meant."""
    return Words(f"mungkin maksud Anda '{name}'?", f"did you mean '{name}'?")


def nearest(name: str, known: Collection[str]) -> Words:
    """A hint naming the nearest known name, or all of them when none is near."""
    if not known:
        return _NONE
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return did_you_mean(close[0])
    shown = ", ".join(sorted(known)[:SHOWN])
    more = len(known) - SHOWN
    hint = Words(f"yang dikenal: {shown}", f"known are: {shown}")
    return hint + Words(f" dan {more} lagi", f" and {more} more") if more > 0 else hint
