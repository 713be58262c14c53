"""Calls as their telephones make them, and their records compared with that, field by field."""

from __future__ import annotations

import asyncio
import hashlib
import wave
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ops.canary import round as rounds
from ops.phone import PhoneError
from router.calls.record import Outcome, Reason, Source, StepResult
from router.store import as_row
from siaga.plan import load_plan
from tests.live.centre import RECORD_S

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ops.phone import Call, Ring
    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.phones import Phones

CALLER_HZ: Final = 440
OFFICER_HZ: Final = 1000
RECORDING_EDGE_MS: Final = 2000
"""How far the length of a recording and that of its call may be apart."""

ANSWERED: Final[dict[str, Any]] = {
    "language": "id",
    "emergency": "fire",
    "choice": "digit",
    "tier": 1,
    "steps": [("damkar", "queue", StepResult.ANSWERED)],
    "answered_by": "damkar",
    "handset": "201",
    "outcome": Outcome.ANSWERED,
    "reason": Reason.CALLER_HUNG_UP,
    "source": Source.LIVE,
}
"""A caller who pressed 1, talked with Damkar's first handset, and hung up."""

UNANSWERED: Final[dict[str, Any]] = {
    **ANSWERED,
    "steps": [("damkar", "queue", StepResult.ABANDONED)],
    "answered_by": None,
    "handset": None,
    "outcome": Outcome.ABANDONED_RINGING,
}
"""A caller who pressed 1 and left while Damkar rang."""

IN_MENU: Final[dict[str, Any]] = {
    **UNANSWERED,
    "language": None,
    "emergency": None,
    "choice": None,
    "steps": [],
    "outcome": Outcome.ABANDONED_MENU,
}
"""A caller who left before choosing."""


async def arrive(phones: Phones, number: str) -> Call:
    """Call 112 and hear that it speaks."""
    call = await phones.line.call(number)
    await call.answered()
    await call.hears_sound()
    return call


async def choose(phones: Phones, number: str, keys: str = "1") -> Call:
    """Call 112 and press."""
    call = await arrive(phones, number)
    await call.press_many(keys)
    return call


async def answer(phones: Phones, extension: str) -> Ring:
    """Have a handset answer the next call it gets."""
    ring = await phones.bank.ring(extension)
    await ring.alert()
    await ring.answer()
    return ring


async def converse(call: Call, ring: Ring) -> None:
    """Have both sides hear each other."""
    call.play_tone(CALLER_HZ)
    ring.play_tone(OFFICER_HZ)
    await asyncio.gather(call.hears(OFFICER_HZ), ring.hears(CALLER_HZ))


async def canary_passes(centre: Centre) -> None:
    """The centre's own test call finds nothing wrong."""
    _, trial = await rounds.one(centre.settings, "1/damkar")
    assert trial.ok, trial.wrong


async def until_quiet(centre: Centre) -> None:
    """Wait until no channel is left in Asterisk and no call is open in the records."""
    channels = still_open = None
    try:
        async with asyncio.timeout(RECORD_S), centre.reader() as reader:
            while True:
                channels = await asyncio.to_thread(centre.asterisk, "core show channels concise")
                still_open = await reader.open_calls()
                if not channels.strip() and not still_open:
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"not over: {channels}; {still_open}") from None


def told(record: CallRecord) -> dict[str, Any]:
    """What a record says, times, length and place of the recording apart."""
    return {
        "node": record.node,
        "caller": record.caller,
        "language": record.language,
        "emergency": record.emergency,
        "choice": record.choice,
        "tier": record.tier,
        "plan_version": record.plan_version,
        "steps": [(step.agency, step.kind, step.result) for step in record.steps],
        "answered_by": record.answered_by,
        "handset": record.handset,
        "outcome": record.outcome,
        "reason": record.reason,
        "recorded": record.recording is not None,
        "source": record.source,
    }


def check(
    centre: Centre,
    record: CallRecord,
    number: str,
    expected: dict[str, Any] | None = None,
    *,
    filed: bool = True,
    **changes: Any,
) -> None:
    """Compare a whole record with what happened.

    Args:
        centre: where the call was.
        record: of the call.
        number: the caller's, as the record must have it.
        expected: what kind of call it was; an answered one unless told otherwise.
        filed: whether the recording is complete by now.
        changes: fields, as :func:`told` names them, in which this call differs from its kind.
    """
    assert told(record) == {
        "node": centre.settings.node,
        "caller": number,
        "plan_version": load_plan(centre.settings.plan_in_force).version,
        "recorded": True,
        **(ANSWERED if expected is None else expected),
        **changes,
    }
    assert record.id.startswith(f"{centre.settings.node}-")
    _check_times(record)
    if filed and record.recording is not None:
        _check_recording(centre, record)


def _check_times(record: CallRecord) -> None:
    assert record.ended is not None
    moments = [record.began]
    for step in record.steps:
        assert step.left is not None
        moments += [step.entered, step.left]
    moments.append(record.ended)
    assert moments == sorted(moments)
    answers = [step.left for step in record.steps if step.result is StepResult.ANSWERED]
    assert record.answered == (answers[0] if answers else None)
    row = as_row(record, ZoneInfo("Asia/Makassar"))
    assert row["wait_ms"] == _ms(record.began, record.answered)
    assert row["talk_ms"] == _ms(record.answered, record.ended)


def _ms(begin: datetime | None, end: datetime | None) -> int | None:
    return None if begin is None or end is None else round((end - begin).total_seconds() * 1000)


def wav(centre: Centre, record: CallRecord) -> Path:
    """The recording's file."""
    assert record.recording is not None
    return centre.settings.recordings / record.recording.path


def _check_recording(centre: Centre, record: CallRecord) -> None:
    assert record.recording is not None
    assert record.ended is not None
    zone = ZoneInfo(centre.plan.centre.timezone)
    # The dialplan names it a moment after the call began, which may be the next day.
    days = {f"{at.astimezone(zone):%Y/%m/%d}" for at in (record.began, record.ended)}
    assert record.recording.path in {f"{day}/{record.id}.wav" for day in days}
    path = wav(centre, record)
    assert record.recording.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        length_ms = file.getnframes() // 8
    assert record.recording.duration_ms == length_ms
    call_ms = _ms(record.began, record.ended)
    assert call_ms is not None
    assert call_ms - RECORDING_EDGE_MS <= length_ms <= call_ms + RECORDING_EDGE_MS


async def refuse_all(phones: Phones, extension: str, status: int) -> None:
    """Have a handset refuse every call it gets, until cancelled."""
    while True:
        ring = await phones.bank.ring(extension, timeout=RECORD_S)
        try:
            await ring.refuse(status)
        except PhoneError:
            continue  # Asterisk gave up first.
