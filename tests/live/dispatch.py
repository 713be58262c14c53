"""Calls with several humans in them: what the tests of the dispatch have in common."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from ops.phone.leg import SIGNAL_S, TONE_MS
from router.calls.record import StepResult
from tests.live.calls import CALLER_HZ, OFFICER_HZ, answer, choose, converse

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from ops.phone import Call, Ring
    from ops.phone.leg import Leg
    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.phones import Phones

AGENCY_HZ: Final = 1500
"""The tone of whoever was brought in."""
SILENT: Final = 0.01
"""Of full scale: less is silence."""
AMONG: Final = 0.06
"""Amplitude from which a tone counts among others; they are sent with 0.25."""

OPERATOR: Final[dict[str, Any]] = {
    "emergency": "operator",
    "steps": [("kominfo", "queue", StepResult.ANSWERED)],
    "answered_by": "kominfo",
    "handset": "101",
}
"""In which a record differs when an operator was chosen and answered."""
WITH_CALLER: Final = "penelepon masih bersama Anda"


async def dispatch(centre: Centre, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``./siaga112 dispatch …``."""
    return await asyncio.to_thread(centre.command, "dispatch", *words, timeout_s=120)


async def talking(phones: Phones, number: str, extension: str = "101", keys: str = "0") -> Talk:
    """A caller and an officer who hear each other."""
    call = await choose(phones, number, keys)
    ring = await answer(phones, extension)
    await converse(call, ring)
    record = await known(phones, number, lambda record: any(leg.talks for leg in record.legs))
    return Talk(call, ring, record.id)


class Talk:
    """A caller, an officer, and the id of their call."""

    def __init__(self, call: Call, officer: Ring, call_id: str) -> None:
        self.call = call
        self.officer = officer
        self.id = call_id


async def known(phones: Phones, number: str, so: Callable[[CallRecord], bool]) -> CallRecord:
    """The record of a call that is up, once something is so of it."""
    return await phones.centre.record(number, so, filed=False)


async def hears_among(leg: Leg, hz: int, timeout_s: float = SIGNAL_S) -> None:
    """Wait until 200 ms arrive in which this tone is one of those that sound."""
    mark = leg.heard.mark()

    def sounds() -> bool | None:
        heard = leg.heard.since(mark, TONE_MS)
        return True if heard.ms >= TONE_MS and heard.amplitude(hz) >= AMONG else None

    await leg.changes.until(sounds, timeout_s, f"tone of {hz} Hz among others")


async def all_hear(call: Call, officer: Ring, agency: Ring) -> None:
    """Each of three hears both others."""
    call.play_tone(CALLER_HZ)
    officer.play_tone(OFFICER_HZ)
    agency.play_tone(AGENCY_HZ)
    for leg, others in (
        (call, (OFFICER_HZ, AGENCY_HZ)),
        (officer, (CALLER_HZ, AGENCY_HZ)),
        (agency, (CALLER_HZ, OFFICER_HZ)),
    ):
        for hz in others:
            await hears_among(leg, hz)


async def both_hear(call: Call, other: Ring) -> None:
    """A caller and whoever has him now hear each other."""
    call.play_tone(CALLER_HZ)
    other.play_tone(AGENCY_HZ)
    await asyncio.gather(call.hears(AGENCY_HZ), other.hears(CALLER_HZ))


def legs(record: CallRecord) -> list[tuple[Any, ...]]:
    """The legs of a record without their times, which must be in order."""
    assert record.ended is not None
    for leg in record.legs:
        assert leg.left is not None
        assert leg.rung <= (leg.joined or leg.rung) <= leg.left <= record.ended
    return [
        (str(leg.kind), leg.agency, leg.handset, leg.joined is not None, str(leg.end))
        for leg in record.legs
    ]


async def silence(leg: Leg) -> None:
    """Wait until 400 ms of silence arrive."""
    mark = leg.heard.mark()

    def silent() -> bool | None:
        heard = leg.heard.since(mark, 400)
        return True if heard.ms >= 400 and heard.rms < SILENT else None

    await leg.changes.until(silent, 15, "silence")
