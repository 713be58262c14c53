"""Check of the routing plan, and what other checks need to know of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from ops.doctor.finding import fail, ok, warn
from siaga.plan import PlanError, load_plan
from siaga.plan.versions import VersionStore
from siaga.shared import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.doctor.finding import Finding
    from siaga.plan import Plan
    from siaga.settings import Settings

DEFAULT_ZONE: Final = "Asia/Makassar"
DEFAULT_LANGUAGES: Final = ("id", "en")


def plan(settings: Settings) -> Iterator[Finding]:
    """The plan this instance starts with is valid, and the one given is the one in force."""
    entry = VersionStore(settings.home / "plan").in_force
    try:
        loaded = load_plan(settings.plan)
    except PlanError as error:
        # With an earlier plan in force, the centre goes on by that one.
        say = warn if entry or settings.compiled_plan.exists() else fail
        first, *others = error.problems
        yield say(
            "plan",
            first.line(error.file) + (f" (+{len(others)})" if others else ""),
            f"Lihat semuanya dengan: {COMMAND} check {settings.plan}",
            f"See all of it by: {COMMAND} check {settings.plan}",
        )
        return
    if entry is not None and entry.version != loaded.version:
        yield warn(
            "plan",
            f"{settings.plan}: {loaded.version}; berlaku / in force: {entry.version} "
            f"(versi / version {entry.number})",
            f"Terapkan dengan: {COMMAND} apply {settings.plan}",
            f"Apply it by: {COMMAND} apply {settings.plan}",
        )
    else:
        yield ok("plan", f"{settings.plan}: {loaded.version}")


def _current(settings: Settings) -> Plan | None:
    """The plan in force, else the one given; None where neither can be read."""
    for file in (settings.plan_in_force, settings.plan):
        with contextlib.suppress(PlanError):
            return load_plan(file).plan
    return None


def zone_name(settings: Settings) -> str:
    """The time zone the plan names; Kutai Timur's where the plan cannot be read."""
    found = _current(settings)
    return DEFAULT_ZONE if found is None else found.centre.timezone


def languages(settings: Settings) -> tuple[str, ...]:
    """The languages callers are spoken to in; both where the plan cannot be read."""
    found = _current(settings)
    return DEFAULT_LANGUAGES if found is None else found.centre.languages
