"""Another plan in force on both nodes for a while, and the one of before afterwards."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from tests.compose.desk import Desk, ScenarioError
from tests.compose.stack import NODES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

PLAN: Final = "/etc/siaga112/routing.yaml"


@asynccontextmanager
async def planned(desk: Desk, change: Callable[[Path], str]) -> AsyncIterator[None]:
    """The plan as ``change`` leaves its file; it gives what stood there before.

    Raises:
        ScenarioError: the stack has no plan of its own.
    """
    plan = desk.stack.plan
    if plan is None:
        raise ScenarioError("the stack has no plan of its own")
    before = change(plan)
    try:
        await applied(desk)
        yield
    finally:
        plan.write_text(before, encoding="utf-8")
        await applied(desk)


async def applied(desk: Desk) -> None:
    """What is in the plan's file comes in force, by one node for both."""
    await desk.command(next(iter(NODES)), "apply", PLAN)
