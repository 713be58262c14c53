"""In which order those are served who wait for the same telephones: the plan's ``callers.rank``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from siaga.plan.model import RANKS

if TYPE_CHECKING:
    from siaga.plan.model import Plan, Rank

BROUGHT_IN: Final = 100
"""Priority of who is rung into a call that an officer has: a human has judged it."""
_STEP: Final = 10
_SPOKE: Final = _STEP // 2


def priorities(plan: Plan) -> dict[Rank, int]:
    """Priority in Asterisk's queues by rank: more is served first, the same in turn."""
    order = plan.callers.rank
    named = {rank: (len(order) - place) * _STEP for place, rank in enumerate(order)}
    return {rank: named.get(rank, 0) for rank in RANKS}


def spoke(plan: Plan) -> int:
    """Priority of a silent caller who was heard at last: before those of whom nothing is known."""
    return priorities(plan)["unknown"] + _SPOKE
