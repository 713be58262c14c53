"""Keeps this node on the plan that all have: after it was away, or was left alone half-way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.applying import NotAppliedError, Told
from router.store.node_plans import SharedPlan, in_force, lock, put

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from router.applying import Applying
    from router.plans import Plans

log = structlog.get_logger(__name__)

LOOK_S: Final = 5.0
SETTLE_S: Final = 1.0
"""After a change the router may not have read yet what is in force here."""
REFUSED_S: Final = 60.0
"""A plan that was refused here is tried again after so long."""


@dataclass(slots=True)
class Together:
    """One for a router.

    Attributes:
        engine: of the shared database.
        plans: the one in force here.
        applying: puts another one in force here.
    """

    engine: AsyncEngine
    plans: Plans
    applying: Applying

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            pause = LOOK_S
            try:
                await self.look()
            except (SQLAlchemyError, OSError):
                pass  # The heart tells that the database is away.
            except NotAppliedError as error:
                log.error("shared_plan_refused", code=error.code, reason=str(error)[:500])  # noqa: TRY400 (no trace)
                pause = REFUSED_S
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """Have the plan of all in force here, unless one is being changed just now.

        Raises:
            SQLAlchemyError, OSError: the database does not work now.
            NotAppliedError: it is refused here.
        """
        plan = await in_force(self.engine)
        if plan is not None and plan.version == self.plans.version:
            return
        async with lock(self.engine) as mine:
            if not mine:
                return
            plan = await in_force(self.engine)
            await asyncio.sleep(SETTLE_S)
            if plan is None:
                await self._first()
            elif plan.version != self.plans.version:
                log.warning("shared_plan_followed", plan=plan.version, here=self.plans.version)
                told = Told(plan.who, plan.why, "database", plan.approved, proven=True)
                await self.applying.here(plan.text, told)

    async def _first(self) -> None:
        """Nodes of before had no common plan: the first that looks says which it is."""
        text = await asyncio.to_thread(self.plans.text)
        await put(self.engine, SharedPlan(self.plans.version, text, "siaga112", "first start"))
