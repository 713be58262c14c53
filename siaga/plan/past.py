"""The plans that past calls began with, read from their texts."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from siaga.plan.loader import LoadedPlan, load_plan
from siaga.plan.problems import PlanError

if TYPE_CHECKING:
    from pathlib import Path

KEPT: Final = 32
"""Plans kept in memory; calls that follow each other are on few."""

_VERSION: Final = re.compile(r"[0-9a-f]{12}")


class PlansOfCalls:
    """Finds the text of each version, which is never removed.

    Args:
        in_force: file of the plan in force; beside it is a folder for each version.
        current: a plan that need not be read.
    """

    def __init__(self, in_force: Path, current: LoadedPlan | None = None) -> None:
        self._file = in_force
        self._current = current
        self._others: OrderedDict[str, LoadedPlan | None] = OrderedDict()

    def of(self, version: str | None) -> LoadedPlan | None:
        """The plan of a version; None: its text is not there, or is no longer a plan."""
        if self._current is not None and version == self._current.version:
            return self._current
        # A version is part of a path: nothing else than what we make may become one.
        if version is None or not _VERSION.fullmatch(version):
            return None
        if version not in self._others:
            self._others[version] = self._read(version)
            if len(self._others) > KEPT:
                self._others.popitem(last=False)
        return self._others[version]

    def come(self, version: str) -> bool:
        """Whether the text of a version that was not there is there now."""
        if self._others.get(version) is not None:
            return False
        self._others.pop(version, None)
        return self.of(version) is not None

    def _read(self, version: str) -> LoadedPlan | None:
        try:
            loaded = load_plan(self._file.parent / version / self._file.name)
        except PlanError:
            return None
        return loaded if loaded.version == version else None
