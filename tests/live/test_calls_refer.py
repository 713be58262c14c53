"""A handset sends its caller on by its own buttons: whoever is not there, the caller is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ops.phone import Ended, PhoneError, transfer
from router.ami import Address, AmiLink, Connected, GetVar
from router.calls.record import Outcome, Reason, StepResult
from siaga import secrets
from siaga.names import AmiUser
from tests.live import wire
from tests.live.calls import answer, check, choose, converse, until_quiet
from tests.live.dispatch import legs
from tests.live.phones import telephones

if TYPE_CHECKING:
    from ops.phone import Call, Ring
    from tests.live.centre import Centre
    from tests.live.phones import Phones

RING_HZ = 425
"""Of the ring-back tone that music and Asterisk have in common."""
FIRST = ("damkar", "queue", StepResult.ANSWERED)
FIRST_LEG = ("route", "damkar", "201", True, "released")


async def talk(phones: Phones, number: str, *others: str) -> tuple[Call, Ring]:
    """A caller who talks with Damkar's first handset; the others are logged in after that."""
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await converse(call, ring)
    if others:
        await phones.log_in(*others)
    return call, ring


async def consult(phones: Phones, ring: Ring, whom: str = "202") -> Call:
    """The officer puts the caller on hold and rings a colleague from the same handset."""
    ring.stop_tone()
    await transfer.hold(ring)
    return await transfer.dial(phones.line, "201", phones.centre.password("201"), whom)


async def music(centre: Centre) -> str:
    """The music class of the one caller who is there."""
    listed = await asyncio.to_thread(centre.asterisk, "core show channels concise")
    names = [line.partition("!")[0] for line in listed.splitlines()]
    (channel,) = [name for name in names if name.startswith("PJSIP/trunk-")]
    secret = secrets.read(centre.settings.secrets).ami[AmiUser.DISPATCH]
    link = AmiLink(Address("127.0.0.1", centre.settings.ports.ami, AmiUser.DISPATCH, secret))
    running = asyncio.create_task(link.run())
    try:
        assert isinstance(await link.next_event(), Connected)
        return (await link.act(GetVar("CHANNEL(musicclass)", channel))).headers["Value"]
    finally:
        running.cancel()


async def sent(ring: Ring, status: int) -> None:
    """The centre takes a transfer, and says what became of it; the handset lets go then."""
    assert status == 202
    assert await transfer.outcome(ring) == 200
    await ring.hang_up()


async def test_a_caller_on_hold_hears_that_he_shall_wait(phones: Phones) -> None:
    """However his handset says that it holds him; then both talk again, and it was one leg."""
    centre, number = phones.centre, phones.centre.number()
    call, ring = await talk(phones, number)
    for direction in (transfer.HELD, "inactive"):
        ring.stop_tone()
        await transfer.hold(ring, direction)
        await call.hears(RING_HZ)
        assert (await music(centre)).endswith("-wait-id")
        await transfer.resume(ring)
        await converse(call, ring)
    await call.hang_up()
    await ring.ended()
    record = await centre.record(number)
    check(centre, record, number)
    assert legs(record) == [("route", "damkar", "201", True, "call_ended")]


async def test_a_caller_who_is_sent_to_a_colleague_talks_with_him(phones: Phones) -> None:
    """He hears that it rings until then; the call is over when the colleague hangs up."""
    centre, number = phones.centre, phones.centre.number()
    call, ring = await talk(phones, number, "202")
    ring.stop_tone()
    status = await transfer.send_on(ring, "202")
    colleague = await phones.bank.ring("202")
    await call.hears(RING_HZ)
    await colleague.answer()
    await sent(ring, status)
    await converse(call, colleague)
    await colleague.hang_up()
    await call.ended()
    record = await centre.record(number)
    steps = [FIRST, ("damkar", "handset", StepResult.ANSWERED)]
    check(centre, record, number, steps=steps, reason=Reason.HANDSET_HUNG_UP)
    assert legs(record) == [FIRST_LEG, ("referred", "damkar", "202", True, "hung_up")]


