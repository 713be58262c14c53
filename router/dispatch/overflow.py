"""Overflow: leads a caller on who waits where nobody would answer, docs/decisions/overflow.md.

What is to be done with a call is a pure function; :class:`Overflow` asks it again whenever
something changes, and once a second while somebody waits. Without it each step of the route takes
the time that the plan gives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import AmiError, GetVar, Redirect
from router.handsets import HandsetState
from siaga.names import GONE, LATE, LEFT, Part, Var
from siaga.plan.phones import handsets
from siaga.plan.route import EVERYONE, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from router.ami import AmiLink
    from router.board.rings import Rings
    from router.calls.state import CallState
    from router.calls.tracker import CallTracker
    from router.contacts import Contacts
    from router.dispatch.service import Dispatcher
    from router.handsets import HandsetBoard
    from router.plans import Plans
    from siaga.plan import Plan

log = structlog.get_logger(__name__)

SETTLE_S: Final = 0.3
"""A telephone that logs in anew from another place is gone for a moment."""
TICK_S: Final = 1.0
PEER: Final = "BRIDGEPEER"
_QUEUES: Final = frozenset(("queue", "post"))


class Why(StrEnum):
    """Why a caller is led on; the first part of the label to which."""

    GONE = GONE
    """None of the telephones of his step is there any more."""
    LATE = LATE
    """Nobody's telephone has rung for him for as long as the plan lets him wait."""


@dataclass(frozen=True, slots=True)
class Air:
    """What the handsets do.

    Attributes:
        gone: those that no call reaches.
        free: those that nobody talks on and that do not ring.
        elsewhere: those that another node has: a queue tries them in vain.
    """

    gone: frozenset[str]
    free: frozenset[str]
    elsewhere: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in a step of his route.

    Attributes:
        step: number of it.
        quiet_since: since when nobody's telephone rings for him, by a clock that is never set;
            None: one rings.
        told: that he has been led on from this step already.
    """

    step: int
    quiet_since: float | None
    told: bool = False


def where(plan: Plan, state: CallState) -> Step | None:
    """The queue in which a caller waits now; None: in none of this plan's."""
    record = state.record
    over = state.hung_up is not None or record.ended is not None
    if over or state.in_room or record.is_test or not (state.emergency_call and record.steps):
        return None
    step = record.steps[-1]
    if step.left is not None or step.kind not in _QUEUES:
        return None
    known = plan.agencies.get(step.agency)
    if step.kind == "post":
        if known is None or state.post not in known.posts:
            return None
        return Step(step.agency, "post", 0.0, post=state.post)
    if known is None and step.agency != EVERYONE:
        return None
    return Step(step.agency, "queue", 0.0)


def place(step: Step) -> tuple[str, str, str]:
    """Where in the dialplan a caller stands in this step: end of the context, extension, label."""
    if step.agency == EVERYONE:
        return f"-{Part.LAST_RESORT}", "s", LEFT
    return f"-{Part.RING}", f"to-{step.agency}", f"{LEFT}-{step.post}" if step.post else LEFT


def after(known: Waiting | None, step: int, ringing: frozenset[str], now: float) -> Waiting:
    """What is known of a caller who waits in this step while these telephones ring for him."""
    if ringing:
        quiet_since = None
    elif known is None or known.quiet_since is None:
        quiet_since = now
    else:
        quiet_since = known.quiet_since
    told = known is not None and known.told and known.step == step
    return Waiting(step, quiet_since, told)


def reason(plan: Plan, step: Step, waiting: Waiting, air: Air, now: float) -> Why | None:
    """Why a caller is to be led on from this step; None: he stays.

    Args:
        plan: that his call goes by.
        step: in which he waits.
        waiting: what is known of him.
        air: what the handsets do.
        now: by the clock of ``waiting``.
    """
    own = frozenset(extension for _, extension in handsets(plan, step))
    if waiting.told or not own:
        return None
    if own <= air.gone:
        return Why.GONE
    if waiting.quiet_since is None or step.agency == EVERYONE:
        return None
    # He keeps his place in the queue unless he would gain by leaving it.
    gains = not own & air.free and bool(frozenset(plan.extensions) & air.free)
    is_late = now - waiting.quiet_since >= plan.centre.limits.reach
    return Why.LATE if gains and is_late else None


