"""One test call: placed, answered, talked, and its record and recording looked at."""

from __future__ import annotations

import asyncio
import time
import wave
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from ops import ready
from ops.canary.agent import agent
from ops.phone.errors import PhoneError
from ops.phone.sound import amplitude
from ops.render.templates import label
from router.store import CallReader, open_engine
from router.watch.trials import Trial
from siaga.errors import SiagaError
from siaga.names import CANARY, CANARY_PHONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ops.canary.agent import Agent
    from ops.canary.talk import Ring, Talk
    from ops.canary.ways import Way
    from router.calls.record import CallRecord
    from siaga.plan import Plan
    from siaga.secrets import Secrets
    from siaga.settings import Settings

CALLER_HZ: Final = 440
OFFICER_HZ: Final = 1000
TALK_S: Final = 1.5
AUDIO_S: Final = 10.0
"""Longest a prompt or the other side may be silent."""
RING_S: Final = 20.0
"""Longest from the last key, or from a refusal, to the next ringing."""
KEY_GAP_S: Final = 0.7
RECORD_S: Final = 30.0
"""Longest a complete record may take: the CEL file is read 3 s behind, recordings are polled."""
WHOLE_S: Final = 120.0
LEAST_MS: Final = 1000
AUDIBLE: Final = 0.02
"""Amplitude of each side's tone in the recording; they are sent at 0.25."""
CLOSE: Final = timedelta(seconds=2)
WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (looked for, not bound)


class TrialError(SiagaError):
    """Something of a test call was not as it must be."""

    code = "trial"


@dataclass(frozen=True, slots=True)
class Centre:
    """What is tried.

    Attributes:
        settings: of the instance.
        secrets: its passwords.
        plan: in force, and its version.
    """

    settings: Settings
    secrets: Secrets
    plan: Plan
    version: str


async def attempt(centre: Centre, way: Way) -> Trial:
    """Make one test call; whatever goes wrong is in the result."""
    began = datetime.now(UTC)
    talked_ms: int | None = None
    try:
        async with asyncio.timeout(WHOLE_S):
            talked_ms = await _call(centre, way)
            record = await recorded(centre.settings, began)
        wrong = "; ".join(objections(record, way, centre))
    except (SiagaError, PhoneError, OSError) as error:
        wrong = str(error) or type(error).__name__
    except TimeoutError:
        wrong = f"not over within {WHOLE_S:g} s"
    now = time.time()
    return Trial(now, not wrong, wrong[:500], now if not wrong else 0.0, talked_ms)


async def _call(centre: Centre, way: Way) -> int:
    """Place the call and talk; milliseconds from the INVITE to two-way talk.

    Raises:
        PhoneError, TrialError: something did not happen that must.
    """
    settings = centre.settings
    if not await ready.edge(settings):
        raise TrialError("the edge does not answer, or does not reach Asterisk")
    host = WILDCARDS.get(settings.bind, settings.bind)
    async with agent((host, settings.ports.sip)) as phones:
        password = centre.secrets.canary
        await phones.register(CANARY_PHONE, password)
        try:
            began = time.monotonic()
            number = CANARY if way.tier == 1 else f"{CANARY}-{way.tier}"
            call = await phones.call(CANARY, password, number)
            await _press(call, way)
            ring = await _rings(phones, centre, way)
            await ring.answer()
            call.play(CALLER_HZ)
            ring.play(OFFICER_HZ)
            heard = await _both(call, ring)
            await asyncio.sleep(TALK_S)
            await call.hang_up()
            await ring.ended(AUDIO_S)
        finally:
            await phones.register(CANARY_PHONE, password, 0)
    return round((heard - began) * 1000)


async def _press(call: Talk, way: Way) -> None:
    for key in way.keys:
        try:
            await call.hears(None, AUDIO_S)
        except PhoneError:
            raise TrialError(f"no prompt was heard before key {key}") from None
        await call.press(key)
        await asyncio.sleep(KEY_GAP_S)


