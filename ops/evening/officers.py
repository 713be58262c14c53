"""Officers with nothing but their handsets: answer, listen, say what it is, bring in, call back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ops.evening.account import JOINING
from ops.evening.ear import OverError, first_heard, hears_among, hears_more, over
from ops.evening.notes import Said
from ops.evening.papers import now
from ops.evening.tones import AGENCY_HZ, DISTRESS_HZ, FAR_HZ, LAUGHTER_HZ, OFFICER_HZ
from ops.phone import PhoneError, PhoneTimeoutError
from siaga.errors import SiagaError
from siaga.keys import CALLBACK_KEYS, CLASSES, OFFICER_KEYS, CallClass

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from random import Random

    from ops.evening.desk import Desk
    from ops.evening.model import Visit
    from ops.evening.notes import Notes
    from ops.evening.papers import Papers
    from ops.phone import HandsetBank, Ring
    from siaga.plan import Plan

RINGS_S: Final = (1.1, 1.7)
"""How long an officer lets it ring."""
LISTENS_S: Final = 3.0
"""Who says nothing for so long is not there."""
CONFIRMED_S: Final = 4.0
"""An officer who hears nothing for so long presses again."""
TIMES: Final = 3
"""So often at most; then it is said at the desk."""
LONGEST_S: Final = 60.0
"""No talk lasts longer."""
COMES_S: Final = 15.0
"""Longest an agency that is brought in may take."""
IDLE_S: Final = 4.0
"""Whoever calls back looks at the list when it was quiet for so long."""
BACK_S: Final = 60.0
"""Longest until whoever is called back is heard, or the centre says that nobody is."""
TALK_BACK_S: Final = 1.5
WORDS: Final = {DISTRESS_HZ: CallClass.EMERGENCY, LAUGHTER_HZ: CallClass.PRANK}
"""What somebody is who is heard so."""


@dataclass(slots=True)
class Office:
    """What all officers work with.

    Attributes:
        bank: the handsets.
        desk: dials from one that is in no call.
        papers: where incidents are kept.
        notes: what is noted.
        here: who is on the line now, by number: what a caller tells is in it.
        plan: of the centre.
        random: how long each lets it ring.
        due: whether somebody is to be called back, as the list says.
        work: owns what goes on at the incidents' desk.
    """

    bank: HandsetBank
    desk: Desk
    papers: Papers
    notes: Notes
    here: Mapping[str, Visit]
    plan: Plan
    random: Random
    due: Callable[[], bool]
    work: asyncio.TaskGroup


class Officer:
    """One handset and who sits at it.

    Args:
        office: what there is to work with.
        agency: whose it is.
        extension: of it.
        calls_back: whether this one calls back when it is quiet.
    """

    def __init__(self, office: Office, agency: str, extension: str, *, calls_back: bool) -> None:
        self.calls_back = calls_back
        self._office = office
        self.agency = agency
        self._extension = extension

    async def serve(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                ring = await self._office.bank.ring(self._extension, IDLE_S)
            except PhoneTimeoutError:
                ring = None
            try:
                if ring is not None:
                    await self._take(ring)
                elif self.calls_back and self._office.due():
                    await self._call_back()
            except PhoneError as error:
                # What could not be done because the call was over is no fault.
                over_by_then = ring is not None and ring.end is not None
                if not (over_by_then or isinstance(error, OverError)):
                    self._office.notes.faults.append(f"{self._extension}: {error}")

    async def _take(self, ring: Ring) -> None:
        if ring.end is not None:
            return
        await ring.alert()
        if await over(ring, self._office.random.uniform(*RINGS_S)):
            return
        await ring.answer()
        if ring.caller_name.startswith(JOINING):
            ring.play_tone(AGENCY_HZ)
            await over(ring, LONGEST_S)
            return
        since = now()
        visit = self._office.here.get(ring.caller_number)
        ring.play_tone(OFFICER_HZ)
        kind = await self._listen(ring)
        await self._class(ring, kind)
        if kind is CallClass.EMERGENCY and visit is not None:
            self._office.work.create_task(self._write(visit, since))
            await self._help(ring, visit)
        elif ring.end is None:
            await ring.hang_up()

    @staticmethod
    async def _listen(ring: Ring) -> CallClass:
        """What it is, by what is heard."""
        try:
            heard = await first_heard(ring, tuple(WORDS), LISTENS_S)
        except OverError:
            return CallClass.GHOST
        return CallClass.GHOST if heard is None else WORDS[heard]

    # What it was.

    async def _class(self, ring: Ring, kind: CallClass) -> None:
        """Say it by keys, until it is confirmed into the ear; after the call, at the desk."""
        keys = CLASSES[f"class-{kind}"]
        try:
            confirmed = await self._class_in_call(ring, kind, keys)
        except PhoneError:
            if ring.end is None:
                raise
            confirmed = False
        if not confirmed:
            desk = await self._office.desk.dial(self._extension, keys)
            await over(desk, LONGEST_S)
        said = Said(ring.call_id, ring.caller_number, kind, time.time())
        self._office.notes.said.append(said)

    @staticmethod
    async def _class_in_call(ring: Ring, kind: CallClass, keys: str) -> bool:
        other = next((hz for hz, word in WORDS.items() if word is kind), None)
        for _ in range(TIMES):
            await ring.press_many(keys)
            if await hears_more(ring, other, CONFIRMED_S):
                return True
        return False

    # Help.

    async def _help(self, ring: Ring, visit: Visit) -> None:
        """Talk; bring the right agency in where it is another, and leave the two together."""
        emergency = self._office.plan.emergencies[visit.emergency]
        if visit.brings and emergency.agency != self.agency:
            place = list(self._office.plan.agencies).index(emergency.agency) + 1
            await ring.press_many(OFFICER_KEYS[f"add-{place}"])
            if await hears_among(ring, AGENCY_HZ, COMES_S):
                name = self._office.plan.agencies[emergency.agency].name
                self._office.notes.tell(
                    f"{self._extension} menyambungkan {name.id}",
                    f"{self._extension} brings in {name.en}",
                )
                await ring.press_many(OFFICER_KEYS["leave"])
        if not await over(ring, LONGEST_S):
            await ring.hang_up()

    async def _write(self, visit: Visit, since: datetime) -> None:
        try:
            await self._office.papers.write(visit, since, self._extension)
        except (SiagaError, TimeoutError) as error:
            self._office.notes.faults.append(f"{visit.number}: {error or 'time-out'}")

    # Calling back.

    async def _call_back(self) -> None:
        """Call back whoever has been due longest."""
        call = await self._office.desk.dial(self._extension, CALLBACK_KEYS)
        try:
            if await first_heard(call, (FAR_HZ,), BACK_S) is not None:
                call.play_tone(OFFICER_HZ)
                await over(call, TALK_BACK_S)
        finally:
            await call.leave()
