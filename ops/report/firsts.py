"""Which agency the plan of a call rings first for its emergency."""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from siaga.plan import LoadedPlan, PlanError, load_plan
from siaga.plan.calendar import local
from siaga.plan.route import chain_of, entries

if TYPE_CHECKING:
    from pathlib import Path

    from router.calls.record import CallRecord

KEPT: Final = 32
"""Plans kept in memory; calls that follow each other are on few."""

_VERSION: Final = re.compile(r"[0-9a-f]{12}")


class Firsts:
    """Knows the plan in force and, beside its file, the text of each earlier version.

    Args:
        current: the plan in force, or the one to start with.
        in_force: file of the plan in force; beside it is a folder for each version.
    """

    def __init__(self, current: LoadedPlan, in_force: Path) -> None:
        self._current = current
        self._file = in_force
        self._others: OrderedDict[str, LoadedPlan | None] = OrderedDict()

    def of(self, record: CallRecord) -> str | None:
        """The first agency; None when nothing was chosen, or the plan of the call is not known."""
        loaded = self._plan(record.plan_version)
        if loaded is None or record.emergency not in loaded.plan.emergencies:
            return None
        plan = loaded.plan
        return entries(chain_of(plan, record.emergency, local(plan, record.began)))[0].agency

    def _plan(self, version: str | None) -> LoadedPlan | None:
        if version is None or version == self._current.version:
            return None if version is None else self._current
        # A version is part of a path: nothing else than what we make may become one.
        if not _VERSION.fullmatch(version):
            return None
        if version not in self._others:
            self._others[version] = self._read(version)
            if len(self._others) > KEPT:
                self._others.popitem(last=False)
        return self._others[version]

    def _read(self, version: str) -> LoadedPlan | None:
        try:
            loaded = load_plan(self._file.parent / version / self._file.name)
        except PlanError:
            return None
        return loaded if loaded.version == version else None
