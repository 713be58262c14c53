"""The routing plan: ``routing.yaml`` read, checked and compiled.

Outsiders use :func:`load_plan`, :class:`Plan`, :func:`route` and :func:`compile_menu`.
"""

from siaga.plan.compile import compile_menu
from siaga.plan.loader import LoadedPlan, load_plan, parse_plan
from siaga.plan.model import Plan
from siaga.plan.problems import PlanError, Problem
from siaga.plan.route import Step, last_resort, route, transfer_route

__all__ = [
    "LoadedPlan",
    "Plan",
    "PlanError",
    "Problem",
    "Step",
    "compile_menu",
    "last_resort",
    "load_plan",
    "parse_plan",
    "route",
    "transfer_route",
]
