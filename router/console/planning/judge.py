"""What is wrong with a plan's text, by the loader and the proof that putting it in force asks."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from siaga.plan import PlanError, parse_plan
from siaga.plan.paper import paper_menu
from siaga.plan.proven import unproven
from siaga.plan.source import SourceError, parse

if TYPE_CHECKING:
    from siaga.plan import LoadedPlan, Problem
    from siaga.plan.source import Source


@dataclass(frozen=True, slots=True)
class Judged:
    """A text, judged.

    Attributes:
        text: of the plan.
        loaded: the plan; None: it is none.
        source: its values and where they stand; None: it is no YAML of ours.
        problems: what is wrong, in the order of the text.
        proven: nobody can be stranded; meaningful for a plan alone.
    """

    text: str
    loaded: LoadedPlan | None
    source: Source | None
    problems: tuple[Problem, ...]
    proven: bool = False


class Judge:
    """Judges one text after the other, in a thread of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="plan-judge")
        self._last: Judged | None = None

    def close(self) -> None:
        """Let go of the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def judge(self, text: str) -> Judged:
        """What is wrong with a text; the same one again costs nothing."""
        last = self._last
        if last is not None and last.text == text:
            return last
        found = await asyncio.get_running_loop().run_in_executor(self._thread, judged, text)
        self._last = found
        return found


def judged(text: str) -> Judged:
    """What is wrong with a text."""
    data = text.encode("utf-8", "replace")
    try:
        loaded = parse_plan(data)
    except PlanError as error:
        return Judged(text, None, _source(data), tuple(error.problems))
    problems = tuple(unproven(loaded, paper_menu(loaded)))
    return Judged(text, loaded, loaded.source, problems, proven=not problems)


def _source(data: bytes) -> Source | None:
    try:
        return parse(data)
    except SourceError:
        return None
