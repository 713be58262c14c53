"""Callers in fun: numbers are flagged, warned and ranked last, and all reach a human."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from ops import classes, noise
from ops.live import commands, current
from ops.live.commands import Terms
from router.calls.record import StepResult
from router.noise.keeper import BY
from siaga.plan.live import Override
from siaga.settings import PROJECT
from tests.live.calls import (
    CALLER_HZ,
    RECORD_S,
    answer,
    arrive,
    check,
    choose,
    converse,
    until_quiet,
)
from tests.live.centre import running_centre
from tests.live.menu.ear import hears_prompt
from tests.live.phones import telephones

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ops.phone import Call, Ring
    from tests.live.centre import Centre
    from tests.live.phones import Phones

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("noise")

KNOWN = "0549000300"
CALLERS = f"""callers:
  known: [{{number: "{KNOWN}", name: Pos pantau, emergency: operator}}]
  pranks: {{after: 2, within: 1h, for: 2h, reviewer: Kepala Seksi}}
"""
HOUR = Terms("1h", None, "iseng terus", "ani")
FLAGGED: dict[str, Any] = {
    "emergency": "operator",
    "choice": "flagged",
    "tier": None,
    "steps": [("kominfo", "queue", StepResult.ANSWERED)],
    "answered_by": "kominfo",
    "handset": "101",
}


@pytest.fixture(scope="module")
def pestered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre whose officers have had enough, and whose callers may wait for long."""
    folder = tmp_path_factory.mktemp("pestered")
    plan = folder / "plan.yaml"
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    before, _, after = text.partition("callers:")
    _, _, after = after.partition("\n\n")
    text = (before + CALLERS + "\n" + after).replace("ring: 20s", "ring: 90s")
    plan.write_text(text, encoding="utf-8")
    with running_centre(folder / "home", plan=plan) as running:
        yield running


@pytest_asyncio.fixture
async def phones(pestered: Centre) -> AsyncIterator[Phones]:
    """Telephones at that centre; no number is flagged before and after."""
    await pestered.until_ready()
    async with telephones(pestered) as made:
        yield made
    for item in await current(pestered.settings):
        await commands.clear(pestered.settings, item.key, "uji selesai", "uji")


async def warned(phones: Phones, number: str) -> Call:
    """A caller of a flagged number hears that it is, in place of the menu."""
    call = await arrive(phones, number)
    await hears_prompt(call, phones.centre, "id", "challenge")
    return call


async def helped(phones: Phones, call: Call) -> Ring:
    """The operator's handset rings, shows that the number is flagged, and both talk."""
    ring = await answer(phones, "101")
    assert "DITANDAI" in ring.caller_name
    await converse(call, ring)
    return ring


@pytest.mark.parametrize("key", ["5", "1", "*"])
async def test_any_key_leads_on_to_a_human(phones: Phones, key: str) -> None:
    """Whichever key, it only says that somebody is there: the operators take the call."""
    centre = phones.centre
    await phones.log_in("101", "201")
    number = centre.number()
    # Flagged as it is said at the desk, called from as the carrier sends it.
    await commands.flag(centre.settings, f"+62 {number[1:4]}-{number[4:]}", HOUR)
    call = await warned(phones, number)
    await call.press(key)
    await helped(phones, call)
    await call.hang_up()
    check(centre, await centre.record(number), number, **FLAGGED)


async def test_a_voice_leads_on_to_a_human(phones: Phones) -> None:
    """Who speaks at the warning needs no key."""
    centre = phones.centre
    await phones.log_in("101")
    number = centre.number()
    await commands.flag(centre.settings, number, HOUR)
    call = await warned(phones, number)
    call.play_tone(CALLER_HZ)
    await asyncio.sleep(0.8)  # how long the caller speaks
    call.stop_tone()
    await helped(phones, call)
    await call.hang_up()
    check(centre, await centre.record(number), number, **FLAGGED)


async def test_silence_reaches_a_human_too(phones: Phones) -> None:
    """Nobody is refused: who says nothing hears the warning out, and somebody listens to them."""
    centre = phones.centre
    await phones.log_in("101")
    number = centre.number()
    await commands.flag(centre.settings, number, HOUR)
    call = await warned(phones, number)
    ring = await phones.bank.ring("101", timeout=centre.plan.menu.human_within)
    await ring.alert()
    await ring.answer()
    await converse(call, ring)
    await call.hang_up()
    record = await centre.record(number)
    check(centre, record, number, **FLAGGED | {"choice": "flagged_silent"})
    rung = (record.steps[0].entered - record.began).total_seconds()
    assert rung < centre.plan.menu.human_within


