"""Live state as real calls meet it, set with router and menu dead: Asterisk alone is enough."""

from __future__ import annotations

import asyncio
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from ops.api import ask
from ops.live import commands, current
from ops.live.commands import Terms
from router.calls.record import StepResult
from siaga.plan.live import Override
from siaga.settings import PROJECT
from tests.live.calls import RECORD_S, answer, arrive, check, choose, converse
from tests.live.centre import running_centre
from tests.live.phones import telephones
from tests.live.test_calls_outage import nobody_restarts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.phones import Phones

# The centre of this file is made once.
pytestmark = pytest.mark.xdist_group("live_state")

HOUR = Terms("1h", None, "banjir di Sangatta", "ani")
SOON = Terms("3s", None, "istirahat", "ani")

ANNOUNCEMENT = """
announcements:
  flood:
    text: {id: Banjir di Sangatta., en: Flood in Sangatta.}
"""


@pytest.fixture(scope="module")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre whose plan has an announcement, rings for 5 s, and asks whoever calls again."""
    folder = tmp_path_factory.mktemp("stormy")
    plan = folder / "plan.yaml"
    text = (PROJECT / "plans" / "kutim.yaml").read_text(encoding="utf-8")
    plan.write_text(re.sub(r"ring: \d+s", "ring: 5s", text) + ANNOUNCEMENT, encoding="utf-8")
    with running_centre(folder / "home", plan=plan) as running:
        yield running


@pytest_asyncio.fixture
async def phones(stormy: Centre) -> AsyncIterator[Phones]:
    """Telephones at the stormy centre; nothing is set before and after."""
    await stormy.until_ready()
    async with telephones(stormy) as made:
        yield made
    for item in await current(stormy.settings):
        await commands.clear(stormy.settings, item.key, "uji selesai", "uji")


@contextmanager
def asterisk_alone(centre: Centre) -> Iterator[None]:
    """Router and IVR are dead and stay so for the block."""
    with nobody_restarts(centre):
        centre.kill("router")
        centre.kill("ivr")
        yield


async def down(centre: Centre) -> None:
    """Wait until neither answers."""
    await centre.until_down("router")
    await centre.until_down("FastAGI")


async def until_over(centre: Centre) -> None:
    """Wait until no override is in force any more."""
    async with asyncio.timeout(RECORD_S):
        while await current(centre.settings):  # noqa: ASYNC110 (the end is a moment in time)
            await asyncio.sleep(0.1)


async def call_rings(phones: Phones, extension: str) -> CallRecord:
    """A caller reports a fire; this handset rings, both talk; gives the record."""
    centre = phones.centre
    number = centre.number()
    call = await choose(phones, number)
    ring = await answer(phones, extension)
    await converse(call, ring)
    await call.hang_up()
    return await centre.record(number)


def steps(record: CallRecord) -> list[tuple[Any, ...]]:
    """Who was rung, and with what result."""
    return [(step.agency, step.kind, step.result) for step in record.steps]


async def test_a_closed_agency_is_passed_over_until_the_end(phones: Phones) -> None:
    """Damkar, closed with all Python dead, is not rung though free; when the time is over it is."""
    centre = phones.centre
    await phones.log_in("201", "101")
    with asterisk_alone(centre):
        await down(centre)
        await commands.close(centre.settings, "damkar", HOUR)
        call = await choose(phones, closed := centre.number())
        ring = await answer(phones, "101")
        await converse(call, ring)
        await call.hang_up()
        await commands.close(centre.settings, "damkar", SOON)
        await until_over(centre)
        call = await choose(phones, over := centre.number())
        ring = await answer(phones, "201")
        await converse(call, ring)
        await call.hang_up()
    await centre.until_ready()
    assert steps(await centre.record(closed)) == [("kominfo", "queue", StepResult.ANSWERED)]
    assert steps(await centre.record(over)) == [("damkar", "queue", StepResult.ANSWERED)]


async def test_a_diverted_agency_is_stood_in_for_until_cleared(phones: Phones) -> None:
    """With all Python dead Damkar's calls ring RSUD, and Damkar again once that is cleared."""
    centre = phones.centre
    await phones.log_in("201", "301")
    with asterisk_alone(centre):
        await down(centre)
        await commands.divert(centre.settings, "damkar", "rsud", HOUR)
        call = await choose(phones, diverted := centre.number())
        ring = await answer(phones, "301")
        await converse(call, ring)
        await call.hang_up()
        await commands.clear(centre.settings, "damkar", "Damkar kembali", "ani")
        call = await choose(phones, cleared := centre.number())
        ring = await answer(phones, "201")
        await converse(call, ring)
        await call.hang_up()
    await centre.until_ready()
    record = await centre.record(diverted)
    assert steps(record) == [("rsud", "queue", StepResult.ANSWERED)]
    assert (record.emergency, record.handset) == ("fire", "301")
    assert steps(await centre.record(cleared)) == [("damkar", "queue", StepResult.ANSWERED)]


