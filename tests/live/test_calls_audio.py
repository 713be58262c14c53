from __future__ import annotations

import array
import asyncio
import os
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from ops.doctor import Finding, Status, priority
from ops.phone import CallerLine, Law, Sound
from tests.live.calls import CALLER_HZ, OFFICER_HZ, answer, check, choose, converse, wav

if TYPE_CHECKING:
    from ops.phone import Call, Ring
    from tests.live.centre import Centre
    from tests.live.phones import Phones

NEITHER_HZ = 700
SECOND = 8000
LOUD = 0.05
"""Amplitude of a tone that is there, of full scale; both are sent at 0.25."""


def recorded(path: Path) -> list[Sound]:
    """A recording, half a second at a time."""
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
    half = SECOND // 2
    return [Sound(samples[i : i + half]) for i in range(0, len(samples) - half + 1, half)]


def holds_both(path: Path) -> bool:
    """Whether both sides' tones are heard at the same time, and no other."""
    return any(
        min(sound.amplitude(CALLER_HZ), sound.amplitude(OFFICER_HZ)) > LOUD
        and sound.amplitude(NEITHER_HZ) < LOUD / 5
        for sound in recorded(path)
    )


async def talk_a_while(call: Call, ring: Ring) -> None:
    """Talk until a second of the other side's tone has come to both."""
    await converse(call, ring)
    for _ in range(5):
        await converse(call, ring)


async def test_both_sides_are_recorded(phones: Phones) -> None:
    """The recording holds what the caller said and what the officer said, at the same time."""
    number = phones.centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await talk_a_while(call, ring)
    await call.hang_up()
    record = await phones.centre.record(number)
    check(phones.centre, record, number)
    assert holds_both(wav(phones.centre, record))


async def test_the_caller_hears_what_to_do_and_that_it_rings(phones: Phones) -> None:
    """The menu speaks, and goes on speaking until a key is pressed; waiting is not silent."""
    number = phones.centre.number()
    await phones.log_in("201")
    call = await phones.line.call(number)
    await call.answered()
    mark = call.heard.mark()
    while call.heard.since(mark).ms < 2000:
        await call.hears_sound()
    menu = call.heard.since(mark)
    assert menu.rms > LOUD / 2
    await call.press("1")
    ring = await phones.bank.ring("201")
    await ring.alert()
    await call.hears_sound()
    await ring.answer()
    await converse(call, ring)
    await call.hang_up()
    record = await phones.centre.record(number)
    assert record.recording is not None
    # The officer's recording begins with what the caller heard.
    assert max(sound.rms for sound in recorded(wav(phones.centre, record))[:4]) > LOUD / 2


async def test_either_law_of_the_codec_and_tcp_are_understood(phones: Phones) -> None:
    """A caller over TCP, with mu-law alone, talks with a handset and is recorded."""
    number = phones.centre.number()
    await phones.log_in("201")
    async with CallerLine(phones.centre.sipp, phones.centre.target, "tcp") as line:
        call = await line.call(number, laws=(Law.PCMU,))
        await call.answered()
        await call.press("1")
        ring = await answer(phones, "201")
        await talk_a_while(call, ring)
        await call.hang_up()
    record = await phones.centre.record(number)
    check(phones.centre, record, number)
    assert holds_both(wav(phones.centre, record))


CANARY = "alt.asterisk.canary.tweet.tweet.tweet"
CANARY_DIES_S = 60.0


def policies(pid: int) -> set[int]:
    """How the threads of a process are scheduled."""
    return {
        os.sched_getscheduler(int(thread.name)) for thread in Path(f"/proc/{pid}/task").iterdir()
    }


async def test_asterisk_has_its_turn_before_other_programs(centre: Centre) -> None:
    """Late audio is not recorded: where the machine allows it, all of its threads are real-time.

    It stays so only as long as the program that watches for it touches its file.
    """
    pid = centre.pid("asterisk")
    assert policies(pid) == {os.SCHED_RR if priority.allowed() else os.SCHED_OTHER}
    for part in ("ivr", "router"):
        assert os.sched_getscheduler(centre.pid(part)) == os.SCHED_OTHER
    (found,) = priority.real_time(centre.settings)
    if not priority.allowed():
        assert found.status is Status.WARN
        return
    assert found == Finding("priority", Status.OK, "Asterisk real-time")
    given = os.sched_getparam(pid)
    os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
    (found,) = priority.real_time(centre.settings)
    os.sched_setscheduler(pid, os.SCHED_RR, given)
    assert found.status is Status.WARN
    touched = centre.settings.home / "run" / CANARY
    began = time.time()
    async with asyncio.timeout(CANARY_DIES_S):
        while touched.stat().st_mtime < began:  # noqa: ASYNC110 (a file of another process)
            await asyncio.sleep(0.1)