@pytest.mark.parametrize("how", ["logged out", "declines", "rings on"])
async def test_a_caller_who_is_sent_to_nobody_reaches_a_human(brisk: Centre, how: str) -> None:
    """The handset of another agency that he was sent to does not answer: the operators are rung."""
    number = brisk.number()
    await brisk.until_ready()
    async with telephones(brisk) as phones:
        others = ("101",) if how == "logged out" else ("101", "301")
        call, ring = await talk(phones, number, *others)
        status = await transfer.send_on(ring, "301")
        if how != "logged out":
            other = await phones.bank.ring("301")
            await (other.refuse(486) if how == "declines" else other.alert())
        operator = await answer(phones, "101")
        await sent(ring, status)
        await converse(call, operator)
        await call.hang_up()
        await operator.ended()
    record = await brisk.record(number)
    result = StepResult.UNAVAILABLE if how == "logged out" else StepResult.NO_ANSWER
    steps = [FIRST, ("rsud", "handset", result), ("kominfo", "queue", StepResult.ANSWERED)]
    check(brisk, record, number, steps=steps)
    assert legs(record) == [FIRST_LEG, ("route", "kominfo", "101", True, "call_ended")]


async def test_a_colleague_who_was_asked_takes_the_caller(phones: Phones) -> None:
    """The caller waits meanwhile; afterwards the colleague of another agency has all the keys."""
    centre, number = phones.centre, phones.centre.number()
    call, ring = await talk(phones, number, "301", "401")
    own = await consult(phones, ring, "301")
    colleague = await answer(phones, "301")
    await own.answered()
    await asyncio.gather(converse(own, colleague), call.hears_sound())
    await sent(ring, await transfer.hand_over(ring, own))
    await own.ended()
    await converse(call, colleague)
    await colleague.press_many("*14")
    agency = await answer(phones, "401")
    await converse(call, agency)
    await call.hang_up()
    await agency.ended()
    record = await centre.record(number)
    check(centre, record, number, steps=[FIRST], outcome=Outcome.TRANSFERRED)
    assert legs(record) == [
        FIRST_LEG,
        ("referred", "rsud", "301", True, "call_ended"),
        ("add", "bpbd", "401", True, "call_ended"),
    ]


@pytest.mark.parametrize("answers", [True, False], ids=["answers", "declines"])
async def test_a_caller_is_left_with_a_colleague_who_rings_still(
    phones: Phones, *, answers: bool
) -> None:
    """He rings on for the caller, who reaches him, or else the operators."""
    centre, number = phones.centre, phones.centre.number()
    call, ring = await talk(phones, number, "202", "101")
    own = await consult(phones, ring)
    colleague = await phones.bank.ring("202")
    await colleague.alert()
    await own.ringing()
    await sent(ring, await transfer.hand_over(ring, own))
    await call.hears(RING_HZ)
    if answers:
        await colleague.answer()
        last, steps = colleague, [FIRST]
        then = ("referred", "damkar", "202", True, "call_ended")
    else:
        await colleague.refuse(486)
        last = await answer(phones, "101")
        steps = [
            *(FIRST, ("damkar", "handset", StepResult.NO_ANSWER)),
            ("kominfo", "queue", StepResult.ANSWERED),
        ]
        then = ("route", "kominfo", "101", True, "call_ended")
    await converse(call, last)
    await call.hang_up()
    await last.ended()
    record = await centre.record(number)
    check(centre, record, number, steps=steps)
    assert legs(record) == [FIRST_LEG, then]
    await until_quiet(centre)


async def test_a_colleague_who_does_not_want_the_caller_leaves_him_where_he_was(
    phones: Phones,
) -> None:
    """The officer gives the consultation up and takes the caller back."""
    centre, number = phones.centre, phones.centre.number()
    call, ring = await talk(phones, number, "202")
    own = await consult(phones, ring)
    colleague = await answer(phones, "202")
    await own.answered()
    await colleague.hang_up()
    await own.ended()
    await transfer.resume(ring)
    await converse(call, ring)
    await call.hang_up()
    await ring.ended()
    record = await centre.record(number)
    check(centre, record, number)
    assert legs(record) == [("route", "damkar", "201", True, "call_ended")]


