"""What officers ask for by the keys of their handset, and what is said into their ear about it.

A key is an event of the dialplan, told once over AMI: what was pressed while nobody listened is not
done later, when it may be wrong. The officer hears at once that it is being done, or presses again.
"""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from router.ami import AmiError
from router.dispatch import again
from router.dispatch.ear import whisper
from router.dispatch.errors import LastHumanError
from router.dispatch.outcome import Result
from router.store.acceptances import Acceptance, Way
from router.store.classes import Given
from siaga.errors import SiagaError
from siaga.keys import OFFICER_KEYS, CallClass
from siaga.names import SOUNDS, Milestone

if TYPE_CHECKING:
    from pathlib import Path

    from router.ami import AmiLink
    from router.calls.events import CelEvent
    from router.calls.record import Leg
    from router.calls.tracker import CallTracker
    from router.dispatch.outcome import Outcome
    from router.dispatch.service import Dispatcher
    from router.incidents.locate import Locator
    from router.plans import Plans
    from router.store.acceptances import AcceptanceStore
    from router.store.classes import ClassStore

log = structlog.get_logger(__name__)

WAITING: Final = 100
"""Keys that may wait to be taken up; more are nobody's."""
HEARD_S: Final = again.LAST_S + 10
"""After so long, what was cut out of a recording to be heard again has been heard."""

_SAID: Final = {
    Result.NO_ANSWER: "dispatch-no-answer",
    Result.UNAVAILABLE: "dispatch-unavailable",
    Result.ALREADY: "dispatch-already",
    Result.UNCONFIRMED: "dispatch-unconfirmed",
}
"""What is said of an outcome; whoever has joined is heard."""


class OfficerKeys:
    """Does what officers ask for by keys. :meth:`run` owns the work.

    Args:
        link: the AMI connection that acts.
        dispatcher: the commands.
        tracker: the calls.
        plans: the one in force.
        classes: what calls were.
        acceptances: the agencies' words.
        locator: asks callers where they are.
        recordings: folder of all recordings.
        scratch: folder for what is cut out of them; emptied.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is a part of its own
        self,
        link: AmiLink,
        dispatcher: Dispatcher,
        tracker: CallTracker,
        plans: Plans,
        classes: ClassStore,
        acceptances: AcceptanceStore,
        locator: Locator,
        recordings: Path,
        scratch: Path,
    ) -> None:
        self._link = link
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._plans = plans
        self._classes = classes
        self._recordings = recordings
        self._scratch = scratch
        self._acceptances = acceptances
        self._locator = locator
        dispatcher.ask = self._ask
        for left in scratch.glob("*.wav"):
            left.unlink(missing_ok=True)
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
        try:
            await self._done(leg, call, name)
        except (SiagaError, SQLAlchemyError, OSError) as error:
            code = error.code if isinstance(error, SiagaError) else str(error)[:200]
            log.info("officer_keys_refused", call=call, name=name, code=code)
            said = "alone" if isinstance(error, LastHumanError) else "refused"
            await self._whisper(leg, self._prompt(f"dispatch-{said}"))

    async def _done(self, leg: Leg, call: str, name: str) -> None:
        verb, _, what = name.partition("-")
        if verb == "again":
            await self._again(leg, call)
        elif verb == "class":
            given = Given(CallClass(what), datetime.now(UTC), leg.handset or "")
            await self._classes.give(call, given)
            log.info("call_classed", call=call, kind=given.kind, handset=leg.handset)
            await self._whisper(leg, self._prompt(name))
        elif verb == "locate":
            await self._locator.ask(call, leg.handset or "")
            await self._whisper(leg, self._prompt("location-asked"))
        elif verb == "accept":
            await self._accept(leg, call)
        elif verb == "leave":
            await self._say(leg, await self._dispatcher.leave(call, leg.handset or ""))
        else:
            await self._call_in(leg, call, verb, int(what))

    async def _ask(self, leg: Leg) -> None:
        await self._whisper(leg, self._prompt("dispatch-confirm"))

    async def _accept(self, leg: Leg, call: str) -> None:
        """Take the word of an agency that a call is handed over to, and keep it."""
        if not self._dispatcher.accept(leg.id):
            log.info("nothing_to_accept", call=call, handset=leg.handset)
            return
        await self._whisper(leg, self._prompt("desk-accepted"))
        state = self._tracker.find(call)
        if state is not None:
            word = Acceptance(datetime.now(UTC), leg.handset or "", Way.KEY)
            await self._acceptances.accept(state.record.node, call, leg.agency, word)
            log.info("call_accepted", call=call, agency=leg.agency, how=word.how)

    async def _call_in(self, leg: Leg, call: str, verb: str, place: int) -> None:
        agencies = list(self._plans.in_force.agencies)
        if place > len(agencies):
            await self._whisper(leg, self._prompt("dispatch-refused"))
            return
        agency = agencies[place - 1]
        await self._whisper(leg, self._prompt(f"calling-{agency}"))
        if verb == "swap":
            done = await self._dispatcher.swap(call, agency, leg.handset or "")
        elif verb == "add":
            done = await self._dispatcher.add_agency(call, agency)
        else:
            done = await self._dispatcher.transfer(call, agency)
        await self._say(leg, done)

    async def _say(self, leg: Leg, outcome: Outcome) -> None:
        if outcome.result in _SAID:
            await self._whisper(leg, self._prompt(_SAID[outcome.result]))

    async def _again(self, leg: Leg, call: str) -> None:
        """Have the officer alone hear what was said just now; what is cut out is not kept."""
        state = self._tracker.find(call)
        recording = state.record.recording if state is not None else None
        cut = self._scratch / f"{uuid.uuid4().hex}.wav"
        try:
            path = recording.path if recording is not None else ""
            if not await asyncio.to_thread(again.cut, self._recordings, path, cut):
                await self._whisper(leg, self._prompt("dispatch-refused"))
                return
            await self._whisper(leg, f"{cut.with_suffix('')}")
            await asyncio.sleep(HEARD_S)
        finally:
            cut.unlink(missing_ok=True)

    def _prompt(self, name: str) -> str:
        return f"{SOUNDS}/{self._plans.version}/{name}"

    def _talking(self, call: str, channel: str) -> Leg | None:
        """The leg whose keys they are: nobody else's count."""
        state = self._tracker.find(call)
        legs = state.record.legs if state is not None and state.emergency_call else ()
        return next((leg for leg in legs if leg.talks and leg.channel == channel), None)

    async def _whisper(self, leg: Leg, said: str) -> None:
        """Play a file into an officer's ear."""
        try:
            await self._link.act(whisper(leg.channel, said))
        except AmiError as error:
            log.info("officer_not_told", handset=leg.handset, reason=str(error))
