"""The list of whom to call back, as the command line and the interface show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from router.callbacks.numbers import way

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.store.callbacks import CallbackStore, Task
    from siaga.plan import Plan

COUNTED: Final = timedelta(hours=24)
"""How far back calls without a usable number are counted."""


class CallbackDesk:
    """Lists and closes tasks.

    Args:
        store: the list.
        plan: gives the plan in force.
    """

    def __init__(self, store: CallbackStore, plan: Callable[[], Plan]) -> None:
        self._store = store
        self._plan = plan

    async def rows(self) -> dict[str, Any]:
        """The open tasks, the one due longest first, and how many callers cannot be called.

        Raises:
            SQLAlchemyError, OSError: the database does not work now.
        """
        now, plan = datetime.now(UTC), self._plan()
        tasks = await self._store.tasks(now)
        return {
            "tasks": [_row(task, plan, now) for task in tasks],
            "without_number": await self._store.unreachable(now - COUNTED),
        }

    async def close(self, task: int, who: str, why: str) -> None:
        """Close a task by hand.

        Raises:
            NotOpenError: there is no such task, or it is closed already.
            SQLAlchemyError, OSError: the database does not work now.
        """
        await self._store.close_task(task, who, why, datetime.now(UTC))


def _row(task: Task, plan: Plan, now: datetime) -> dict[str, Any]:
    zone = ZoneInfo(plan.centre.timezone)
    path = way(plan, task.number)
    return {
        "id": task.id,
        "number": task.number,
        "opened": task.opened.astimezone(zone).isoformat(timespec="seconds"),
        "last": task.last.astimezone(zone).isoformat(timespec="seconds"),
        "calls": task.calls,
        "outcome": task.outcome,
        "reason": task.reason,
        "node": task.node,
        "agency": task.agency,
        "emergency": task.emergency,
        "language": task.language,
        "tries": task.tries,
        "unanswered": task.unanswered,
        "due": task.due.astimezone(zone).isoformat(timespec="seconds"),
        "is_due": task.due <= now,
        "trying": task.trying,
        "trunk": path.trunk if path is not None else None,
    }
