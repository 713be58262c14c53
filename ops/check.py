"""``siaga112 check``: everything wrong with a routing plan, for people or for machines."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from siaga.plan import PlanError, load_plan
from siaga.plan.paper import paper_menu
from siaga.plan.proven import unproven

if TYPE_CHECKING:
    from pathlib import Path

    from siaga.plan import LoadedPlan, Problem


def check(path: Path, *, as_json: bool) -> int:
    """Print all problems of the plan at ``path``, or its version; the exit status, 1 if invalid."""
    problems: list[Problem] = []
    loaded: LoadedPlan | None = None
    try:
        loaded = load_plan(path)
        problems = list(unproven(loaded, paper_menu(loaded)))
    except PlanError as error:
        problems = error.problems
    valid = loaded is not None and not problems
    if as_json:
        text = json.dumps(_report(path, loaded, problems), ensure_ascii=False)
    elif valid and loaded is not None:
        text = _summary(loaded)
    else:
        text = _lines(str(path), problems)
    sys.stdout.write(text + "\n")
    return 0 if valid else 1


def _summary(loaded: LoadedPlan) -> str:
    plan = loaded.plan
    counts = f"{len(plan.agencies)} instansi / agencies, {len(plan.emergencies)} kedaruratan / "
    return f"{loaded.file}: sah / valid; versi / version {loaded.version}; {counts}emergencies"


def _lines(file: str, problems: list[Problem]) -> str:
    count = len(problems)
    noun = "problem" if count == 1 else "problems"
    lines = [problem.line(file) for problem in problems]
    return "\n".join((*lines, f"{file}: {count} masalah / {noun}"))


def _report(path: Path, loaded: LoadedPlan | None, problems: list[Problem]) -> dict[str, Any]:
    return {
        "file": str(path),
        "valid": loaded is not None and not problems,
        "version": loaded.version if loaded is not None else None,
        "problems": [
            {
                "file": str(path),
                "line": problem.position.line,
                "column": problem.position.column,
                "code": problem.code,
                "what": asdict(problem.what),
                "todo": asdict(problem.todo),
            }
            for problem in problems
        ],
    }
