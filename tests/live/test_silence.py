"""Silent callers: their officers are freed, they are watched, and a human listens again."""

from __future__ import annotations

import asyncio
import math
import random
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from ops.phone.rtp import CLOCK
from router.calls.record import WATCH, StepResult
from tests.live.calls import answer, arrive, check, converse
from tests.live.centre import running_centre
from tests.live.dispatch import legs, talking
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ops.phone import Call, Ring
    from tests.live.centre import Centre
    from tests.live.phones import Phones

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("silence")

PLAN = """
centre: {name: "112 Senyap", timezone: Asia/Makassar, languages: [id]}
agencies:
  kominfo: {name: Petugas, handsets: ["101", "102", "103"], strategy: linear}
emergencies:
  operator: {name: Petugas, agency: kominfo, ring: 90s}
  fire: {name: Api, agency: kominfo, ring: 90s}
menu: {digits: {1: fire}, tries: 1, wait: 0.3s, human_within: 7s, default: operator}
callers:
  silent: {listen: 5s, hold: 32s}
last_resort: {agency: kominfo, ring: 60s}
"""
SPEED = 4.0
"""The dialplan's seconds are shorter: the watch is 8 s, a handset rings for 22 s at most."""
ACCEPT = "*0"
QUIET = 0.008
"""Amplitude of full scale: a sine of -39 dBm0."""
COMFORT = 52
"""Of 32768, root mean square: comfort noise of -50 dBm0."""

