"""Gives operators the next caller to call back, and keeps what became of each try.

An operator's call asks by an event of the dialplan; the answer is a variable of its channel. It is
the dialplan that dials, for as long as the operator stays on the line.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.ami import AmiError, SetVar
from router.callbacks import attempt as attempts
from router.callbacks.numbers import way
from router.store.refusal import is_refusal
from siaga.names import NOBODY, SEPARATOR, Var

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from router.ami import AmiLink
    from router.callbacks.attempt import Try
    from router.calls.events import CelEvent
    from router.store.callbacks import CallbackStore
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

REMEMBERED: Final = 1_000
"""Tries in memory; the oldest is dropped first, and stays as it is kept."""
RETRY_S: Final = 1.0
"""From a failed write to the next."""


def _utc() -> datetime:
    return datetime.now(UTC)


class Callbacks:
    """The router's part in calling back.

    Args:
        node: name of the Asterisk node.
        link: the AMI connection of the account that moves calls.
        store: the list.
        plan: gives the plan in force.
        now: wall clock, aware.
    """

    def __init__(
        self,
        node: str,
        link: AmiLink,
        store: CallbackStore,
        plan: Callable[[], Plan],
        *,
        now: Callable[[], datetime] = _utc,
    ) -> None:
        self._node = node
        self._link = link
        self._store = store
        self._plan = plan
        self._now = now
        self._tries: dict[str, Try] = {}
        self._asked: dict[str, str] = {}
        self._unkept: dict[str, Try] = {}
        self._work = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether all that was taken is kept: the place in the CEL file may be noted."""
        return not self._unkept

    def restore(self, tries: Iterable[Try]) -> None:
        """Take tries of which the end is not known; the CEL file tells it."""
        self._tries.update({attempt.call: attempt for attempt in tries})

    def take(self, event: CelEvent, *, live: bool) -> None:
        """Take an event, from AMI or from the CEL file; returns at once."""
        known = self._tries.get(event.linked)
        if known is None:
            if not attempts.begins(event):
                return
            self._begun(event, live=live)
            return
        changed = attempts.step(known, event)
        # The file tells it all once more, often when the call is over: until it has, the try stays.
        if attempts.ends(event) and not live:
            self._tries.pop(event.linked)
        else:
            self._tries[event.linked] = changed
        if changed != known:
            self._unkept[event.linked] = changed
            self._work.set()

    def _begun(self, event: CelEvent, *, live: bool) -> None:
        attempt = attempts.begin(event, self._node)
        if len(self._tries) >= REMEMBERED:
            del self._tries[next(iter(self._tries))]
        self._tries[event.linked] = attempt
        # Who is only known of by the file has heard by now that we were away.
        if live and attempt.handset in self._plan().extensions:
            self._asked[event.linked] = event.channel
            self._work.set()

    async def run(self) -> None:
        """Answer, and keep, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._answer_all()
                await self._keep_all()
            except (SQLAlchemyError, OSError) as error:
                cause = getattr(error, "orig", None) or error
                log.warning("callbacks_away", reason=str(cause)[:200])
                await asyncio.sleep(RETRY_S)
                self._work.set()

    async def _answer_all(self) -> None:
        while self._asked:
            call = next(iter(self._asked))
            channel = self._asked.pop(call)
            attempt = self._tries.get(call)
            if attempt is not None:
                await self._answer(attempt, channel)

    async def _answer(self, attempt: Try, channel: str) -> None:
        plan = self._plan()
        task = await self._store.claim(
            attempt, self._now(), lambda number: way(plan, number) is not None
        )
        path = way(plan, task.number) if task is not None else None
        given = NOBODY
        if task is not None and path is not None:
            given = SEPARATOR.join((str(task.id), path.number, path.trunk))
        try:
            await self._link.act(SetVar(channel, Var.CALLBACK, given))
        except AmiError as error:
            # The operator has left, or hears that we are away; the try ends as one not dialled.
            log.info("callback_not_given", call=attempt.call, reason=str(error)[:200])
            return
        log.info(
            "callback_given",
            call=attempt.call,
            handset=attempt.handset,
            task=task.id if task is not None else None,
        )

    async def _keep_all(self) -> None:
        while self._unkept:
            call, attempt = next(iter(self._unkept.items()))
            try:
                await self._store.put(attempt)
            except Exception as error:
                if not is_refusal(error):
                    raise
                log.error("callback_try_refused", call=call, error=type(error).__name__)  # noqa: TRY400
            # A later state may have come meanwhile.
            if self._unkept.get(call) == attempt:
                del self._unkept[call]