async def test_a_pause_ends_by_itself_with_all_python_dead(phones: Phones) -> None:
    """The only handset is paused: Kominfo rings; after its end the dialplan resumes it itself."""
    centre = phones.centre
    await phones.log_in("201", "101")
    with asterisk_alone(centre):
        await down(centre)
        await commands.pause(centre.settings, "201", HOUR)
        call = await choose(phones, paused := centre.number())
        ring = await answer(phones, "101")
        await converse(call, ring)
        await call.hang_up()
        await commands.pause(centre.settings, "201", SOON)
        await until_over(centre)
        assert "(paused" in await asyncio.to_thread(centre.asterisk, "queue show damkar")
        call = await choose(phones, over := centre.number())
        ring = await answer(phones, "201")
        await converse(call, ring)
        await call.hang_up()
    await centre.until_ready()
    record = await centre.record(paused)
    assert steps(record)[-1] == ("kominfo", "queue", StepResult.ANSWERED)
    assert steps(await centre.record(over)) == [("damkar", "queue", StepResult.ANSWERED)]


async def test_the_other_handset_rings_while_one_is_paused(phones: Phones) -> None:
    """A paused handset stays silent while its colleague takes the call."""
    centre = phones.centre
    await phones.log_in("201", "202")
    await commands.pause(centre.settings, "201", HOUR)
    record = await call_rings(phones, "202")
    check(centre, record, record.caller or "", handset="202")


async def test_an_announcement_is_said_while_it_is_switched_on(phones: Phones) -> None:
    """It is in force for calls that come while it is on, and for no other; all end at once."""
    centre = phones.centre
    await phones.log_in("201")
    assert await announcement(phones) == ""
    await commands.announce(centre.settings, "flood", HOUR)
    assert await announcement(phones) == "flood"
    await commands.silence(centre.settings, "flood", HOUR)
    assert await announcement(phones) == ""
    await commands.announce(centre.settings, "flood", HOUR)
    assert "flood" in await commands.hush(centre.settings, HOUR)
    assert await announcement(phones) == ""


async def announcement(phones: Phones) -> str:
    """Which announcement a call that comes now is told."""
    call = await arrive(phones, phones.centre.number())
    listed = await asyncio.to_thread(phones.centre.asterisk, "core show channels concise")
    (channel,) = [line.split("!")[0] for line in listed.splitlines() if "PJSIP/" in line]
    shown = await asyncio.to_thread(phones.centre.asterisk, f"core show channel {channel}")
    await call.hang_up()
    found = re.search(r"^SIAGA_ANNOUNCEMENT=(.*)$", shown, re.MULTILINE)
    return found[1].strip() if found else ""


async def test_the_router_resumes_a_handset_at_the_end_of_its_pause(phones: Phones) -> None:
    """Without any call the queue has the handset back when its pause is over."""
    centre = phones.centre
    await phones.log_in("201")
    await commands.pause(centre.settings, "201", SOON)
    assert "(paused" in await asyncio.to_thread(centre.asterisk, "queue show damkar")
    async with asyncio.timeout(RECORD_S):
        while "(paused" in await asyncio.to_thread(  # noqa: ASYNC110 (another process)
            centre.asterisk, "queue show damkar"
        ):
            await asyncio.sleep(0.1)
    assert [item.key for item in await current(centre.settings)] == []


async def test_simulate_knows_the_live_state(phones: Phones) -> None:
    """``simulate --live`` foretells that a closed agency is not rung; without it, that it is."""
    centre = phones.centre
    await commands.close(centre.settings, "damkar", HOUR)
    asked = ("simulate", "plans/kutim.yaml", "--press", "1", "--answer", "kominfo")
    alone = await asyncio.to_thread(centre.command, *asked)
    live = await asyncio.to_thread(centre.command, *asked, "--live")
    rings = "Damkar (damkar): berdering"
    assert (alone.returncode, rings in alone.stdout) == (0, True), alone.stderr
    assert (live.returncode, rings in live.stdout) == (0, False), live.stderr


async def test_live_state_is_shown_by_the_router(phones: Phones) -> None:
    """``/api/live`` has every override in force, and ``/health`` their number."""
    settings = phones.centre.settings
    await commands.close(settings, "damkar", HOUR)
    await commands.pause(settings, "201", HOUR)
    rows = await ask(settings, "GET", "/api/live")
    assert {(row["override"], row["name"], row["reason"]) for row in rows} == {
        (Override.CLOSED, "damkar", HOUR.why),
        (Override.PAUSE, "201", HOUR.why),
    }
    async with asyncio.timeout(RECORD_S):
        expected = {"known": True, "overrides": 2}
        while (await ask(settings, "GET", "/health"))["live"] != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
