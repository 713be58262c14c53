"""What the proof finds, as problems of the plan's file: each with its place and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.menu import too_long
from siaga.plan.problems import Problem
from siaga.plan.proof import prove
from siaga.plan.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from siaga.menuspec import MenuSpec
    from siaga.plan.loader import LoadedPlan

STRANDED: Final = "stranded"
TOO_LONG: Final = "too_long"

_RING: Final = Words(
    "sebut siapa lagi yang berdering (overflow, cover, last_resort), atau persingkat sebelumnya",
    "name who else is rung (overflow, cover, last_resort), or shorten what comes before",
)
_SHORTEN: Final = Words(
    "persingkat teksnya, atau naikkan menu.human_within",
    "shorten its text, or raise menu.human_within",
)


def unproven(loaded: LoadedPlan, spec: MenuSpec) -> Iterator[Problem]:
    """Every way in which a caller could be stranded, one a cause; none: the plan is proven.

    Args:
        loaded: a plan without mistakes.
        spec: its menu, with the lengths of the prompts, measured or estimated.
    """
    for prompt in too_long(spec):
        language, _, name = prompt.partition("/")
        what = Words(
            f"suara {name} ({language}) tidak menyisakan waktu menjawab sebelum human_within",
            f"prompt {name} ({language}) leaves no time for an answer before human_within",
        )
        path = ("announcements", name.removeprefix("announce-"))
        at = path if loaded.source.has(path) else ("menu", "human_within")
        yield Problem(loaded.source.position(at), what, _SHORTEN, TOO_LONG)
    for example in prove(loaded.plan, spec):
        story = example.story
        if example.others:
            story += Words(
                f" (dan {example.others} jalur panggilan serupa)",
                f" (and {example.others} more ways of calls like it)",
            )
        yield Problem(loaded.source.position(example.path), story, _RING, STRANDED)
