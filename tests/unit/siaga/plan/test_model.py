"""The plan as it was read, and changed copies of it."""

from __future__ import annotations

from siaga.plan import load_plan
from siaga.settings import PROJECT

PLAN = load_plan(PROJECT / "plans" / "contoh-lengkap.yaml").plan


def test_a_changed_copy_knows_its_own_handsets() -> None:
    """What was reckoned of the plan before the copy is not the copy's, and the plan keeps it."""
    every = PLAN.extensions
    assert PLAN.browsers
    name = next(iter(PLAN.agencies))
    less = PLAN.model_copy(
        update={"agencies": {key: one for key, one in PLAN.agencies.items() if key != name}}
    )
    assert set(less.extensions) == set(every) - set(PLAN.agencies[name].extensions)
    assert set(less.browsers) < set(every)
    assert name not in less.browsers.values()
    assert PLAN.extensions is every
    assert PLAN.model_copy() == PLAN
