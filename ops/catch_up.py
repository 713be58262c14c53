"""Before Asterisk takes calls: the plan that all nodes have, when this one was away meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from ops.apply.others import is_shared, shared_plan
from siaga.errors import SiagaError
from siaga.plan import parse_plan
from siaga.plan.versions import Change, VersionStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.store.node_plans import SharedPlan
    from siaga.settings import Settings

WAIT_S: Final = 5.0
"""Longest that callers wait for a database that does not answer."""
_UNDEFINED_TABLE: Final = "42P01"
"""By appendix A of PostgreSQL's manual."""
_AWAY: Final = (
    "Basis data tidak menjawab: mulai dengan rencana yang ada di sini; router menyesuaikannya "
    "begitu terjangkau\nThe database does not answer: starting with the plan that is here; the "
    "router follows the others as soon as it can be reached"
)


async def catch_up(settings: Settings, say: Callable[[str], None]) -> None:
    """Take the plan of all nodes as the one to start with; whatever fails, the start goes on."""
    if not is_shared(settings):
        return
    try:
        async with asyncio.timeout(WAIT_S):
            plan = await shared_plan(settings)
    except (SQLAlchemyError, OSError, SiagaError) as error:
        if _lacks_table(error):
            return
        say(_AWAY)
        return
    if plan is not None:
        take(settings, plan, say)


def _lacks_table(error: Exception) -> bool:
    """The database answers, and no router has made its tables yet: there is no plan of all."""
    return getattr(getattr(error, "orig", None), "sqlstate", "") == _UNDEFINED_TABLE


def take(settings: Settings, plan: SharedPlan, say: Callable[[str], None]) -> None:
    """Make it the version to start with, unless it is."""
    folder = settings.home / "plan"
    store = VersionStore(folder)
    data = plan.text.encode()
    now = store.in_force
    if now is not None and now.version == plan.version:
        return
    try:
        version = parse_plan(data, f"plan of all nodes ({plan.version})").version
    except SiagaError as error:
        # Of a newer program, perhaps: 112 is answered by what there is.
        say(f"Rencana bersama tidak dapat dipakai / the shared plan cannot be used: {error}")
        return
    folder.mkdir(parents=True, exist_ok=True)
    store.keep(data)
    store.append(version, Change(plan.who, plan.why, "catch up", plan.approved))
    say(f"Rencana semua node diambil / took the plan of all nodes: {version}")