SILENT: dict[str, Any] = {
    "emergency": "operator",
    "choice": "no_input",
    "answered_by": "kominfo",
    "handset": "101",
}
RANG = ("kominfo", "queue", StepResult.ANSWERED)
WATCHED = ("kominfo", "watch", StepResult.HEARD)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A small centre with a short menu, whose officers listen to a silent caller for 5 s."""
    folder = tmp_path_factory.mktemp("quiet")
    plan = folder / "plan.yaml"
    plan.write_text(PLAN, encoding="utf-8")
    changes: dict[str, Any] = {"plan": plan, "test_clock": True, "test_speed": SPEED}
    with running_centre(folder / "home", **changes) as running:
        yield running


@pytest_asyncio.fixture
async def phones(quiet: Centre) -> AsyncIterator[Phones]:
    """Telephones at that centre, whose router has heard somebody: it trusts silence only then."""
    await quiet.until_ready()
    async with telephones(quiet) as made:
        await made.log_in("101", "102", "103")
        await somebody_speaks(made)
        yield made


async def somebody_speaks(phones: Phones, extension: str = "101") -> None:
    """A call in which the caller is heard, as nearly all are."""
    call = await arrive(phones, phones.centre.number())
    call.play_tone(1000)
    await asyncio.sleep(0.3)  # how long the caller speaks
    await call.press("1")
    ring = await answer(phones, extension)
    await call.hang_up()
    await ring.ended()


async def silent(phones: Phones, number: str, extension: str) -> tuple[Call, Ring]:
    """A caller who presses nothing and says nothing, and the officer who answers."""
    call = await arrive(phones, number)
    return call, await answer(phones, extension)


async def test_an_officer_is_freed_and_the_caller_speaks_up(phones: Phones) -> None:
    """The officer takes the next call meanwhile; who makes a quiet sound is with a human again."""
    centre = phones.centre
    number = centre.number()
    call, ring = await silent(phones, number, "101")
    await ring.hears_sound()
    await ring.ended()
    await call.hears_sound()

    other = await talking(phones, centre.number(), "101", keys="1")
    await other.call.hang_up()
    await other.officer.ended()

    call.play_samples(hum(QUIET))
    again = await answer(phones, "101")
    assert again.caller_name == "BERSUARA PETUGAS"
    call.stop_tone()
    await converse(call, again)
    await call.hang_up()
    record = await centre.record(number)
    check(centre, record, number, **SILENT, steps=[RANG, WATCHED, RANG])
    assert legs(record) == [
        ("route", "kominfo", "101", True, "released"),
        ("route", "kominfo", "101", True, "call_ended"),
    ]


async def test_a_key_a_hang_up_and_the_end_of_the_time(phones: Phones) -> None:
    """Of three who are watched one presses a key, one hangs up, one is listened to again."""
    centre = phones.centre
    waits, presses, leaves = calls = [centre.number() for _ in range(3)]
    by = await asyncio.gather(*(arrive(phones, number) for number in calls))
    waiting, pressing, leaving = by
    rings = [await answer(phones, extension) for extension in ("101", "102", "103")]
    await asyncio.gather(*(ring.ended() for ring in rings))
    first = {ring.caller_number: ring.extension for ring in rings}

    await pressing.press("7")
    again = await answer(phones, "101")
    assert (again.caller_name, again.caller_number) == ("BERSUARA PETUGAS", presses)
    await converse(pressing, again)
    await leaving.hang_up()

    listened = await answer(phones, "102")
    assert (listened.caller_name, listened.caller_number) == ("SENYAP PETUGAS", waits)
    await listened.ended()
    await _watched(centre, waits, 2)
    await waiting.hang_up()
    await pressing.hang_up()

    left = ("kominfo", "watch", StepResult.ABANDONED)
    held = ("kominfo", "watch", StepResult.NO_ANSWER)
    for number, steps in (
        (presses, [RANG, WATCHED, RANG]),
        (leaves, [RANG, left]),
        (waits, [RANG, held, RANG, left]),
    ):
        record = await centre.record(number)
        check(centre, record, number, **SILENT | {"handset": first[number]}, steps=steps)
    assert [leg[2] for leg in legs(record)] == [first[waits], "102"]


async def test_whoever_is_there_or_kept_stays(phones: Phones) -> None:
    """Comfort noise is nobody; a quiet sound, and the officer's key, are somebody."""
    centre = phones.centre
    murmurs, kept, noise = numbers = [centre.number() for _ in range(3)]
    calls = dict(
        zip(numbers, await asyncio.gather(*(arrive(phones, each) for each in numbers)), strict=True)
    )
    calls[murmurs].play_samples(hum(QUIET))
    calls[noise].play_samples(comfort())
    rings = [await phones.bank.ring(extension) for extension in ("101", "102", "103")]
    by = {ring.caller_number: ring for ring in rings}
    # Who is freed answers last: the others would have been by then.
    for number in numbers:
        await by[number].alert()
        await by[number].answer()
    await by[kept].press_many(ACCEPT)
    await by[noise].ended()
    calls[murmurs].stop_tone()
    for number in (murmurs, kept):
        await converse(calls[number], by[number])
    for call in calls.values():
        await call.hang_up()
    for number in (murmurs, kept):
        record = await centre.record(number)
        check(centre, record, number, **SILENT | {"handset": by[number].extension}, steps=[RANG])
    assert (await centre.record(noise)).was_watched


async def test_a_router_that_did_not_see_a_call_arrive_moves_nobody(phones: Phones) -> None:
    """It is killed while an officer listens; only who came after it began anew is moved."""
    centre = phones.centre
    number = centre.number()
    call, ring = await silent(phones, number, "101")
    centre.kill("router")
    await centre.until_ready()
    await somebody_speaks(phones, "102")
    other, third = await silent(phones, centre.number(), "103")
    await third.ended()
    await converse(call, ring)
    await call.hang_up()
    await other.hang_up()
    assert not (await centre.record(number)).was_watched


async def _watched(centre: Centre, number: str, times: int = 1) -> None:
    """Wait until the caller is watched, for the so-manyth time."""
    await centre.record(
        number,
        lambda record: (
            [step.kind for step in record.steps].count(WATCH) == times
            and record.steps[-1].kind == WATCH
        ),
        filed=False,
    )


def hum(level: float) -> list[int]:
    """A second of 200 Hz."""
    return [round(level * 32768 * math.sin(math.tau * 200 * i / CLOCK)) for i in range(CLOCK)]


def comfort() -> list[int]:
    """A second of noise as quiet telephones send it in place of silence."""
    drawn = random.Random(1)  # noqa: S311 (noise)
    return [round(drawn.gauss(0, COMFORT)) for _ in range(CLOCK)]
