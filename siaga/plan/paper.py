"""The menu of a plan that is only looked at: with the prompts' lengths estimated, not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.compile import compile_menu
from siaga.plan.voice import voice_plan
from siaga.prompts import estimated_ms, load_catalogue
from siaga.shared import shared

if TYPE_CHECKING:
    from siaga.menuspec import MenuSpec
    from siaga.plan.loader import LoadedPlan

PROMPTS: Final = shared("sounds", "prompts.yaml")


def paper_menu(loaded: LoadedPlan) -> MenuSpec:
    """The compiled menu of a plan for which no sound has been made.

    Raises:
        PromptsError: the texts of the prompts cannot be used.
    """
    lengths = estimated_ms(voice_plan(loaded.plan), load_catalogue(PROMPTS))
    return compile_menu(loaded.plan, loaded.version, lengths)