async def test_a_caller_who_hangs_up_is_not_rung_for_any_more(phones: Phones) -> None:
    """While he is on hold, where nothing can be sent on then, and while the colleague rings."""
    centre, number = phones.centre, phones.centre.number()
    call, ring = await talk(phones, number, "202")
    own = await consult(phones, ring)
    colleague = await phones.bank.ring("202")
    await colleague.alert()
    await own.ringing()
    await call.hang_up()
    await ring.ended()
    with pytest.raises(PhoneError, match="not up"):
        await transfer.hand_over(ring, own)
    await own.cancel()
    await colleague.cancelled()
    record = await centre.record(number)
    check(centre, record, number)

    again = centre.number()
    await phones.log_out()
    call, ring = await talk(phones, again, "202")
    own = await consult(phones, ring)
    colleague = await phones.bank.ring("202")
    await colleague.alert()
    await own.ringing()
    await sent(ring, await transfer.hand_over(ring, own))
    await call.hang_up()
    await colleague.cancelled()
    record = await centre.record(again)
    check(centre, record, again)
    assert legs(record) == [FIRST_LEG]
    await until_quiet(centre)


async def test_an_officer_who_hangs_up_both_ends_both(phones: Phones) -> None:
    """In the middle of a consultation: a human who answered has ended the call, as ever."""
    centre, number = phones.centre, phones.centre.number()
    call, ring = await talk(phones, number, "202")
    own = await consult(phones, ring)
    colleague = await answer(phones, "202")
    await own.answered()
    await asyncio.gather(own.hang_up(), ring.hang_up())
    assert (await call.ended()).by is Ended.THEM
    await colleague.ended()
    record = await centre.record(number)
    check(centre, record, number, reason=Reason.HANDSET_HUNG_UP)
    assert legs(record) == [("route", "damkar", "201", True, "hung_up")]


HOSTILE = (
    "<sip:081234567@127.0.0.1>",
    "<sip:siaga-dispatch@127.0.0.1>",
    "<sip:s@127.0.0.1>",
    "<sip:phone-101@127.0.0.1>",
    "<sip:${SHELL(id)}@127.0.0.1>",
    "<sip:202%0d%0aX-A:%20b@127.0.0.1>",
    "<sip:*112@127.0.0.1>",
    "<tel:110>",
    "<sip:202@127.0.0.1?Replaces=no%3Bto-tag%3Dsuch%3Bfrom-tag%3Dcall>",
    "nonsense <<>",
)


async def test_a_caller_is_sent_nowhere_but_to_a_handset(phones: Phones) -> None:
    """Whatever stands in Refer-To both go on talking; from 112 he comes back to the operators."""
    centre, number = phones.centre, phones.centre.number()
    call, ring = await talk(phones, number, "202", "101")
    for target in HOSTILE:
        told = len(ring.notified)
        if await transfer.refer(ring, target) == 202:
            await ring.changes.until(lambda told=told: _denied(ring, told), 10, f"no to {target}")
        assert ring.end is None
        await converse(call, ring)
    status = await transfer.send_on(ring, "112")
    operator = await answer(phones, "101")
    assert status == 202
    await ring.hang_up()
    await converse(call, operator)
    await call.hang_up()
    await operator.ended()
    record = await centre.record(number)
    check(centre, record, number, steps=[FIRST, ("kominfo", "queue", StepResult.ANSWERED)])
    await until_quiet(centre)


def _denied(ring: Ring, told: int) -> bool | None:
    """Whether one of the words since then is a no."""
    return any(status >= 400 for status in transfer.progress(ring)[told:]) or None


async def test_a_caller_sends_nobody_anywhere(phones: Phones) -> None:
    """A REFER from the trunk is refused, and the menu goes on."""
    centre, number = phones.centre, phones.centre.number()
    await phones.log_in("201", "101")
    async with wire.udp(centre) as line:
        invite = wire.Request("INVITE", "112", number, body=wire.offer(9))
        taken = await line.ask(invite)
        await line.send(invite.follow("ACK", taken))
        headers = (f"Refer-To: <sip:201@{line.local[0]}>",)
        asked = invite.follow("REFER", taken)
        asked = replace(asked, headers=headers)
        assert (await line.ask(asked)).status >= 400
        await line.ask(replace(invite.follow("BYE", taken), cseq=9))
    record = await centre.record(number)
    assert record.outcome is Outcome.ABANDONED_MENU
