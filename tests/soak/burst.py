"""``python -m tests.soak.burst [--own]``: ten times as many calls as are taken, for half a minute.

Sixteen are taken; with ``--own`` as many as this machine takes by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from siaga.limits import Limits
from tests.fuzz.handsets import Does as Handset
from tests.live.centre import running_centre
from tests.soak.phones import Officers
from tests.soak.voices import Crowd

if TYPE_CHECKING:
    from tests.fuzz.callers import Caller
    from tests.live.centre import Centre

SMALL: Final = Limits(8, 16, 0)
TALKING: Final = 4
"""Calls that are up before, and must be afterwards."""
TIMES: Final = 10
BURST_S: Final = 30.0
ANSWER_S: Final = 20.0
BACK_S: Final = 10.0
FULL: Final = 503


async def burst(home: Path, limits: Limits | None) -> list[str]:
    """Play it; gives what was not as it must be."""
    with running_centre(home, limits=limits) as centre:
        officers = Officers(centre.target, 1, frozenset())
        officers.does = dict.fromkeys(("201", "202", "101", "102"), Handset.ANSWERS)
        crowd = Crowd(centre.target)
        await officers.open(0)
        speaking = asyncio.create_task(crowd.speak())
        try:
            await officers.login({ext: centre.password(ext) for ext in officers.does})
            return await _play(centre, crowd, officers)
        finally:
            speaking.cancel()
            crowd.close()
            officers.close()


async def _play(centre: Centre, crowd: Crowd, officers: Officers) -> list[str]:
    faults: list[str] = []
    talking = [await _talk(crowd, officers, f"0814{n:06d}") for n in range(TALKING)]
    callers: list[Caller] = []
    statuses: Counter[int] = Counter()

    async def offer(number: str) -> None:
        caller = await crowd.caller("127.0.0.1", "112", number)
        callers.append(caller)
        with suppress(TimeoutError):
            await caller.call(ANSWER_S)
        statuses[caller.status] += 1

    hard = centre.settings.admission.hard
    offered = hard * TIMES
    async with asyncio.TaskGroup() as calls:
        for n in range(offered):
            calls.create_task(offer(f"0815{n:06d}"))
            await asyncio.sleep(BURST_S / offered)
    _say(f"{offered} panggilan / calls in {BURST_S:.0f} s: {dict(statuses)}")
    if statuses != {200: hard - TALKING, FULL: offered - hard + TALKING}:
        faults.append(f"answers {dict(statuses)}")
    faults += [
        f"a call that was up has ended: {one.call_id}" for one in talking if one.ended.is_set()
    ]
    faults += [
        "a call that was taken has ended"
        for one in callers
        if one.status == 200 and one.ended.is_set()
    ]
    for caller in (*callers, *talking):
        if caller.status == 200:
            caller.hang_up()
            await caller.ended.wait()
    ended = time.monotonic()
    normal = await _talk(crowd, officers, "0816000000", key="1")
    back = time.monotonic() - ended
    normal.hang_up()
    await normal.ended.wait()
    record = await centre.record("0816000000")
    _say(f"biasa lagi / normal again after {back:.1f} s: {record.choice}, tier {record.tier}")
    if (record.choice, record.tier) != ("digit", 1) or back > BACK_S:
        faults.append(f"not normal again: {record.choice}, tier {record.tier}, {back:.1f} s")
    return faults


async def _talk(crowd: Crowd, officers: Officers, number: str, key: str = "1") -> Caller:
    """A caller who presses a key and talks with somebody."""
    caller = await crowd.caller("127.0.0.1", "112", number)
    assert await caller.call(ANSWER_S), caller.status
    await caller.press([(300, key)])
    async with asyncio.timeout(ANSWER_S * 3):
        await officers.of(number).wait()
    return caller


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (what it is for)


def main() -> int:
    """Play; exit status 1 when something was not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.burst")
    parser.add_argument("--own", action="store_true", help="the limits that this machine has")
    limits = None if parser.parse_args().own else SMALL
    with tempfile.TemporaryDirectory(prefix="burst-") as home:
        faults = asyncio.run(burst(Path(home) / "home", limits))
    for fault in faults:
        _say(f"SALAH / WRONG {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
