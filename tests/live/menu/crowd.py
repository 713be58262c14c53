"""Many callers at once, each pressing keys of their own, and what became of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ops.phone import CallerLine, Dtmf
from router.calls.celfile import CelFile
from tests.live.menu.keylog import keys_ended, keys_taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.phone import Call
    from router.calls.record import CallRecord
    from tests.live.centre import Centre

AT_ONCE = 16
"""Calls at a time; audio for more of them is not sent in time by one process."""
EVERY_MS = 20
"""Between one caller's call and the next one's: fifty calls a second."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a caller presses.

    Attributes:
        after_ms: between the answer and the first key.
        ms: that a key is held. ``gap_ms``: between one key and the next.
    """

    after_ms: int = 0
    ms: int = 100
    gap_ms: int = 100


@dataclass(frozen=True, slots=True)
class Fate:
    """A call after its caller pressed.

    Attributes:
        keys: pressed, in order. ``way``: how.
        received: keys as Asterisk received them, in order.
        record: how the centre has recorded it.
    """

    keys: str
    way: Way
    received: str
    record: CallRecord

    @property
    def choice(self) -> tuple[str | None, str | None, str | None]:
        """Emergency, language and reason of the choice."""
        return self.record.emergency, self.record.language, self.record.choice


class Ledger:
    """What Asterisk itself notes of every key, by caller."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._file = centre.settings.logs / "dtmf.log"
        self._begins = 0

    def __enter__(self) -> Self:
        """Have keys logged from now on."""
        # Names of channels come again after a restart of Asterisk: what was before is not ours.
        self._begins = self._file.stat().st_size if self._file.exists() else 0
        self._centre.asterisk("logger add channel dtmf.log dtmf")
        return self

    def __exit__(self, *error: object) -> None:
        """Have them logged no more."""
        self._centre.asterisk("logger remove channel dtmf.log")

    def received(self) -> dict[str, str]:
        """Keys received by channel."""
        return keys_taken(self._lines())

    def ended(self) -> dict[str, str]:
        """Keys by channel that whoever reads it has been told of, or has let drop."""
        return keys_ended(self._lines())

    def _lines(self) -> list[str]:
        with self._file.open(encoding="utf-8") as lines:
            lines.seek(self._begins)
            return lines.readlines()


async def press_all(centre: Centre, method: Dtmf, callers: Sequence[tuple[str, Way]]) -> list[Fate]:
    """Have every caller call, press and hang up once the menu has understood all of it.

    Raises:
        AssertionError: a menu came to no end.
    """
    calls: dict[str, tuple[str, Way]] = {}
    records: dict[str, CallRecord] = {}
    with Ledger(centre) as ledger:
        async with CallerLine(centre.sipp, centre.target, media=True) as line:
            waiting = list(callers)
            while waiting:
                batch, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
                numbers = {centre.number(): caller for caller in batch}
                calls |= numbers
                placed = await asyncio.gather(
                    *(
                        _press(line, method, number, caller, place * EVERY_MS)
                        for place, (number, caller) in enumerate(numbers.items())
                    )
                )
                records |= await centre.records(numbers, lambda record: record.choice is not None)
                await asyncio.gather(*(call.hang_up() for call in placed))
        received = ledger.received()
    channel = {
        event.number: event.channel
        for event in CelFile(centre.settings.cel_file).read()
        if event.kind == "CHAN_START" and event.unique == event.linked
    }
    return [
        Fate(keys, way, received.get(channel[number], ""), records[number])
        for number, (keys, way) in calls.items()
    ]


async def _press(
    line: CallerLine, method: Dtmf, number: str, caller: tuple[str, Way], begins_ms: int
) -> Call:
    keys, way = caller
    await asyncio.sleep(begins_ms / 1000)
    # Whoever offers telephone events is not listened to for tones.
    event = None if method is Dtmf.INBAND else 101
    call = await line.call(number, telephone_event=event)
    await call.answered()
    await asyncio.sleep(way.after_ms / 1000)
    await call.press_many(keys, method, way.ms, way.gap_ms)
    return call
