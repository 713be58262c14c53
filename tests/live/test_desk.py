"""Operators with nothing but a handset: what a call was, what was said just now, a rest."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from ops.live.link import opened
from router.dispatch.again import LAST_S
from router.recordings import RATE
from router.store import ClassReader, open_engine
from siaga.keys import CallClass
from tests.live.calls import CALLER_HZ, OFFICER_HZ, check, until_quiet
from tests.live.centre import RECORD_S
from tests.live.desk import dialling
from tests.live.dispatch import OPERATOR, SILENT, hears_among, known, silence, talking

if TYPE_CHECKING:
    from tests.live.centre import Centre
    from tests.live.phones import Phones

PRANK = "*43"
EMERGENCY = "*41"
AGAIN = "*8"
REST, ON_DUTY = "*5", "*6"
FLUSHED_S = 3
"""Asterisk writes a recording to the disk in pieces of two seconds."""


async def until_class(centre: Centre, call: str, kind: CallClass) -> None:
    """Wait until the last word on a call is this class."""
    said: list[CallClass] = []
    engine = open_engine(centre.settings.database)
    try:
        async with asyncio.timeout(RECORD_S):
            while said[-1:] != [kind]:
                said = [given.kind for given in await ClassReader(engine).history(call)]
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"its classes are {said}") from None
    finally:
        await engine.dispose()


async def pauses(centre: Centre) -> list[tuple[str, str]]:
    """The overrides in force, with who set them."""
    async with opened(centre.settings) as (store, _):
        return [(item.key, item.by) for item in await store.items()]


async def test_a_call_is_classed_by_keys_in_it_and_after_it(phones: Phones) -> None:
    """Said in the call, corrected from the idle handset; then corrected by command."""
    centre, number = phones.centre, phones.centre.number()
    await phones.log_in("101")
    talk = await talking(phones, number)
    talk.call.stop_tone()
    talk.officer.stop_tone()
    await silence(talk.officer)
    await silence(talk.call)
    mark = talk.call.heard.mark()
    await talk.officer.press_many(PRANK)
    await talk.officer.hears_sound()
    await until_class(centre, talk.id, CallClass.PRANK)
    assert talk.call.heard.since(mark).rms < SILENT
    await talk.call.hang_up()
    await talk.officer.ended()
    check(centre, await centre.record(number), number, **OPERATOR)
    async with dialling(centre, "101", EMERGENCY) as desk:
        await desk.ended()
    await until_class(centre, talk.id, CallClass.EMERGENCY)
    done = await asyncio.to_thread(centre.command, "class", talk.id, "information", "--by", "Ani")
    assert done.stdout.strip() == (
        f"{talk.id}: iseng / prank (101) → darurat / emergency (101) → "
        "informasi / information (Ani)"
    )
    shown = await asyncio.to_thread(centre.command, "calls", "--json")
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [row["class"] for row in rows if row["id"] == talk.id] == ["information"]
    await until_quiet(centre)


async def test_the_officer_alone_hears_again_what_was_said(phones: Phones) -> None:
    """The caller is silent by then, and hears nothing of it."""
    centre, number = phones.centre, phones.centre.number()
    await phones.log_in("101")
    talk = await talking(phones, number)
    record = await known(phones, number, lambda record: record.recording is not None)
    assert record.recording is not None
    file = centre.settings.recordings / record.recording.path
    talk.call.stop_tone()
    talk.officer.stop_tone()
    await silence(talk.call)
    await silence(talk.officer)
    size = file.stat().st_size
    async with asyncio.timeout(RECORD_S):
        while file.stat().st_size < size + FLUSHED_S * RATE:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    mark = talk.call.heard.mark()
    await talk.officer.press_many(AGAIN)
    # The menu comes first: it was said in this half minute too.
    await asyncio.gather(*(hears_among(talk.officer, hz, LAST_S) for hz in (CALLER_HZ, OFFICER_HZ)))
    assert talk.call.heard.since(mark).rms < SILENT
    await talk.call.hang_up()
    await talk.officer.ended()
    check(centre, await centre.record(number), number, **OPERATOR)


async def test_a_handset_rests_and_is_on_duty_again_by_keys(phones: Phones) -> None:
    """Its colleague is rung meanwhile, and it is not."""
    centre = phones.centre
    await phones.log_in("101", "102")
    async with dialling(centre, "101", REST) as desk:
        await desk.ended()
    assert await pauses(centre) == [("pause/101", "101")]
    number = centre.number()
    talk = await talking(phones, number, "102")
    await talk.call.hang_up()
    await talk.officer.ended()
    async with dialling(centre, "101", ON_DUTY) as desk:
        await desk.ended()
    assert await pauses(centre) == []
    later = centre.number()
    back = await talking(phones, later)
    # The first call that this handset ever got: it was not rung while it rested.
    assert back.officer.caller_number == later
    await back.call.hang_up()
    await back.officer.ended()
    await until_quiet(centre)
