"""Frees officers of silent callers: hears of calls, asks Asterisk and the database, has it done.

Nothing is kept of a call besides: after a restart, or whenever events may have been missed, the
calls that were up are ordinary ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import AmiError, GetVar, Redirect
from router.calls.record import LegKind, Source, StepResult
from router.dispatch.ear import whisper
from router.silence.rules import Free, Keep, Kept, Key, Seen, Silent, Sound, Tick, Warn, step
from siaga.names import LISTENED, SOUNDS, START, Context, Milestone, Var

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.ami import AmiLink
    from router.calls.events import CelEvent
    from router.calls.record import CallRecord
    from router.calls.state import CallState
    from router.calls.tracker import CallTracker
    from router.dispatch import Dispatcher
    from router.plans import Plans
    from router.silence.judged import Judged
    from router.silence.rules import Command, Event

log = structlog.get_logger(__name__)

REMEMBERED: Final = 1_000
"""Channels that were heard before their call was told of; the oldest goes first."""
PEER: Final = "BRIDGEPEER"
"""Variable of Asterisk's: the channel that this one talks with."""


class SilentCalls:
    """Frees officers of silent callers. :meth:`run` owns the work.

    Args:
        link: the AMI connection that acts.
        tracker: the calls.
        plans: the one in force, and those that calls began with.
        dispatcher: whoever else moves callers.
        judged: what was said of calls elsewhere.
        clock: a clock that is never set.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is a part of its own
        self,
        link: AmiLink,
        tracker: CallTracker,
        plans: Plans,
        dispatcher: Dispatcher,
        judged: Judged,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._tracker = tracker
        self._plans = plans
        self._dispatcher = dispatcher
        self._judged = judged
        self._clock = clock
        self._calls: dict[str, Silent] = {}
        self._heard: OrderedDict[str, None] = OrderedDict()
        self._hears = False
        self._group: asyncio.TaskGroup | None = None
        self._news = asyncio.Event()

    def take(self, event: CelEvent) -> None:
        """Take an event that AMI told; returns at once."""
        if event.kind == Milestone.ARRIVED:
            self._arrived(event)
        elif event.kind == Milestone.COMMAND:
            call, name = [*event.milestone(), ""][:2]
            self._step(call, Key(name))

    def talks(self, channel: str) -> None:
        """Take the channel of a caller of whom the first sound was heard."""
        self._hears = True
        for call in [known for known in self._calls.values() if known.channel == channel]:
            self._step(call.call, Sound())
            return
        # It may be told before the call is.
        self._heard[channel] = None
        if len(self._heard) > REMEMBERED:
            self._heard.popitem(last=False)

    def missed(self) -> None:
        """Events were missed: no call is known to be silent any more."""
        self._calls.clear()
        self._heard.clear()
        self._hears = False

    def changed(self, record: CallRecord) -> None:
        """Take a call whose record may have changed."""
        if record.id not in self._calls:
            return
        state = self._tracker.find(record.id)
        if state is None or record.ended is not None or state.hung_up is not None:
            del self._calls[record.id]
        elif record.source is not Source.LIVE:
            self._step(record.id, Keep("events missed"))
        else:
            self._step(record.id, self._seen(state))

    async def run(self) -> None:
        """Do what is due until cancelled."""
        async with asyncio.TaskGroup() as self._group:
            while True:
                due = [call.due for call in self._calls.values() if call.due is not None]
                self._news.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, min(due) - self._clock()) if due else None):
                        await self._news.wait()
                now = self._clock()
                for call in list(self._calls):
                    self._step(call, Tick(now))

    def _arrived(self, event: CelEvent) -> None:
        _path, version, _address, listened = [*event.milestone(), "", "", ""][:4]
        terms = self._plans.of(version).callers.silent
        state = self._tracker.find(event.linked)
        known = event.linked in self._calls or (state is not None and state.up)
        if terms is None or listened != LISTENED or known:
            return
        call = Silent(event.linked, event.channel, terms.listen)
        if event.channel in self._heard:
            call, _ = step(call, Sound())
        self._calls[event.linked] = call

    def _seen(self, state: CallState) -> Seen:
        record = state.record
        talking = [leg for leg in record.legs if leg.talks]
        ours = self._plans.of(record.plan_version).extensions
        return Seen(
            self._clock(),
            record.choice or "",
            tuple(leg.channel for leg in talking),
            # An outside number has no keys by which its officer could keep the caller.
            alone=not (state.moved or state.in_room or record.is_test)
            and all(leg.kind is LegKind.ROUTE for leg in record.legs)
            and all(leg.handset in ours for leg in talking)
            and all(one.result is not StepResult.TRANSFERRED for one in record.steps),
            heard=record.spoke_up,
        )

    def _step(self, call: str, event: Event) -> None:
        known = self._calls.get(call)
        if known is None:
            return
        self._calls[call], commands = step(known, event)
        if self._calls[call].kept and not known.kept and known.officer is not None:
            log.info("silent_call_kept", call=call, why=self._calls[call].kept)
        for command in commands:
            if self._group is not None:
                self._group.create_task(self._do(self._calls[call], command))
        self._news.set()

    async def _do(self, call: Silent, command: Command) -> None:
        match command:
            case Warn(officer):
                if await self._may_free(call):
                    log.info("silent_call_warned", call=call.call)
                    await self._tell(officer, "silent-freed")
            case Kept(officer):
                await self._tell(officer, "silent-kept")
            case Free(officer):
                async with self._dispatcher.held(call.call):
                    await self._free(call, officer)

    async def _free(self, call: Silent, officer: str) -> None:
        """Lead the caller away, unless something has come between."""
        if not await self._may_free(call):
            return
        try:
            peer = await self._link.act(GetVar(PEER, call.channel))
            known = self._calls.get(call.call)
            if known is None or known.kept:
                return
            if peer.headers.get("Value", "") != officer:
                self._step(call.call, Keep("officer left"))
                return
            await self._link.act(Redirect(call.channel, Context.SILENT, "s", START))
        except AmiError as error:
            # He has hung up meanwhile, or Asterisk is away: the officer has him as before.
            log.info("silent_call_not_moved", call=call.call, reason=str(error)[:200])
            self._step(call.call, Keep("not moved"))
            return
        log.info("silent_call_freed", call=call.call)

    async def _may_free(self, call: Silent) -> bool:
        why = await self._keeps(call)
        if why:
            self._step(call.call, Keep(why))
        known = self._calls.get(call.call)
        return known is not None and not known.kept

    async def _keeps(self, call: Silent) -> str:
        if not self._hears:
            # That sounds are told at all is known by the first that is.
            return "nobody was heard yet"
        if self._plans.in_force.callers.silent is None:
            return "plan changed"
        why = await self._judged.keeps(call.call)
        if why:
            return why
        try:
            keys = await self._link.act(GetVar(Var.KEYS, call.channel))
        except AmiError:
            return "asterisk away"
        return "key of the caller" if keys.headers.get("Value", "") else ""

    async def _tell(self, officer: str, prompt: str) -> None:
        try:
            await self._link.act(whisper(officer, f"{SOUNDS}/{self._plans.version}/{prompt}"))
        except AmiError as error:
            log.info("officer_not_told", prompt=prompt, reason=str(error)[:200])
