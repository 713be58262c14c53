"""The proof as live state is held to it: what an override would do to callers until it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.menuspec import MenuSpec
from siaga.plan.proof import prove

if TYPE_CHECKING:
    from datetime import datetime

    from router.live.store import Prover
    from siaga.plan import Plan
    from siaga.plan.live import Live
    from siaga.plan.words import Words
    from siaga.settings import Settings


def prover(settings: Settings) -> Prover:
    """The proof with the menu in force; when that cannot be read, it hinders nobody."""

    def stories(plan: Plan, live: Live, begin: datetime, end: datetime) -> list[Words]:
        try:
            spec = MenuSpec.from_json(settings.compiled_plan.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return [example.story for example in prove(plan, spec, live, begin, end)]

    return stories
