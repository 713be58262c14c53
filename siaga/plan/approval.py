"""Whether the plan in force asks that a second person approves the next one."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from siaga.plan.source import SourceError, parse

SECOND_PERSON: Final = "second-person"


@lru_cache(maxsize=4)
def is_asked(data: bytes) -> bool:
    """Whether a plan's text asks for it; the word counts though the rest be no plan any more."""
    if SECOND_PERSON.encode() not in data:
        return False
    try:
        return parse(data).at(("centre", "approval")) == SECOND_PERSON
    except SourceError:
        return False
