"""A whole centre under mixed calls for a while, with menu and router killed at random."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final

from router.storage.coverage import Coverage, cover, total
from router.storage.sound import listen
from siaga.settings import PROJECT
from tests.fuzz.handsets import Does as Handset
from tests.live.calls import until_quiet
from tests.live.centre import running_centre
from tests.soak.ledger import Entry, Verdict, judge
from tests.soak.machine import Watch
from tests.soak.people import HOLDS, Does, Script, draw
from tests.soak.phones import Officers
from tests.soak.report import Report
from tests.soak.sipp import PREFIX, SippCallers
from tests.soak.voices import Crowd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.live.centre import Centre

EACH: Final = 8
"""Handsets of each agency that answers: enough for three calls a second; with fewer, callers would
wait in vain for that alone."""
ANSWERING: Final = tuple(f"{agency}{n:02d}" for agency in (1, 2, 3) for n in range(1, EACH + 1))
RINGING: Final = ("401", "402")
"""Handsets of an agency that lets it ring: its callers go on to others."""
SPEED: Final = 5.0
"""Ringing lasts so much shorter."""
UP_S: Final = 15.0
HELD_S: Final = 120.0
"""Whoever is not answered by then is stranded."""
END_S: Final = 3.0
ENDS: Final = 20
SAMPLE_S: Final = 5.0
SETTLE_S: Final = 120.0
BY_SIPP: Final = 0.25
"""Share of the calls that SIPp places by itself: they are judged by its own logs."""
HEADER: Final = 44
"""Bytes of a recording without sound."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be played.

    Attributes:
        seed: of everything.
        calls: how many.
        minutes: no call is placed after so long.
        rate: calls a second, on average.
        every_s: from one kill to the next, on average; 0: nobody is killed.
    """

    seed: int
    calls: int
    minutes: float
    rate: float = 2.0
    every_s: float = 30.0


@dataclass(slots=True)
class _Stage:
    centre: Centre
    exchange: Crowd
    officers: Officers
    sipp: SippCallers
    entries: dict[str, Entry] = field(default_factory=dict)

    def take_sipp(self) -> int:
        """Take in what SIPp noted of its callers; gives how many those are."""
        found = self.sipp.entries()
        for number, entry in found.items():
            entry.talks = self.officers.talks.get(number, [])
        self.entries |= found
        return len(found)

    async def call(self, script: Script) -> None:
        """One caller, from the call to its end."""
        entry = self.entries[script.number] = Entry(script)
        entry.talks = self.officers.talks.setdefault(script.number, [])
        caller = await self.exchange.caller("127.0.0.1", "112", script.number)
        try:
            if script.does is Does.CANCELS:
                placing = asyncio.create_task(caller.call(UP_S))
                await asyncio.sleep(script.stays_s)
                entry.left = True
                caller.hang_up()
                with contextlib.suppress(TimeoutError):
                    entry.up = await placing
            else:
                with contextlib.suppress(TimeoutError):
                    entry.up = await caller.call(UP_S)
            entry.status = caller.status
            since = time.monotonic()
            if entry.up and script.does is not Does.CANCELS:
                await self._stay(entry, caller.press(script.keys), caller.ended)
            entry.seconds = time.monotonic() - since if entry.up else 0.0
            for _ in range(ENDS):
                entry.left = entry.left or not caller.ended.is_set()
                caller.hang_up()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(END_S):
                        await caller.ended.wait()
                        break
            entry.heard = caller.heard.is_set()
        finally:
            self.exchange.forget(caller)

    async def _stay(self, entry: Entry, pressing: object, ended: asyncio.Event) -> None:
        """Until the caller wants to leave, or is left."""
        script = entry.script
        keys = asyncio.ensure_future(pressing)  # type: ignore[call-overload]
        try:
            if script.does is Does.LEAVES_WHILE_RINGING:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(UP_S):
                        await keys
            if script.does in HOLDS:
                answered = self.officers.of(script.number)
                entry.gave_up = not await _either(answered, ended, HELD_S)
            if script.does is Does.IS_HUNG_UP_ON:
                await _either(ended, ended, HELD_S)
            else:
                await _either(ended, ended, script.stays_s)
        finally:
            keys.cancel()


async def _either(one: asyncio.Event, other: asyncio.Event, seconds: float) -> bool:
    """Wait for one of two; False when neither came in time."""
    waits = [asyncio.ensure_future(event.wait()) for event in {one, other}]
    done, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    return bool(done)


async def soak(home: Path, wanted: Wanted, say: Callable[[str], None]) -> Report:
    """Play what is wanted in a home of its own; ``say`` is told how it goes.

    Raises:
        AssertionError: the centre does not start, or does not come to rest afterwards.
    """
    own = 1 - BY_SIPP
    count = max(1, round(wanted.calls * own))
    scripts = [draw(wanted.seed, index, wanted.rate * own) for index in range(count)]
    ends = frozenset(one.number for one in scripts if one.does is Does.IS_HUNG_UP_ON)
    plan = home / "plan.yaml"
    plan.write_text(_plan(), encoding="utf-8")
    with running_centre(home / "h", plan=plan, test_clock=True, test_speed=SPEED) as centre:
        officers = Officers(centre.target, wanted.seed, ends)
        officers.does = dict.fromkeys(ANSWERING, Handset.ANSWERS)
        exchange = Crowd(centre.target)
        await officers.open(0)
        try:
            await officers.login({one: centre.password(one) for one in (*ANSWERING, *RINGING)})
            logs = home / "sipp"
            logs.mkdir()
            rate = wanted.rate * BY_SIPP
            sipp = SippCallers(centre.sipp, centre.target, logs, wanted.calls - count, rate)
            stage = _Stage(centre, exchange, officers, sipp)
            return await _played(stage, wanted, scripts, say)
        finally:
            exchange.close()
            officers.close()


def _plan() -> str:
    """Kutai Timur's, with more handsets.

    Kominfo, which most callers come to, rings them in turn: all at once, callers are served one
    after another.
    """
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    for agency in (1, 2, 3):
        few = f'["{agency}01", "{agency}02"]'
        assert few in text
        many = [one for one in ANSWERING if one.startswith(str(agency))]
        turns = "\n    strategy: rrmemory" if agency == 1 else ""
        text = text.replace(few, json.dumps(many) + turns)
    return text


async def _played(
    stage: _Stage, wanted: Wanted, scripts: list[Script], say: Callable[[str], None]
) -> Report:
    watch = Watch(stage.centre.pid)
    rest = watch.look()
    kills: Counter[str] = Counter()
    began = time.monotonic()
    helpers = [
        asyncio.create_task(_kill(stage.centre, wanted, kills)),
        asyncio.create_task(_look(watch, stage, began, say)),
        asyncio.create_task(stage.exchange.speak()),
    ]
    try:
        async with stage.sipp:
            async with asyncio.TaskGroup() as calls:
                for script in scripts:
                    if time.monotonic() - began > wanted.minutes * 60:
                        break
                    await asyncio.sleep(script.after_s)
                    calls.create_task(stage.call(script))
            await stage.sipp.finish()
    finally:
        for helper in helpers:
            helper.cancel()
    seconds = time.monotonic() - began
    say("menunggu catatan terakhir / waiting for the last records")
    await stage.centre.until_ready()
    with contextlib.suppress(AssertionError):  # what is still up is in the verdict
        await until_quiet(stage.centre)
    by_sipp = stage.take_sipp()
    sipp_says = stage.sipp.errors() if stage.sipp.status else []
    verdict = await _judged(stage)
    covered = await _covered(stage.centre)
    after = watch.look()
    done = Counter(entry.script.does for entry in stage.entries.values())
    growth = {part: watch.growth(part) for part in rest}
    curves = {part: watch.curve(part) for part in rest}
    return Report(
        verdict, done, kills, growth, curves, rest, after, seconds, by_sipp, sipp_says, covered
    )


async def _covered(centre: Centre) -> Coverage:
    """How much of SIPp's callers' talk is on the disk: they alone always send sound."""
    folder = centre.settings.recordings
    found: list[Coverage] = []
    async with centre.reader() as reader:
        async for record in reader.calls_since(datetime.fromtimestamp(0, UTC)):
            if record.caller.startswith(PREFIX) and record.recording is not None:
                sound = await asyncio.to_thread(listen, folder / record.recording.path)
                found.append(cover(record, sound))
    return total(found)


async def _judged(stage: _Stage) -> Verdict:
    """The verdict, as soon as nothing is missing any more, or after a generous time."""
    folder = stage.centre.settings.recordings
    until = time.monotonic() + SETTLE_S
    async with stage.centre.reader() as reader:
        while True:
            records = await reader.calls(2 * len(stage.entries) + 100)
            files = folder.rglob("*.wav")
            audio = {
                str(file.relative_to(folder)) for file in files if file.stat().st_size > HEADER
            }
            verdict = judge(stage.entries, records, audio)
            waits = verdict.missing or verdict.open or verdict.unrecorded
            if not waits or time.monotonic() > until:
                return verdict
            await asyncio.sleep(1)


async def _kill(centre: Centre, wanted: Wanted, kills: Counter[str]) -> None:
    if not wanted.every_s:
        return
    random = Random(f"kills:{wanted.seed}")  # noqa: S311 (to be had again by its seed)
    while True:
        await asyncio.sleep(random.expovariate(1 / wanted.every_s))
        part = random.choice(("ivr", "router"))
        with contextlib.suppress(AssertionError, ProcessLookupError):  # it is down just now
            centre.kill(part, signal.SIGKILL)
            kills[part] += 1


async def _look(watch: Watch, stage: _Stage, began: float, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(SAMPLE_S)
        watch.look()
        say(f"{time.monotonic() - began:5.0f} s  {len(stage.entries)} panggilan / calls")
