"""Seconds that the menu as dialplan decides by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siaga.menu import (
    ANNOUNCE,
    HANDOVER_MS,
    MENU,
    MIN_WAIT_MS,
    OPTIONS,
    RETRY_NO_INPUT,
    RETRY_NO_MATCH,
    prompt_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from siaga.menuspec import MenuSpec
    from siaga.plan import Plan


@dataclass(frozen=True, slots=True)
class NativeTimes:
    """Seconds the native menu decides by.

    Attributes:
        limit: from arrival, or from an answer that led on, to the menu's end.
        answer: silence that a prompt must leave time for.
        lengths: of the menus' prompts, by language and prompt; one that was not made is missing.
    """

    limit: float
    answer: float
    lengths: Mapping[str, Mapping[str, float]]


def native_times(plan: Plan, spec: MenuSpec) -> NativeTimes:
    """The times of a plan whose prompts are as long as ``spec`` says."""
    said = tuple(_prompts(plan))
    return NativeTimes(
        limit=(spec.human_within_ms - HANDOVER_MS) / 1000,
        answer=MIN_WAIT_MS / 1000,
        lengths={
            language: {name: files[name] / 1000 for name in said if files.get(name)}
            for language, files in spec.prompt_ms.items()
        },
    )


def _prompts(plan: Plan) -> Iterator[str]:
    """What the menus say."""
    for name in ("", *plan.menus):
        for prompt in (MENU, OPTIONS, RETRY_NO_INPUT, RETRY_NO_MATCH):
            yield prompt_of(prompt, name)
    for name in plan.announcements:
        yield prompt_of(ANNOUNCE, name)
