from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ops.phone import Ended
from router.calls.record import Outcome, Reason
from tests.live import wire
from tests.live.calls import (
    IN_MENU,
    UNANSWERED,
    answer,
    arrive,
    check,
    choose,
    converse,
    until_quiet,
)

if TYPE_CHECKING:
    from tests.live.centre import Centre
    from tests.live.phones import Phones


CANCELS = 12


async def test_a_caller_who_leaves_in_the_greeting_is_recorded(phones: Phones) -> None:
    """Who hangs up in the greeting has abandoned the menu, and nobody was rung."""
    number = phones.centre.number()
    call = await arrive(phones, number)
    await call.hang_up()
    check(phones.centre, await phones.centre.record(number), number, IN_MENU)


async def test_a_caller_who_leaves_right_after_choosing_is_recorded(phones: Phones) -> None:
    """Who presses and hangs up at once is recorded as far as he came."""
    await phones.log_in("201")
    number = phones.centre.number()
    call = await choose(phones, number)
    await call.hang_up()
    await until_quiet(phones.centre)
    record = await phones.centre.record(number)
    if record.steps:
        check(phones.centre, record, number, UNANSWERED)
    elif record.choice:
        check(phones.centre, record, number, UNANSWERED, steps=[], outcome=Outcome.ABANDONED_MENU)
    else:
        check(phones.centre, record, number, IN_MENU)


async def test_a_caller_who_leaves_while_it_rings_is_recorded(phones: Phones) -> None:
    """Who hangs up while Damkar's handset rings stops it ringing and has abandoned it."""
    await phones.log_in("201")
    number = phones.centre.number()
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    await call.hears_sound()
    await call.hang_up()
    await ring.cancelled()
    check(phones.centre, await phones.centre.record(number), number, UNANSWERED)


async def test_a_call_goes_from_dialling_to_the_record(phones: Phones) -> None:
    """A caller presses 1, Damkar's handset answers, both talk, the caller hangs up."""
    number = phones.centre.number()
    await phones.log_in("201")
    dialled = datetime.now(UTC)
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    assert ring.caller_number == number
    assert ring.caller_name == "KEBAKARAN"
    lifted = datetime.now(UTC)
    await ring.answer()
    await converse(call, ring)
    talked = datetime.now(UTC)
    await call.hang_up()
    assert (await ring.ended()).by is Ended.THEM
    record = await phones.centre.record(number)
    check(phones.centre, record, number)
    assert record.answered is not None
    assert record.ended is not None
    moments = [dialled, record.began, lifted, record.answered, talked, record.ended]
    assert moments == sorted(moments)


async def test_a_handset_that_hangs_up_ends_the_call(phones: Phones) -> None:
    """When the officer hangs up first the caller's telephone is told, and the record says who."""
    number = phones.centre.number()
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    await ring.hang_up()
    assert (await call.ended()).by is Ended.THEM
    record = await phones.centre.record(number)
    check(phones.centre, record, number, reason=Reason.HANDSET_HUNG_UP)


async def test_a_caller_who_cancels_is_recorded(centre: Centre) -> None:
    """Who gives up before the answer is recorded, whether the CANCEL or the answer was first."""
    answers = dict[str, int]()
    async with wire.udp(centre) as line:
        for _ in range(CANCELS):
            number = centre.number()
            invite = wire.Request("INVITE", "112", number, body=wire.offer(9))
            await line.send(invite)
            await line.send(invite.cancel())
            answer = await line.final(invite)
            answers[number] = answer.status
            if answer.status == 200:
                await line.send(invite.follow("ACK", answer))
                assert (await line.ask(invite.follow("BYE", answer))).status == 200
    await until_quiet(centre)
    for number, status in answers.items():
        assert status in (200, 487)
        record = await centre.record(number, filed=False)
        # A call this short may end before the dialplan has begun with it. One cancelled while the
        # dialplan runs ends at its next line, so that its recording may have begun all the same.
        missing: dict[str, Any] = {} if record.tier else {"tier": None}
        if record.recording is None:
            missing |= {"plan_version": None, "recorded": False, "reason": Reason.CANCELLED}
        check(centre, record, number, IN_MENU, filed=False, **missing)
