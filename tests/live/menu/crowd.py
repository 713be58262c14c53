"""Many callers at once, each pressing keys of their own, and what became of them."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ops.phone import CallerLine, Dtmf
from router.calls.celfile import CelFile
from tests.live.centre import RECORD_S
from tests.live.menu.keylog import keys_ended, keys_taken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from ops.phone import Call
    from router.calls.record import CallRecord
    from router.store import CallReader
    from tests.live.centre import Centre

AT_ONCE = 16
"""Calls at a time; audio for more of them is not sent in time by one process."""
EVERY_MS = 20
"""Between one caller's call and the next one's at least: fifty calls a second."""
NEWEST = 200
"""Records that are looked through: far more than there are calls while one of them is up."""
LOOK_S = 0.1


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
    calls = {centre.number(): caller for caller in callers}
    records: dict[str, CallRecord] = {}
    room, turn = asyncio.Semaphore(AT_ONCE), asyncio.Lock()

    async def one(number: str, caller: tuple[str, Way]) -> None:
        async with room:
            async with turn:
                await asyncio.sleep(EVERY_MS / 1000)
            call = await _press(line, method, number, caller)
            records[number] = await watch.understood(number)
            await call.hang_up()

    with Ledger(centre) as ledger:
        async with (
            CallerLine(centre.sipp, centre.target, media=True) as line,
            _watching(centre) as watch,
            asyncio.TaskGroup() as tasks,
        ):
            for number, caller in calls.items():
                tasks.create_task(one(number, caller))
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


class _Watch:
    """Whoever waits for a record to say what the menu understood; one reader for all of them."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[CallRecord]] = {}

    async def understood(self, number: str) -> CallRecord:
        """The record of the call from this number, once it has a choice."""
        self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(RECORD_S):
                return await self._waiting[number]
        except TimeoutError:
            raise AssertionError(f"no record from {number} with a choice") from None
        finally:
            del self._waiting[number]

    async def look(self, reader: CallReader) -> None:
        """Read the newest records again and again until cancelled."""
        while True:
            for record in await reader.calls(NEWEST) if self._waiting else ():
                waits = self._waiting.get(record.caller)
                if waits is not None and not waits.done() and record.choice is not None:
                    waits.set_result(record)
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def _watching(centre: Centre) -> AsyncIterator[_Watch]:
    watch = _Watch()
    async with centre.reader() as reader:
        looking = asyncio.create_task(watch.look(reader))
        try:
            yield watch
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking


async def _press(line: CallerLine, method: Dtmf, number: str, caller: tuple[str, Way]) -> Call:
    keys, way = caller
    # Whoever offers telephone events is not listened to for tones.
    event = None if method is Dtmf.INBAND else 101
    call = await line.call(number, telephone_event=event)
    await call.answered()
    await asyncio.sleep(way.after_ms / 1000)
    await call.press_many(keys, method, way.ms, way.gap_ms)
    return call
