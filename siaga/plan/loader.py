"""Load a plan: all problems at once, each with file, line, column and what to do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from siaga.plan.checks import View, cross_check
from siaga.plan.mistakes import mistakes
from siaga.plan.model import Plan
from siaga.plan.problems import PlanError, Problem, unread
from siaga.plan.repair import repaired
from siaga.plan.source import MAX_BYTES, Source, SourceError, parse

if TYPE_CHECKING:
    import pathlib

MAX_PROBLEMS: Final = 100
"""Told at once, of each kind; nobody reads more."""

__all__ = ["LoadedPlan", "PlanError", "Problem", "load_plan", "parse_plan"]


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """A plan with the version it is known by.

    Attributes:
        version: a hash of its text, 12 hex digits.
        source: its text taken apart: where each part of the plan stands.
    """

    plan: Plan
    version: str
    file: str
    source: Source = field(default_factory=lambda: Source(None, {}), repr=False, compare=False)


def load_plan(path: pathlib.Path) -> LoadedPlan:
    """Read and check the plan at ``path``.

    Raises:
        PlanError: with every problem found.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PlanError(str(path), [unread(error)]) from error
    return parse_plan(data, str(path))


def parse_plan(data: bytes, file: str = "routing.yaml") -> LoadedPlan:
    """Check the plan whose text is ``data``; ``file`` is what errors call it.

    Raises:
        PlanError: with every problem found.
    """
    try:
        source = parse(data)
    except SourceError as error:
        problems = [Problem(r.position, r.what, r.todo, "yaml") for r in error.refusals]
        raise PlanError(file, problems) from error
    try:
        plan = Plan.model_validate(source.value)
    except ValidationError as error:
        raise PlanError(file, _all_problems(source, error)) from error
    if problems := list(islice(cross_check(View(plan, source)), MAX_PROBLEMS)):
        raise PlanError(file, problems)
    return LoadedPlan(plan, hashlib.sha256(data).hexdigest()[:12], file, source)


def _all_problems(source: Source, error: ValidationError) -> list[Problem]:
    """Problems of form, and those between parts that can be judged in spite of them."""
    problems = list(islice(mistakes(source, error), MAX_PROBLEMS))
    # So many mistakes are no plan: nothing else can be said about it.
    repair = repaired(source, error) if error.error_count() < MAX_PROBLEMS else None
    if repair is not None:
        problems += islice(cross_check(View(*repair, whole=source)), MAX_PROBLEMS)
    return problems
