"""The bench's telephones: a line that calls, handsets that answer whatever rings."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ops.bench.plan import DIGIT, HANDSETS
from ops.phone import CallerLine, Ended, HandsetBank, PhoneError, PhoneTimeoutError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from ops.bench.entries import Entry
    from ops.instance import Instance
    from ops.phone import Call, Pressed
    from ops.phone.leg import End

CALL_S: Final = 20.0
"""Longest a call may take before it counts as failed."""
RING_S: Final = 8.0
TALK_S: Final = 0.25
KEY_AGAIN_S: Final = 1.0
KEYS: Final = 5
"""Times that a key is pressed which ends a call, one every ``KEY_AGAIN_S``, until it does."""
LISTEN_S: Final = (0.3, 0.5)
"""How long callers listen before they press; spread, so that no beat of Asterisk's is favoured."""
EXPIRES_S: Final = 3600
"""A login holds longer than the bench."""
JITTER: Final = 0.2
"""Share of the time between two calls by which they come early or late."""
_SEED: Final = 112
_IDLE_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Script:
    """What one caller does.

    Attributes:
        entry: what is dialled.
        listen_s: from the answer to the key.
        rings: a handset rings and answers, then the caller hangs up; else the far end does.
        talk_s: from the ring to the caller's hanging up.
        key: what is pressed.
        stays_s: from the key to the caller's hanging up, whoever rings; None: see ``rings``.
    """

    entry: Entry | str
    listen_s: float
    rings: bool = True
    talk_s: float = TALK_S
    key: str = DIGIT
    stays_s: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What came of one call.

    Attributes:
        ring_ms: from the key's first packet to the INVITE at the handset, None when none rang.
        fault: why it failed; empty when it went as scripted.
    """

    entry: Entry | str
    ring_ms: float | None = None
    fault: str = ""


@dataclass(slots=True)
class Phones:
    """Telephones that are switched on; see :func:`phones`.

    Attributes:
        known: the handsets' passwords.
        faults: what handsets reported, by how often.
    """

    line: CallerLine
    bank: HandsetBank
    known: Mapping[str, str]
    faults: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _expected: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    _chance: random.Random = field(default_factory=lambda: random.Random(_SEED))  # noqa: S311

    async def log_in(self) -> None:
        """Log all handsets in; others that were logged in under their names get no more calls.

        Raises:
            PhoneError: a login is refused.
        """
        for extension in HANDSETS:
            await self.bank.register(extension, self.known[extension], EXPIRES_S)

    async def load(self, scripts: Sequence[Script], rate: float) -> list[Sample]:
        """Place these calls, so many a second; give what came of each, in the same order."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        tasks = []
        async with asyncio.TaskGroup() as group:
            for number, script in enumerate(scripts):
                due = began + (number + self._chance.uniform(0, JITTER)) / rate
                await asyncio.sleep(due - loop.time())
                tasks.append(group.create_task(self._bounded(script)))
        return [task.result() for task in tasks]

    def by(self, line: CallerLine) -> Phones:
        """The same handsets, with callers on another line."""
        return replace(self, line=line)

    def script(self, entry: Entry | str) -> Script:
        """A whole call by this way."""
        return Script(entry, self._chance.uniform(*LISTEN_S))

    async def serve(self, extension: str) -> None:
        """Answer this handset's calls, one after the other, until cancelled.

        Raises:
            PhoneError: SIPp has ended.
        """
        while True:
            ring = await self.bank.ring(extension, _IDLE_S)
            expected = self._expected.get(ring.caller_number)
            if expected is not None and not expected.done():
                expected.set_result(ring.at)
            try:
                await ring.answer()
                await ring.ended()
            except PhoneError as error:
                self.faults[str(error)] += 1

    async def _bounded(self, script: Script) -> Sample:
        try:
            async with asyncio.timeout(CALL_S):
                return await self._call(script)
        except (PhoneError, TimeoutError) as error:
            return Sample(script.entry, fault=str(error) or "time-out")

    async def _call(self, script: Script) -> Sample:
        number = f"0812{next(self._numbers):08d}"
        ringing: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._expected[number] = ringing
        try:
            call = await self.line.call(number, uri_user=script.entry)
            await call.answered()
            await asyncio.sleep(script.listen_s)
            key = await call.press(script.key)
            if script.stays_s is not None:
                await asyncio.sleep(script.stays_s)
                return Sample(script.entry, fault=_fault(await call.hang_up()))
            if not script.rings:
                return await self._let_end(script, call)
            return await self._talk(script, call, key, ringing)
        finally:
            del self._expected[number]

    async def _talk(
        self, script: Script, call: Call, key: Pressed, ringing: asyncio.Future[float]
    ) -> Sample:
        try:
            async with asyncio.timeout(RING_S):
                rang = await ringing
        except TimeoutError:
            await call.hang_up()
            return Sample(script.entry, fault="no handset rang")
        await asyncio.sleep(max(0.0, rang + script.talk_s - time.monotonic()))
        fault = _fault(await call.hang_up())
        return Sample(script.entry, (rang - key.began) * 1000, fault)

    async def _let_end(self, script: Script, call: Call) -> Sample:
        for _ in range(KEYS):
            try:
                await call.ended(KEY_AGAIN_S)
            except PhoneTimeoutError:
                # Pressed before the script was there, on a machine that is slow just now.
                with contextlib.suppress(PhoneError):  # It may end just then, as it should.
                    await call.press(DIGIT)
            else:
                return Sample(script.entry)
        await call.hang_up()
        return Sample(script.entry, fault="the key was not taken")


def _fault(end: End) -> str:
    return "" if end.by is Ended.US else f"ended by {end.by}"


@asynccontextmanager
async def phones(instance: Instance, *, media: bool = False) -> AsyncIterator[Phones]:
    """Telephones of this instance, all handsets logged in, for as long as the block lasts.

    With ``media`` they send sound and listen to what comes, as people's do.

    Raises:
        PhoneError: SIPp does not start, or a login is refused.
    """
    target = instance.settings.bind, instance.settings.ports.sip
    sipp, known = instance.prepared.runtime.sipp, instance.prepared.secrets.handsets
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(CallerLine(sipp, target, media=media))
        bank = await stack.enter_async_context(HandsetBank(sipp, target, media=media))
        yield await stack.enter_async_context(served(Phones(line, bank, known)))


@asynccontextmanager
async def served(made: Phones) -> AsyncIterator[Phones]:
    """All handsets logged in, and answering, for as long as the block lasts.

    Raises:
        PhoneError: a login is refused, or SIPp has ended.
    """
    await made.log_in()
    tasks = [asyncio.create_task(made.serve(extension)) for extension in HANDSETS]
    try:
        yield made
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, PhoneError):
            raise error
