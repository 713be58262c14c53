"""What is told to people, in Indonesian and in English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Words:
    """The same in both languages."""

    id: str
    en: str

    def __add__(self, more: Words) -> Words:
        """These words and, after them, ``more``."""
        return Words(self.id + more.id, self.en + more.en)


def same(text: str) -> Words:
    """A name or another text that has no languages."""
    return Words(text, text)


def joined(separator: str, parts: Iterable[Words]) -> Words:
    """All parts, with a separator between them."""
    listed = list(parts)
    return Words(
        separator.join(part.id for part in listed), separator.join(part.en for part in listed)
    )


class FormError(ValueError):
    """A value has the wrong form.

    Attributes:
        what: is wrong.
        todo: to mend it.
    """

    def __init__(self, what: Words, todo: Words) -> None:
        super().__init__(f"{what.en}: {todo.en}")
        self.what = what
        self.todo = todo