class Overflow:
    """Does it. :meth:`run` owns the work.

    Args:
        link: the AMI connection that acts.
        tracker: the calls.
        plans: that calls go by.
        board: what handsets do.
        contacts: where they have logged in.
        rings: which of them ring for whom.
        dispatcher: holds a call while something is done with it.
        paused: the handsets that queues do not ring.
        clock: a clock that is never set.
    """

    def __init__(  # noqa: PLR0913 (each is a part of its own)
        self,
        link: AmiLink,
        tracker: CallTracker,
        plans: Plans,
        *,
        board: HandsetBoard,
        contacts: Contacts,
        rings: Rings,
        dispatcher: Dispatcher,
        paused: Callable[[], frozenset[str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._tracker = tracker
        self._plans = plans
        self._board = board
        self._contacts = contacts
        self._rings = rings
        self._dispatcher = dispatcher
        self._paused = paused
        self._clock = clock
        self._waiting: dict[str, Waiting] = {}
        self._news = asyncio.Event()
        contacts.news = self.changed

    def changed(self) -> None:
        """Something has changed that may concern somebody who waits; returns at once."""
        self._news.set()

    async def run(self) -> None:
        """Do it until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S if self._waiting else None):
                    await self._news.wait()
            self._news.clear()
            await asyncio.sleep(SETTLE_S)
            await self.look()

    async def look(self) -> None:
        """Lead on whoever is to be led on now, and note how long the others wait."""
        for state, step, why in list(self._due()):
            async with self._dispatcher.held(state.record.id):
                await self._lead_on(state, step, why)

    def _due(self) -> Iterator[tuple[CallState, Step, Why]]:
        now, air = self._clock(), self._air()
        before, self._waiting = self._waiting, {}
        for state in self._tracker.open():
            record = state.record
            plan = self._plans.of(record.plan_version)
            step = where(plan, state)
            if step is None:
                continue
            ringing = self._rings.of(record.id) - air.elsewhere
            waiting = after(before.get(record.id), len(record.steps), ringing, now)
            why = reason(plan, step, waiting, air, now)
            if why is not None:
                waiting = replace(waiting, quiet_since=None, told=True)
            self._waiting[record.id] = waiting
            if why is not None:
                yield state, step, why

    def _air(self) -> Air:
        states, rung = self._board.states, self._rings.calls
        gone = (ext for ext in states if self._is_gone(ext, states[ext], rung.keys()))
        free = frozenset(ext for ext, state in states.items() if state is HandsetState.FREE)
        # One that rings or talks here is this node's again.
        elsewhere = self._rings.elsewhere & free
        return Air(frozenset(gone), free - self._paused() - elsewhere, elsewhere)

    def _is_gone(self, extension: str, state: HandsetState, rung: Collection[str]) -> bool:
        """Whether no call reaches a handset; what is not known is taken for there.

        A device that is free is there, whatever is known of contacts, unless it is being rung:
        one that has said nothing yet to its INVITE is free for Asterisk as well.
        """
        engaged = state in {HandsetState.BUSY, HandsetState.RINGING} or (
            state is HandsetState.FREE and extension in rung
        )
        if engaged:
            return self._contacts.is_gone(extension)
        return state is HandsetState.UNAVAILABLE

    async def _lead_on(self, state: CallState, step: Step, why: Why) -> None:
        """Send a caller on, unless somebody has him or he has gone on meanwhile."""
        call, channel = state.record.id, state.channel
        part, exten, left = place(step)
        try:
            onward = await self._value(channel, Var.ONWARD)
            context = await self._value(channel, "CONTEXT")
            stands = context.endswith(part) and await self._value(channel, "EXTEN") == exten
            if not (stands and onward.startswith(left)) or await self._value(channel, PEER):
                return
            await self._link.act(
                Redirect(channel, context, exten, f"{why}{onward.removeprefix(LEFT)}")
            )
        except AmiError as error:
            # He has hung up meanwhile, or Asterisk is away: the plan's time goes on.
            log.info("caller_not_led_on", call=call, reason=str(error)[:200])
            return
        log.info("caller_led_on", call=call, why=str(why), agency=step.agency)

    async def _value(self, channel: str, name: str) -> str:
        answer = await self._link.act(GetVar(name, channel))
        return answer.headers.get("Value", "")
