"""What went wrong while prompts were made, and how the person who starts the centre is told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMED: Final = 5
"""Prompts named in one warning; a tool that is broken spoils all of them."""


class Kind(Enum):
    """What happened, Indonesian and English."""

    TAKE = (
        "Rekaman tidak dapat dipakai, suara sintetis menggantikannya",
        "A recording cannot be used, the synthetic voice replaces it",
    )
    OUTDATED = (
        "Rekaman ini mengatakan yang lain dari rencana, suara bawaan menggantikannya; rekam lagi",
        "This recording is of other words than the plan's, the delivered voice speaks; record anew",
    )
    STRAY = (
        "Rekaman ini tidak pernah terdengar, namanya harus <prompt>.wav (lihat sounds/README.md)",
        "This recording is never heard, its name must be <prompt>.wav (see sounds/README.md)",
    )
    SILENT = ("Suara tidak dapat dibuat", "Prompts could not be made")
    EARLIER = (
        "Suara tidak dapat dibuat lagi, yang dibuat sebelumnya dipakai",
        "Prompts could not be made again, those made earlier are used",
    )
    CACHE = (
        "Suara tidak dapat disimpan dan dibuat lagi setiap kali mulai",
        "Prompts could not be kept and are made again at every start",
    )
    PLACE = ("Suara tidak dapat ditulis", "Prompts could not be written")
    OLD = ("Suara lama tidak dapat dihapus", "Old prompts could not be removed")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that went wrong.

    Attributes:
        what: the prompt or file.
        cause: what the tool or the system said; may be empty.
    """

    kind: Kind
    what: str
    cause: str = ""


def warnings(troubles: Iterable[Trouble]) -> Iterator[str]:
    """One warning for all prompts with the same trouble, a line a language."""
    grouped: dict[tuple[Kind, str], list[str]] = defaultdict(list)
    for trouble in troubles:
        grouped[trouble.kind, trouble.cause].append(trouble.what)
    for (kind, cause), what in grouped.items():
        named = ", ".join(what[:_NAMED]) + (f", … ({len(what)})" if what[_NAMED:] else "")
        reason = f" ({cause})" if cause else ""
        yield "\n".join(f"{sentence}: {named}{reason}." for sentence in kind.value)
