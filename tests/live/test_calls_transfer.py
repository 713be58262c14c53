from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ops.phone import Ended
from router.calls.record import Outcome, StepResult
from tests.live.calls import answer, check, choose, converse

if TYPE_CHECKING:
    import subprocess

    from tests.live.centre import Centre
    from tests.live.phones import Phones


async def transfer(centre: Centre, call: str, agency: str) -> subprocess.CompletedProcess[str]:
    """Run ``./siaga112 transfer``."""
    return await asyncio.to_thread(centre.command, "transfer", call, agency)


async def test_a_waiting_call_is_sent_to_another_agency(phones: Phones) -> None:
    """While Damkar rings the call is sent to RSUD: Damkar's handset stops, RSUD's rings."""
    number = phones.centre.number()
    await phones.log_in("201", "301")
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    record = await phones.centre.record(number, lambda record: bool(record.steps), filed=False)
    done = await transfer(phones.centre, record.id, "rsud")
    assert done.returncode == 0, done.stderr
    await ring.cancelled()
    await call.hears_sound()
    other = await answer(phones, "301")
    await converse(call, other)
    await call.hang_up()
    check(
        phones.centre,
        await phones.centre.record(number),
        number,
        steps=[
            ("damkar", "queue", StepResult.TRANSFERRED),
            ("rsud", "queue", StepResult.ANSWERED),
        ],
        answered_by="rsud",
        handset="301",
    )


async def test_an_answered_call_is_sent_to_another_agency(phones: Phones) -> None:
    """Damkar talks, the call is sent to RSUD: Damkar's handset gets BYE, RSUD's rings and talks."""
    number = phones.centre.number()
    await phones.log_in("201", "301")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    record = await phones.centre.record(
        number, lambda record: record.answered is not None, filed=False
    )
    done = await transfer(phones.centre, record.id, "rsud")
    assert done.returncode == 0, done.stderr
    assert (await ring.ended()).by is Ended.THEM
    await call.hears_sound()
    other = await answer(phones, "301")
    await converse(call, other)
    await call.hang_up()
    check(
        phones.centre,
        await phones.centre.record(number),
        number,
        steps=[("damkar", "queue", StepResult.ANSWERED), ("rsud", "queue", StepResult.ANSWERED)],
        outcome=Outcome.TRANSFERRED,
    )


async def test_a_call_is_sent_on_even_to_an_agency_off_the_air(phones: Phones) -> None:
    """RSUD is not logged in: the caller who was sent there goes on to the operators, not away."""
    number = phones.centre.number()
    await phones.log_in("201", "101")
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    record = await phones.centre.record(number, lambda record: bool(record.steps), filed=False)
    assert (await transfer(phones.centre, record.id, "rsud")).returncode == 0
    await ring.cancelled()
    other = await answer(phones, "101")
    await converse(call, other)
    await call.hang_up()
    check(
        phones.centre,
        await phones.centre.record(number),
        number,
        steps=[
            ("damkar", "queue", StepResult.TRANSFERRED),
            ("rsud", "queue", StepResult.UNAVAILABLE),
            ("kominfo", "queue", StepResult.ANSWERED),
        ],
        answered_by="kominfo",
        handset="101",
    )


@pytest.mark.parametrize(
    ("call_id", "agency", "said"),
    [
        ("node1-0.0", "rsud", "node1-0.0"),
        ("x'; --\n", "rsud", "tidak ada"),
        ("", "rsud", "tidak ada"),
    ],
)
async def test_a_call_that_is_not_there_is_not_sent(
    phones: Phones, call_id: str, agency: str, said: str
) -> None:
    """An id that no call has is answered with a sentence and exit status 1."""
    done = await transfer(phones.centre, call_id, agency)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


async def test_a_call_goes_on_when_the_agency_is_unknown(phones: Phones) -> None:
    """An agency that the plan lacks is named as such, and the call rings where it rang."""
    number = phones.centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    record = await phones.centre.record(number, lambda record: bool(record.steps), filed=False)
    for agency in ("polres", "damkar,start)", "s\r\nAction: Logoff"):
        done = await transfer(phones.centre, record.id, agency)
        assert done.returncode == 1
        assert "bpbd, damkar, kominfo, rsud" in done.stderr
    await ring.answer()
    await converse(call, ring)
    await call.hang_up()
    check(phones.centre, await phones.centre.record(number), number)


async def test_a_call_that_is_over_is_not_sent(phones: Phones) -> None:
    """Once the caller has hung up, the answer is that the call is over."""
    number = phones.centre.number()
    await phones.log_in("201", "301")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    await call.hang_up()
    record = await phones.centre.record(number)
    done = await transfer(phones.centre, record.id, "rsud")
    assert done.returncode == 1
    assert "sudah selesai" in done.stderr
    check(phones.centre, record, number)
