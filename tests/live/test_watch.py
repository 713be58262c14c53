"""The centre watching itself, on real processes."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.live.centre import START_S

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.hook import Hook
    from tests.live.phones import Phones


async def get(centre: Centre, path: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{centre.settings.ports.http}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


def parts(text: str) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in json.loads(text)["parts"]}


async def test_every_part_is_told_by_itself(phones: Phones) -> None:
    """With a handset of Damkar's logged in, the node is ready; agencies without are named.

    The doctor asks the running parts themselves, and says the same.
    """
    centre = phones.centre
    await phones.log_in("201")
    assert (await get(centre, "/healthz"))[0] == 200
    async with asyncio.timeout(START_S):
        while (answer := await get(centre, "/readyz"))[0] != 200:  # noqa: ASYNC110 (other processes)
            await asyncio.sleep(0.1)
        while not parts(answer[1])["handsets-damkar"]["ok"]:
            await asyncio.sleep(0.1)
            answer = await get(centre, "/readyz")
    found = parts(answer[1])
    assert {name for name, part in found.items() if part["needed"]} == {
        "asterisk",
        "menu",
        "prompts",
        "handsets",
    }
    assert found["handsets-rsud"]["ok"] is False
    assert found["handsets-rsud"]["todo"]
    done = centre.command("doctor", "--live", "--json")
    findings = {each["name"]: each for each in json.loads(done.stdout)["findings"]}
    for name in ("live-sip", "live-ami", "live-menu", "live-database", "live-router"):
        assert findings[name]["status"] == "ok", findings[name]
    assert findings["router-handsets-rsud"]["status"] == "warn"
    # Nobody hears this centre's alarms, and it says so.
    assert findings["router-alarms"]["status"] == "warn"
    assert "SIAGA_WEBHOOK" in findings["router-alarms"]["todo"]


async def test_calls_are_in_the_metrics_and_callers_are_not(phones: Phones) -> None:
    """A call that is over is counted for its trunk, and its number is nowhere in the figures."""
    centre, number = phones.centre, phones.centre.number()
    call = await phones.line.call(number)
    await call.answered()
    await call.hears_sound()
    await call.hang_up()
    await centre.record(number)
    wanted = 'siaga_calls_total{emergency="",outcome="abandoned_menu",tier="1"}'
    async with asyncio.timeout(START_S):
        while wanted not in (text := (await get(centre, "/metrics"))[1]):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert "siaga_ami_connected 1.0" in text
    assert number not in text


async def test_a_fall_to_a_lower_tier_is_an_alarm(phones: Phones) -> None:
    """With the menu's process hung, a call is led by another tier, and that is an alarm."""
    centre, number = phones.centre, phones.centre.number()
    centre.kill("ivr", signal.SIGSTOP)
    call = await phones.line.call(number)
    await call.answered()
    record = await centre.record(number, lambda record: (record.tier or 1) > 1, filed=False)
    await call.hang_up()
    await centre.until_ready()
    async with asyncio.timeout(START_S):
        # An earlier call may have raised the same alarm; it then tells of the latest one.
        while not (row := _fell(centre, record)):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.1)
    assert row["todo"]["id"]
    assert json.loads((await get(centre, "/health"))[1])["alarms"]["raised"] >= 1


def _fell(centre: Centre, record: CallRecord) -> dict[str, Any] | None:
    """The alarm that tells of this call's fall, if there is one."""
    rows = _alarms(centre, "tier_fell")
    wanted = (str(record.tier), record.id)
    return next((row for row in rows if (row["subject"], row["detail"]) == wanted), None)


def _alarms(centre: Centre, kind: str) -> list[dict[str, Any]]:
    done = centre.command("alarms", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == int(bool(rows)), done.stderr
    return [row for row in rows if row["alarm"] == kind]


async def test_alarms_reach_whoever_receives_notifications(brisk: Centre, hook: Hook) -> None:
    """An agency without handsets, and an alarm on trial, are posted to the webhook."""
    await brisk.until_ready()
    assert brisk.command("alarms", "--trial", "--json").returncode == 1

    def posted(kind: str) -> list[dict[str, Any]]:
        # Other centres of this worker are heard here too.
        bodies = [post.body for post in hook.posts if post.body.get("node") == "brisk"]
        return [body for body in bodies if body.get("alarm") == kind]

    async with asyncio.timeout(START_S):
        while not posted("trial") or not posted("agency_absent"):  # noqa: ASYNC110 (a thread's)
            await asyncio.sleep(0.1)
    (absent, *_) = posted("agency_absent")
    assert absent["event"] in ("alarm_raised", "alarm_cleared")
    assert absent["subject"] in brisk.plan.agencies
    assert absent["text"]["id"].startswith("Tidak satu pun pesawat")