async def test_with_the_menu_dead_a_flagged_number_is_warned_all_the_same(phones: Phones) -> None:
    """It is Asterisk's own doing."""
    centre = phones.centre
    await phones.log_in("101")
    number = centre.number()
    await commands.flag(centre.settings, number, HOUR)
    centre.kill("router")
    centre.kill("ivr")
    call = await warned(phones, number)
    await call.press("5")
    await helped(phones, call)
    await call.hang_up()
    await centre.until_ready()
    record = await centre.record(number)
    assert (record.choice, record.answered_by) == ("flagged", "kominfo")


async def test_who_waits_is_served_by_what_is_known_of_them(phones: Phones) -> None:
    """Four wait for one handset: the flagged number, there first, is served last."""
    centre = phones.centre
    await phones.log_in("101")
    talking = await choose(phones, centre.number(), "0")
    ring = await answer(phones, "101")
    await converse(talking, ring)

    flagged, unknown, digit = (centre.number() for _ in range(3))
    await commands.flag(centre.settings, flagged, HOUR)
    waiting = {flagged: await warned(phones, flagged)}
    await waiting[flagged].press("5")
    await _queued(centre, flagged)
    waiting[unknown] = await arrive(phones, unknown)
    await waiting[unknown].press_many("77", gap_ms=1000)
    await _queued(centre, unknown)
    waiting[digit] = await choose(phones, digit, "0")
    await _queued(centre, digit)
    waiting[KNOWN] = await phones.line.call(KNOWN)
    await _queued(centre, KNOWN)

    await talking.hang_up()
    served = []
    for _ in waiting:
        ring = await answer(phones, "101")
        served.append(ring.caller_number)
        await converse(waiting[ring.caller_number], ring)
        await ring.hang_up()
    assert served == [KNOWN, digit, unknown, flagged]
    choices = [(await centre.record(number)).choice for number in served]
    assert choices == ["known", "digit", "no_match", "flagged"]


async def _queued(centre: Centre, number: str) -> None:
    """Wait until the caller waits for a handset."""
    await centre.record(number, lambda record: bool(record.steps), filed=False)


async def test_numbers_are_flagged_by_what_officers_say_of_them(
    phones: Phones, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second prank flags the number; whom the reviewer lets off, no other word flags again."""
    centre = phones.centre
    await phones.log_in("101")
    number = centre.number()
    for _ in range(2):
        call = await choose(phones, number, "0")
        await converse(call, await answer(phones, "101"))
        await call.hang_up()
        await until_quiet(centre)
        assert not await current(centre.settings)
        async with centre.reader() as reader:
            (last,) = await reader.calls(1)
        assert last.caller == number
        await classes.give(centre.settings, last.id, "prank", "101")
    (flag,) = await _flags(centre, 1)
    assert (flag.override, flag.name, flag.by) == (Override.FLAG, f"62{number[1:]}", BY)
    assert flag.reason == "2x iseng dalam 1 jam; peninjau: Kepala Seksi"

    call = await warned(phones, number)
    await call.press("5")
    await helped(phones, call)
    await call.hang_up()
    real = await centre.record(number, lambda record: record.choice == "flagged" and _over(record))
    await classes.give(centre.settings, real.id, "emergency", "101")

    await noise.show(centre.settings, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["flagged_emergencies"] >= 1
    (mine,) = told["flags"]
    assert (mine["number"], mine["calls"], mine["emergencies"]) == (f"+62{number[1:]}", 1, 1)

    await commands.clear(centre.settings, number, "salah duga", "kepala")
    await classes.give(centre.settings, real.id, "information", "101")
    await _until_seen(centre)
    assert not await current(centre.settings)
    assert "kepala" in await noise.reset(centre.settings, "kepala")
    await noise.show(centre.settings, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["calls"], told["since_by"]) == (0, "kepala")


def _over(record: Any) -> bool:
    return record.ended is not None


async def _flags(centre: Centre, count: int) -> tuple[Any, ...]:
    async with asyncio.timeout(RECORD_S):
        while True:
            found = await current(centre.settings)
            if len(found) == count:
                return found
            await asyncio.sleep(0.2)


async def _until_seen(centre: Centre) -> None:
    """Wait until the router has looked at everything that was said of calls."""
    seen = None
    async with asyncio.timeout(RECORD_S):
        while True:
            text = await asyncio.to_thread(centre.asterisk, "database show siaga-noise seen")
            if seen is not None and text != seen:
                return
            seen = seen or text
            await asyncio.sleep(0.2)
