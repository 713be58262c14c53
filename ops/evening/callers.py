"""Those who call: each does what the script says, and leaves when somebody has helped."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from ops.evening.ear import OverError, first_heard, over
from ops.evening.model import Kind, Leaves
from ops.evening.tones import DISTRESS_HZ, LAUGHTER_HZ, OFFICER_HZ
from ops.phone import PhoneError, PhoneTimeoutError

if TYPE_CHECKING:
    from ops.evening.model import Script, Visit
    from ops.evening.notes import Notes
    from ops.phone import Call, CallerLine

PATIENCE_S: Final = 60.0
"""Nobody waits longer for a human."""
TONES: Final = {Kind.REAL: DISTRESS_HZ, Kind.PRANK: LAUGHTER_HZ}
"""Of those who say something."""


class Callers:
    """The callers of an evening.

    Attributes:
        here: who is on the line now, by number.
    """

    def __init__(self, line: CallerLine, notes: Notes) -> None:
        self.here: dict[str, Visit] = {}
        self._line = line
        self._notes = notes
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def play(self, script: Script) -> None:
        """All calls of the script, from the first to the end of the last."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for visit in script.visits:
                await asyncio.sleep(began + visit.at_s - loop.time())
                group.create_task(self._turn(visit))

    async def _turn(self, visit: Visit) -> None:
        """A number has one telephone: it calls again when the call before is over."""
        async with self._turns[visit.number]:
            try:
                call = await self._line.call(visit.number)
                self._notes.placed[call.call_id] = visit
                self.here[visit.number] = visit
                await self._visit(visit, call)
            except OverError:
                return
            except PhoneError as error:
                self._notes.faults.append(f"{visit.number} ({visit.kind}): {error}")

    async def _visit(self, visit: Visit, call: Call) -> None:
        try:
            await call.answered()
            if visit.leaves is Leaves.MENU:
                await over(call, visit.stays_s)
                return
            heard = await self._press(visit, call)
            if visit.leaves is Leaves.RINGING:
                await over(call, visit.stays_s)
                return
            if not heard and await first_heard(call, (OFFICER_HZ,), PATIENCE_S) is None:
                self._notes.faults.append(f"{visit.number} ({visit.kind}): nobody in {PATIENCE_S}")
                return
            if visit.kind in TONES:
                call.play_tone(TONES[visit.kind])
            await over(call, visit.stays_s)
        finally:
            with contextlib.suppress(PhoneTimeoutError):
                await call.leave()

    async def _press(self, visit: Visit, call: Call) -> bool:
        """Press what is to be pressed, unless a human speaks before; gives whether one does."""
        for key in visit.keys:
            if await first_heard(call, (OFFICER_HZ,), key.after_s) is not None:
                return True
            pressed = await call.press(key.key)
            # Of several the last counts: it is the one that chooses.
            ago = time.monotonic() - pressed.ended
            self._notes.chosen[call.call_id] = time.time() - ago
        return False
