"""A plan as it goes in a test: with all ringing shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siaga.plan import Plan
    from siaga.plan.model import Chain, LastResort

M = TypeVar("M", bound=BaseModel)
C = TypeVar("C", "Chain", "LastResort")


def fast(plan: Plan, speed: float) -> Plan:
    """The plan as the dialplan has it under ``SIAGA_TEST_SPEED``."""

    def short(found: M, *names: str) -> M:
        """With these times shortened; one that is absent, or 0 for never, stays so."""
        times = {name: getattr(found, name) for name in names}
        return found.model_copy(update={n: max(1.0, t / speed) for n, t in times.items() if t})

    def chain(found: C, *names: str) -> C:
        rungs = tuple(short(rung, "ring") for rung in found.overflow)
        return short(found, "ring", *names).model_copy(update={"overflow": rungs})

    def each(found: Mapping[str, M], *names: str) -> dict[str, M]:
        return {key: short(value, *names) for key, value in found.items()}

    agencies = {
        name: short(agency, "pstn_ring").model_copy(update={"posts": each(agency.posts, "ring")})
        for name, agency in plan.agencies.items()
    }
    emergencies = {
        name: chain(found).model_copy(
            update={"during": {key: chain(other) for key, other in found.during.items()}}
        )
        for name, found in plan.emergencies.items()
    }
    last = chain(plan.last_resort, "pstn_ring", "everyone")
    return plan.model_copy(
        update={"agencies": agencies, "emergencies": emergencies, "last_resort": last}
    )
