"""What officers ask for by the keys of their handset, and what is said into their ear about it.

A key is an event of the dialplan, told once over AMI: what was pressed while nobody listened is not
done later, when it may be wrong. The officer hears at once that it is being done, or presses again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from router.ami import AmiError, Originate
from router.dispatch.errors import DispatchError, LastHumanError
from router.dispatch.outcome import Result
from siaga.names import (
    EAR_EXTEN,
    MOUTH_EXTEN,
    OFFICER_KEYS,
    SOUNDS,
    START,
    Context,
    Milestone,
    Var,
)

if TYPE_CHECKING:
    from router.ami import AmiLink
    from router.calls.events import CelEvent
    from router.calls.record import Leg
    from router.calls.tracker import CallTracker
    from router.dispatch.outcome import Outcome
    from router.dispatch.service import Dispatcher
    from router.plans import Plans

log = structlog.get_logger(__name__)

WAITING: Final = 100
"""Keys that may wait to be taken up; more are nobody's."""
WHISPER_MS: Final = 5_000
"""How long an officer's ear may take to be found."""

_SAID: Final = {
    Result.NO_ANSWER: "dispatch-no-answer",
    Result.UNAVAILABLE: "dispatch-unavailable",
    Result.ALREADY: "dispatch-already",
}
"""What is said of an outcome; whoever has joined is heard."""


class OfficerKeys:
    """Does what officers ask for by keys. :meth:`run` owns the work.

    Args:
        link: the AMI connection that acts.
        dispatcher: the commands.
        tracker: the calls.
        plans: the one in force.
    """

    def __init__(
        self,
        link: AmiLink,
        dispatcher: Dispatcher,
        tracker: CallTracker,
        plans: Plans,
    ) -> None:
        self._link = link
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._plans = plans
        self._pressed: asyncio.Queue[CelEvent] = asyncio.Queue(WAITING)

    def take(self, event: CelEvent) -> None:
        """Take an event that AMI told; returns at once."""
        if event.kind != Milestone.COMMAND:
            return
        try:
            self._pressed.put_nowait(event)
        except asyncio.QueueFull:
            log.warning("officer_keys_dropped")

    async def run(self) -> None:
        """Do it until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._do(await self._pressed.get()))

    async def _do(self, event: CelEvent) -> None:
        call, name = [*event.milestone(), ""][:2]
        leg = self._talking(call, event.channel)
        if leg is None or leg.handset is None or name not in OFFICER_KEYS:
            log.info("officer_keys_ignored", call=call[:64], name=name[:20])
            return
        verb, _, place = name.partition("-")
        agencies = list(self._plans.in_force.agencies)
        agency = agencies[int(place) - 1] if place and int(place) <= len(agencies) else ""
        try:
            outcome = await self._outcome(leg, call, verb, agency)
        except DispatchError as error:
            log.info("officer_keys_refused", call=call, name=name, code=error.code)
            said = "alone" if isinstance(error, LastHumanError) else "refused"
            await self._whisper(leg, f"dispatch-{said}")
            return
        if outcome is not None and outcome.result in _SAID:
            await self._whisper(leg, _SAID[outcome.result])

    async def _outcome(self, leg: Leg, call: str, verb: str, agency: str) -> Outcome | None:
        if verb == "leave":
            return await self._dispatcher.leave(call, leg.handset or "")
        if not agency:
            await self._whisper(leg, "dispatch-refused")
            return None
        await self._whisper(leg, f"calling-{agency}")
        command = self._dispatcher.add_agency if verb == "add" else self._dispatcher.transfer
        return await command(call, agency)

    def _talking(self, call: str, channel: str) -> Leg | None:
        """The leg whose keys they are: nobody else's count."""
        state = self._tracker.find(call)
        legs = state.record.legs if state is not None and state.emergency_call else ()
        return next((leg for leg in legs if leg.talks and leg.channel == channel), None)

    async def _whisper(self, leg: Leg, prompt: str) -> None:
        """Say a prompt of the plan into an officer's ear."""
        said = f"{SOUNDS}/{self._plans.version}/{prompt}"
        try:
            await self._link.act(
                Originate(
                    f"Local/{EAR_EXTEN}@{Context.WHISPER}/n",
                    Context.WHISPER,
                    MOUTH_EXTEN,
                    START,
                    timeout_ms=WHISPER_MS,
                    variables={f"__{Var.EAR}": leg.channel, f"__{Var.SAID}": said},
                )
            )
        except AmiError as error:
            log.info("officer_not_told", handset=leg.handset, reason=str(error))