async def _rings(phones: Agent, centre: Centre, way: Way) -> Ring:
    """Decline in place of all but the last, and give the call that is to be answered."""
    for agency in way.agencies[:-1]:
        try:
            await (await phones.ring(RING_S)).refuse()
        except PhoneError as error:
            raise TrialError(f"{agency} was not rung: {error}") from error
    try:
        ring = await phones.ring(RING_S)
    except PhoneError as error:
        raise TrialError(f"{way.agencies[-1]} was not rung: {error}") from error
    wanted = label(centre.plan.emergencies[way.emergency].name.id).upper()
    if not ring.shown.startswith(wanted):
        raise TrialError(f"the display says {ring.shown[:40]!r} instead of {wanted!r}")
    return ring


async def _both(call: Talk, ring: Ring) -> float:
    sides = await asyncio.gather(
        call.hears(OFFICER_HZ, AUDIO_S), ring.hears(CALLER_HZ, AUDIO_S), return_exceptions=True
    )
    names = ("the caller does not hear the officer", "the officer does not hear the caller")
    deaf = [name for name, side in zip(names, sides, strict=True) if isinstance(side, PhoneError)]
    if deaf:
        raise TrialError("; ".join(deaf))
    return max(side for side in sides if isinstance(side, float))


async def recorded(settings: Settings, began: datetime) -> CallRecord:
    """The record of this node's test call that began then, once its recording is filed.

    Raises:
        TrialError: it is not there in time, or the database does not work.
    """
    engine = open_engine(settings.database)
    seen: CallRecord | None = None
    try:
        async with asyncio.timeout(RECORD_S):
            while True:
                for record in await CallReader(engine).calls(200):
                    if _is_own(record, settings, began):
                        seen = record
                        if record.ended and record.recording and record.recording.sha256:
                            return record
                await asyncio.sleep(0.25)
    except TimeoutError:
        what = "is not complete" if seen is not None else "is not there"
        raise TrialError(f"the record {what} after {RECORD_S:g} s") from None
    except (SQLAlchemyError, OSError) as error:
        raise TrialError(f"the database cannot be read ({type(error).__name__})") from error
    finally:
        await engine.dispose()


def _is_own(record: CallRecord, settings: Settings, began: datetime) -> bool:
    """Nodes that share a database make test calls at the same time."""
    return record.is_test and record.node == settings.node and record.began >= began - CLOSE


def objections(record: CallRecord, way: Way, centre: Centre) -> Iterator[str]:
    """What of a record is not as it must be, in a few words each."""
    rung = tuple(dict.fromkeys(step.agency for step in record.steps))
    for what, found, wanted in (
        ("emergency", record.emergency, way.emergency),
        ("choice", record.choice, "digit"),
        ("language", record.language, way.language),
        ("tier", record.tier, way.tier),
        ("plan", record.plan_version, centre.version),
        ("rung", rung, tuple(dict.fromkeys(way.agencies))),
        ("handset", record.handset, CANARY_PHONE),
        ("outcome", record.outcome, "answered"),
    ):
        if found != wanted:
            yield f"{what} is {found!s} instead of {wanted!s}"
    recording = record.recording
    if recording is None or (recording.duration_ms or 0) < LEAST_MS:
        yield "the recording is empty"
    else:
        yield from unheard(centre.settings.recordings / recording.path)


def unheard(path: Path) -> Iterator[str]:
    """Sides of the call that are not in its recording."""
    try:
        with wave.open(str(path), "rb") as file:
            rate, count = file.getframerate(), file.getnframes()
            file.setpos(max(0, count - rate))
            samples = array("h", file.readframes(rate))
    except (OSError, wave.Error, EOFError) as error:
        yield f"the recording cannot be read ({type(error).__name__})"
        return
    for who, hz in (("caller", CALLER_HZ), ("officer", OFFICER_HZ)):
        if amplitude(samples, hz) < AUDIBLE:
            yield f"the {who} is not in the recording"
