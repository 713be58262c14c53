"""The same command twice, by a double click or a form sent again, is done once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

_T = TypeVar("_T")

AGAIN_S: Final = 3.0
"""So long after its end a command is the same one; later somebody means it anew."""
MOST: Final = 500
"""Commands remembered; beyond, those that are over are forgotten, the oldest first."""


@dataclass(frozen=True, slots=True)
class _Doing(Generic[_T]):
    task: asyncio.Task[_T]
    began: float


class Once(Generic[_T]):
    """Runs commands, each to its end: who asked may go away meanwhile."""

    def __init__(self) -> None:
        self._doing: OrderedDict[Hashable, _Doing[_T]] = OrderedDict()

    async def do(self, key: Hashable, work: Callable[[], Coroutine[None, None, _T]]) -> _T:
        """What the command of this key came to; what it raises is raised to all who asked.

        One that failed is done again when it is asked for again.
        """
        loop = asyncio.get_running_loop()
        known = self._doing.get(key)
        if known is None or self._is_past(known, loop.time()):
            self._doing.pop(key, None)
            task = loop.create_task(work())
            task.add_done_callback(lambda done: self._over(key, done))
            known = self._doing[key] = _Doing(task, loop.time())
            self._forget()
        return await asyncio.shield(known.task)

    def _over(self, key: Hashable, task: asyncio.Task[_T]) -> None:
        known = self._doing.get(key)
        if known is None or known.task is not task:
            return
        if task.cancelled() or task.exception() is not None:
            del self._doing[key]
        else:
            self._doing[key] = _Doing(task, asyncio.get_running_loop().time())

    def _is_past(self, known: _Doing[_T], now: float) -> bool:
        return known.task.done() and now - known.began > AGAIN_S

    def _forget(self) -> None:
        for key in [key for key, each in self._doing.items() if each.task.done()]:
            if len(self._doing) <= MOST:
                return
            del self._doing[key]
