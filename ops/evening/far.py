"""Those who are called back: the far side of the trunk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from ops.evening.ear import over
from ops.evening.model import Kind
from ops.evening.tones import FAR_HZ
from ops.phone import PhoneError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.evening.notes import Notes
    from ops.phone import HandsetBank, Ring

IDLE_S: Final = 3600.0
TALK_S: Final = 30.0
RINGS_S: Final = 0.8
DECLINES: Final = 6
"""One in so many of those who wanted nothing does not take the call."""


def outside(number: str) -> str:
    """A number as the plan's trunk has it."""
    return f"+62{number[1:]}"


class Outside:
    """The telephones outside.

    Args:
        bank: they are on.
        kinds: whose they are, by number.
    """

    def __init__(self, bank: HandsetBank, kinds: Mapping[str, Kind], notes: Notes) -> None:
        self._bank = bank
        self._kinds = kinds
        self._notes = notes

    async def serve(self) -> None:
        """Answer whatever rings, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for place, (number, kind) in enumerate(self._kinds.items()):
                takes = kind is Kind.REAL or place % DECLINES != 0
                group.create_task(self._watch(outside(number), takes=takes))

    async def _watch(self, number: str, *, takes: bool) -> None:
        while True:
            ring = await self._bank.ring(number, IDLE_S)
            try:
                await self._take(ring, takes=takes)
            except PhoneError as error:
                self._notes.faults.append(f"{number}: {error}")

    @staticmethod
    async def _take(ring: Ring, *, takes: bool) -> None:
        await ring.alert()
        if await over(ring, RINGS_S):
            return
        if not takes:
            await ring.refuse(486)
            return
        await ring.answer()
        ring.play_tone(FAR_HZ)
        if not await over(ring, TALK_S):
            await ring.hang_up()
