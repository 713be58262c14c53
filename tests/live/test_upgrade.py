from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from ops.phone import PhoneError
from router.calls.record import Outcome
from tests.live.calls import converse
from tests.live.menu.staff import take
from tests.live.phones import telephones

if TYPE_CHECKING:
    from router.calls.record import CallRecord
    from tests.live.centre import Centre
    from tests.live.phones import Phones

EVERY_S = 0.2
MOST = 200
CHOSEN = {
    "1": ("fire", "damkar"),
    "2": ("medical", "rsud"),
    "4": ("disaster", "bpbd"),
    "5": ("order", "kominfo"),
}
STAFF = ("101", "102", "201", "202", "301", "302", "401", "402")


async def test_no_caller_notices_a_restart_of_menu_and_router(centre: Centre) -> None:
    """With a call every 200 ms, menu and router are restarted one after the other.

    Every caller is led by tier 1 to the agency he chose, every record is complete, and two who
    talk all the while talk on.
    """
    await centre.until_ready()
    async with telephones(centre) as talking, telephones(centre) as phones:
        await talking.log_in(STAFF[0])
        long = await talking.line.call(centre.number())
        await long.answered()
        await long.press("5")
        ring = await talking.bank.ring(STAFF[0])
        await ring.answer()
        await converse(long, ring)
        await phones.log_in(*STAFF[1:])
        before = {part: centre.pid(part) for part in ("ivr", "router")}
        restarted = asyncio.create_task(asyncio.to_thread(_restart, centre))
        keys = await _load(phones, restarted)
        said = await restarted
        await converse(long, ring)
        await long.hang_up()
    assert [code for code, _ in said] == [0, 0], said
    assert not {centre.pid(part) for part in before} & set(before.values())
    records = await centre.records(set(keys), _is_final)
    led = {n: (r.emergency, r.choice, r.answered_by, r.outcome, r.tier) for n, r in records.items()}
    assert led == {
        number: (CHOSEN[key][0], "digit", CHOSEN[key][1], Outcome.ANSWERED, 1)
        for number, key in keys.items()
    }


def _is_final(record: CallRecord) -> bool:
    """Of a call that ended just as the router was back, the CEL file tells the rest soon after."""
    return record.outcome is not None and record.outcome is not Outcome.LOST


def _restart(centre: Centre) -> list[tuple[int, str]]:
    done = [centre.command("restart", part, timeout_s=120) for part in ("ivr", "router")]
    return [(one.returncode, one.stdout + one.stderr) for one in done]


async def _load(phones: Phones, until: asyncio.Task[list[tuple[int, str]]]) -> dict[str, str]:
    """Callers, one every 200 ms until the task is over, and who takes their calls."""
    staff = [asyncio.create_task(_take_all(phones, extension)) for extension in STAFF[1:]]
    keys: dict[str, str] = {}
    try:
        async with asyncio.TaskGroup() as callers:
            while not until.done() and len(keys) < MOST:
                number = phones.centre.number()
                keys[number] = list(CHOSEN)[len(keys) % len(CHOSEN)]
                callers.create_task(_call(phones, number, keys[number]))
                await asyncio.sleep(EVERY_S)
    finally:
        for one in staff:
            one.cancel()
        await asyncio.gather(*staff, return_exceptions=True)
    return keys


async def _call(phones: Phones, number: str, key: str) -> None:
    call = await phones.line.call(number)
    await call.answered(timeout=30)
    await call.hears_sound(timeout=30)
    await call.press(key)
    await call.ended(timeout=90)


async def _take_all(phones: Phones, extension: str) -> None:
    while True:
        ring = await phones.bank.ring(extension, timeout=120)
        with contextlib.suppress(PhoneError):  # A colleague was quicker.
            await take(ring)


async def test_a_new_menu_that_does_not_start_leaves_the_old_one_at_work(phones: Phones) -> None:
    """A restart into a program that cannot start is refused, and calls are led as before."""
    centre = phones.centre
    await phones.log_in("201")
    compiled = centre.settings.compiled_plan
    kept = compiled.rename(compiled.with_suffix(".kept"))
    try:
        before = centre.pid("ivr")
        done = await asyncio.to_thread(centre.command, "restart", "ivr", timeout_s=120)
        assert done.returncode == 1
        assert "The new program does not start; the old menu goes on" in done.stderr
        assert centre.pid("ivr") == before
        number = centre.number()
        call = await phones.line.call(number)
        await call.answered()
        await call.press("1")
        ring = await phones.bank.ring("201")
        await ring.answer()
        await converse(call, ring)
        await call.hang_up()
        assert (await centre.record(number, filed=False)).tier == 1
    finally:
        kept.rename(compiled)
