"""A supervisor listens to a talk, and speaks to its officer, whichever node either has."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from ops.phone.leg import SIGNAL_S, TONE_MS
from ops.phone.transfer import dial
from siaga.keys import LISTEN_KEYS
from tests.compose.calls import CALLER_HZ, OFFICER_HZ
from tests.compose.desk import RECORD_S, Desk, ScenarioError, expect, over
from tests.compose.plan import SUPERVISOR

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ops.phone import Call, Ring
    from ops.phone.leg import Leg
    from tests.compose.console import Reader

OTHER_HZ: Final = 1500
"""The tone of whoever came to a talk of two."""
AMONG: Final = 0.06
"""Amplitude from which a tone counts among others; they are sent with 0.25."""
SHOWN: Final = {"listen": "SIMAK", "whisper": "BISIK"}
TIMES: Final = 4
"""He listens so often: the edge gives calls to the nodes by turns."""


async def hears_among(leg: Leg, *tones: int) -> None:
    """Wait until 200 ms arrive in which all these tones sound.

    Raises:
        PhoneTimeoutError: one does not.
    """
    mark = leg.heard.mark()

    def sound() -> bool | None:
        heard = leg.heard.since(mark, TONE_MS)
        if heard.ms < TONE_MS:
            return None
        return True if all(heard.amplitude(hz) >= AMONG for hz in tones) else None

    await leg.changes.until(sound, SIGNAL_S, f"tones of {tones} Hz")


@asynccontextmanager
async def _talk(desk: Desk) -> AsyncIterator[tuple[Any, Call, Ring]]:
    """A caller and an officer who hear each other; gives their record too."""
    talk = await desk.talk("0", "101")
    row = await desk.record(talk.number, lambda row: row["answered"] is not None)
    yield row, talk.calling, talk.ring
    await talk.calling.hang_up()
    await desk.record(talk.number, over)


def _not_among(leg: Leg, hz: int, who: str) -> None:
    """Nothing that it heard so far was this tone."""
    if leg.heard.since(0, 10_000).amplitude(hz) >= AMONG / 2:
        raise ScenarioError(f"{who} hears {hz} Hz")


async def listening(desk: Desk) -> str:
    """By keys a supervisor hears both and neither hears him; who is none hears neither."""
    async with _talk(desk) as (row, calling, ring):
        for _ in range(TIMES):
            ear = await dial(desk.desk, SUPERVISOR, desk.passwords[SUPERVISOR], f"{LISTEN_KEYS}101")
            desk.up.append(ear)
            await ear.answered()
            ear.play_tone(OTHER_HZ)
            await hears_among(ear, CALLER_HZ, OFFICER_HZ)
            await asyncio.gather(hears_among(calling, OFFICER_HZ), hears_among(ring, CALLER_HZ))
            await ear.hang_up()
        other = await dial(desk.desk, "201", desk.passwords["201"], f"{LISTEN_KEYS}101")
        desk.up.append(other)
        await other.answered()
        await other.ended()
        for hz in (CALLER_HZ, OFFICER_HZ):
            _not_among(other, hz, "who is no supervisor")
        _not_among(calling, OTHER_HZ, "the caller")
        _not_among(ring, OTHER_HZ, "the officer")
    await _rows(desk, row["id"], TIMES)
    return f"{TIMES} times in a talk of {row['node']}, each a row of the audit log"


async def whispering(desk: Desk) -> str:
    """By a console a supervisor's handset rings: he hears both, and the officer alone hears him.

    One node's console has him listen, the other's whisper, wherever the talk is.
    """
    asked = tuple(zip(desk.consoles, ("listen", "whisper"), strict=True))
    try:
        async with _talk(desk) as (row, calling, ring):
            await desk.log_in([SUPERVISOR])
            for node, verb in asked:
                await _asked(desk.consoles[node], verb, row["id"])
                supervisor = await desk.take(SUPERVISOR)
                expect("shown", supervisor.caller_name, f"{SHOWN[verb]} 101")
                supervisor.play_tone(OTHER_HZ)
                await hears_among(supervisor, CALLER_HZ, OFFICER_HZ)
                if verb == "whisper":
                    await hears_among(ring, CALLER_HZ, OTHER_HZ)
                else:
                    await hears_among(ring, CALLER_HZ)
                    _not_among(ring, OTHER_HZ, "the officer")
                await hears_among(calling, OFFICER_HZ)
                _not_among(calling, OTHER_HZ, "the caller")
                await supervisor.hang_up()
    finally:
        await desk.bank.unregister(SUPERVISOR, desk.passwords[SUPERVISOR])
    await _rows(desk, row["id"], len(asked))
    told = ", ".join(f"{verb} by {node}'s console" for node, verb in asked)
    return f"in a talk of {row['node']}: {told}"


async def _asked(console: Reader, verb: str, call: str) -> None:
    await console.get("/supervise")
    where = await console.post(f"/supervise/{verb}", call=call, handset="101", at=SUPERVISOR)
    expect("the console", where, f"/supervise?at={SUPERVISOR}&done={verb}")


async def _rows(desk: Desk, call: str, count: int) -> None:
    """The audit log tells on each node so many times that this call was listened to."""
    for node in desk.consoles:
        found: list[str] = []
        try:
            async with asyncio.timeout(RECORD_S):
                while len(found) < count:
                    told = await desk.command(node, "audit-log", "--json")
                    rows = [json.loads(line) for line in told.splitlines()]
                    found = [row["who"] for row in rows if row["object"] == call]
        except TimeoutError:
            raise ScenarioError(f"only these rows of {call} on {node}: {found}") from None
        expect("who listened", set(found), {SUPERVISOR})
