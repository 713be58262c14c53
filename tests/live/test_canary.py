"""Test calls of our own, on the real centre."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ops.api import ask
from ops.canary.agent import agent
from ops.canary.trial import Centre as Tried
from ops.canary.trial import attempt
from ops.canary.ways import Way
from ops.phone.errors import PhoneError
from siaga import secrets
from siaga.names import CANARY, CANARY_PHONE, TEST_FOLDER
from siaga.plan import load_plan

if TYPE_CHECKING:
    from tests.live.centre import Centre
    from tests.live.phones import Phones


def tried(centre: Centre) -> Tried:
    loaded = load_plan(centre.settings.plan_in_force)
    known = secrets.read(centre.settings.secrets)
    return Tried(centre.settings, known, loaded.plan, loaded.version)


def listed(centre: Centre) -> list[dict[str, object]]:
    done = centre.command("calls", "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def recorded_tests(centre: Centre) -> int:
    async with centre.reader() as reader:
        return sum(record.is_test for record in await reader.calls(1000))


async def test_a_test_call_walks_the_whole_way_and_troubles_nobody(phones: Phones) -> None:
    """One command makes a real call: heard both ways, recorded, its record as it must be.

    The agency's own handset, logged in and free, does not ring; the call is not among callers'.
    """
    centre = phones.centre
    await phones.log_in("201")
    done = centre.command("canary", "--way", "1/damkar", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert (result["way"], result["ok"], result["wrong"]) == ("1/damkar", True, "")
    async with centre.reader() as reader:
        latest = next(record for record in await reader.calls(50) if record.is_test)
    assert latest.answered_by == "damkar"
    assert latest.recording is not None
    assert latest.recording.path.startswith(f"{TEST_FOLDER}/")
    assert not [row for row in listed(centre) if row["test"]]
    assert not phones.bank._rings["201"]


async def test_a_test_call_reaches_an_agency_that_is_second(centre: Centre) -> None:
    """Declined in place of the first agency, the call overflows to the next, as a caller's does."""
    await centre.until_ready()
    way = Way("1", "fire", "id", ("damkar", "kominfo"))
    result = await attempt(tried(centre), way)
    assert result.ok, result.wrong


@pytest.mark.parametrize("tier", [2, 3])
async def test_the_menus_that_stand_by_are_tried(centre: Centre, tier: int) -> None:
    """A test call begins with the standby script, or the native menu; nobody is alarmed by that."""
    await centre.until_ready()
    result = await attempt(tried(centre), Way("1", "fire", "id", ("damkar",), tier))
    assert result.ok, result.wrong
    async with centre.reader() as reader:
        latest = next(record for record in await reader.calls(50) if record.is_test)
    assert latest.tier == tier
    found = await ask(centre.settings, "GET", "/api/alarms")
    assert latest.id not in {row["detail"] for row in found["alarms"]}


async def test_a_test_call_says_what_is_wrong(centre: Centre) -> None:
    """A way that the plan does not have is told by what was not as it must be."""
    await centre.until_ready()
    wrong = await attempt(tried(centre), Way("2", "medical", "en", ("rsud",)))
    assert (wrong.ok, wrong.wrong) == (False, "language is id instead of en")
    other = await attempt(tried(centre), Way("2", "fire", "id", ("damkar",)))
    assert "the display says 'MEDIS" in other.wrong


async def test_a_caller_cannot_pass_for_a_test_call(phones: Phones) -> None:
    """A caller who names himself like the canary is a caller: humans are rung."""
    centre = phones.centre
    await phones.log_in("201")
    sender = b'"canary" <sip:%s@127.0.0.1>' % CANARY.encode()
    call = await phones.line.call(from_value=sender)
    await call.answered()
    await call.hears_sound()
    await call.press("1")
    ring = await phones.bank.ring("201")
    await ring.answer()
    await call.hang_up()
    await ring.ended()
    record = await centre.record(CANARY, lambda record: not record.is_test and bool(record.ended))
    assert record.answered_by == "damkar"
    assert record.recording is not None
    assert not record.recording.path.startswith(TEST_FOLDER)


async def test_the_canarys_door_needs_its_password(centre: Centre) -> None:
    """Neither of its telephones is let in by a wrong password, and no test call begins."""
    await centre.until_ready()
    before = await recorded_tests(centre)
    async with agent(centre.target) as stranger:
        for attempted in (
            stranger.call(CANARY, "wrong", CANARY),
            stranger.call(CANARY_PHONE, "wrong", CANARY),
            stranger.register(CANARY_PHONE, "wrong"),
        ):
            try:
                await attempted
            except PhoneError as error:
                assert "refused" in str(error)
            else:
                raise AssertionError("it was let in")
        # Its telephone may log in with the right password, but has nobody to call.
        password = secrets.read(centre.settings.secrets).canary
        try:
            await stranger.call(CANARY_PHONE, password, CANARY)
        except PhoneError as error:
            assert "refused: 404" in str(error)
        else:
            raise AssertionError("the canary's telephone reached a test call")
    assert await recorded_tests(centre) == before
