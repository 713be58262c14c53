"""Why a well-formed plan is not put in force: callers it could leave without a human."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.plan.proven import unproven

if TYPE_CHECKING:
    from siaga.menuspec import MenuSpec
    from siaga.plan import LoadedPlan


def refusals(loaded: LoadedPlan, spec: MenuSpec) -> tuple[str, ...]:
    """Each way in which somebody could be stranded, as a line with its place; none: proven."""
    return tuple(problem.line(loaded.file) for problem in unproven(loaded, spec))
