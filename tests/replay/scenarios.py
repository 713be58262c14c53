"""The calls whose event logs are recorded: each a caller, the handsets, and what they do."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Final

from ops.phone import transfer
from siaga.names import EMERGENCY_NUMBER
from tests.live.calls import CALLER_HZ, answer, arrive, choose
from tests.live.dispatch import all_hear, both_hear, dispatch, talking
from tests.live.wire import Request, offer, udp

if TYPE_CHECKING:
    from ops.phone import Call, Ring
    from tests.live.dispatch import Talk
    from tests.live.phones import Phones


async def answered(phones: Phones, number: str) -> None:
    """Damkar answers; the caller hangs up."""
    await phones.log_in("201")
    call = await choose(phones, number)
    await answer(phones, "201")
    await call.hang_up()


async def handset_hangs_up(phones: Phones, number: str) -> None:
    """Damkar answers and hangs up first."""
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await ring.hang_up()
    await call.ended()


async def english(phones: Phones, number: str) -> None:
    """English, then medical; the hospital answers."""
    await phones.log_in("301")
    call = await choose(phones, number, "92")
    await answer(phones, "301")
    await call.hang_up()


async def nothing_pressed(phones: Phones, number: str) -> None:
    """The caller presses nothing; an operator answers."""
    await phones.log_in("101")
    call = await arrive(phones, number)
    ring = await phones.bank.ring("101", timeout=15)
    await ring.answer()
    await ring.confirmed()
    await call.hang_up()


async def rubbish_pressed(phones: Phones, number: str) -> None:
    """Two keys without meaning; an operator answers."""
    await phones.log_in("101")
    call = await choose(phones, number, "*")
    await call.press("#")
    await answer(phones, "101")
    await call.hang_up()


async def silent_speaks_up(phones: Phones, number: str) -> None:
    """Nothing is heard, the operator is freed; watched, the caller speaks; an operator answers."""
    await phones.log_in("101", "102")
    # The router believes in silence only once it has heard somebody.
    other = await arrive(phones, phones.centre.number())
    other.play_tone(CALLER_HZ)
    call = await arrive(phones, number)
    await other.hang_up()
    ring = await phones.bank.ring("101", timeout=15)
    await ring.answer()
    await ring.ended()
    call.play_tone(CALLER_HZ)
    again = await answer(phones, "101")
    await both_hear(call, again)
    await call.hang_up()


async def leaves_in_menu(phones: Phones, number: str) -> None:
    """The caller hangs up in the greeting."""
    call = await arrive(phones, number)
    await call.hang_up()


async def leaves_while_ringing(phones: Phones, number: str) -> None:
    """The caller hangs up while Damkar rings."""
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    await call.hang_up()
    await ring.cancelled()


async def cancelled(phones: Phones, number: str) -> str:
    """The caller cancels at once; tried until the CANCEL is quicker than the answer."""
    for attempt in range(100):
        caller = f"{number}{attempt:02}"
        async with udp(phones.centre) as wire:
            invite = Request("INVITE", EMERGENCY_NUMBER, caller, body=offer(9))
            await wire.send(invite)
            await wire.send(invite.cancel())
            answer = await wire.final(invite)
            if answer.status == 487:
                return caller
            await wire.send(invite.follow("ACK", answer))
            await wire.ask(invite.follow("BYE", answer))
    raise AssertionError("112 answered before each of 100 CANCELs")


async def nobody_logged_in(phones: Phones, number: str) -> None:
    """Damkar is off the air, Kominfo answers."""
    await phones.log_in("101")
    call = await choose(phones, number)
    await answer(phones, "101")
    await call.hang_up()


async def never_answers(phones: Phones, number: str) -> None:
    """Damkar rings for its whole time, then Kominfo answers."""
    await phones.log_in("201", "101")
    call = await choose(phones, number)
    first = await phones.bank.ring("201")
    await first.alert()
    await answer(phones, "101")
    await call.hang_up()


async def logs_out_while_it_rings(phones: Phones, number: str) -> None:
    """Damkar's only handset leaves the air in the midst of ringing; Kominfo rings and answers."""
    await phones.log_in("201", "101")
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    await phones.log_out("201")
    await answer(phones, "101")
    await call.hang_up()


async def declines(phones: Phones, number: str) -> None:
    """The only handset of Damkar declines until Kominfo has its turn."""
    await phones.log_in("201", "101")
    call = await choose(phones, number)

    async def decline() -> None:
        while True:
            ring = await phones.bank.ring("201")
            await ring.refuse(603)

    declining = asyncio.create_task(decline())
    try:
        await answer(phones, "101")
    finally:
        declining.cancel()
    await call.hang_up()


async def transferred_while_waiting(phones: Phones, number: str) -> None:
    """A waiting call is sent to the hospital, which answers."""
    await phones.log_in("201", "301")
    call = await choose(phones, number)
    ring = await phones.bank.ring("201")
    await ring.alert()
    await _send(phones, number, "rsud")
    await ring.cancelled()
    await answer(phones, "301")
    await call.hang_up()


async def transferred_after_answer(phones: Phones, number: str) -> None:
    """An answered call is sent to the hospital, which answers."""
    await phones.log_in("201", "301")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await _send(phones, number, "rsud")
    await ring.ended()
    await answer(phones, "301")
    await call.hang_up()


async def agency_added(phones: Phones, number: str) -> None:
    """An operator brings the hospital in and leaves; the hospital's leg ends with the call."""
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "add", talk.id, "rsud")
    )
    await talk.officer.hang_up()
    await both_hear(talk.call, agency)
    await talk.call.hang_up()
    await agency.ended()


async def agency_takes_over_and_leaves(phones: Phones, number: str) -> None:
    """BPBD is not there, the hospital is handed the call and hangs up: the operators ring again."""
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    await dispatch(phones.centre, "add", talk.id, "bpbd")
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "transfer", talk.id, "rsud")
    )
    await both_hear(talk.call, agency)
    await agency.hang_up()
    other = await answer(phones, "101")
    await both_hear(talk.call, other)
    await talk.call.hang_up()
    await other.ended()


async def sent_on_and_gone(phones: Phones, number: str) -> None:
    """A handset sends the caller on, and hangs up; he leaves while the colleague rings."""
    call, ring = await _talk(phones, number, "202")
    await transfer.send_on(ring, "202")
    colleague = await phones.bank.ring("202")
    await colleague.alert()
    await ring.hang_up()
    await call.hang_up()
    await colleague.cancelled()


async def sent_on_to_nobody(phones: Phones, number: str) -> None:
    """The colleague declines a caller who was sent on to him; an operator answers."""
    call, ring = await _talk(phones, number, "202", "101")
    await transfer.send_on(ring, "202")
    colleague = await phones.bank.ring("202")
    await colleague.refuse(486)
    await ring.hang_up()
    await both_hear(call, await answer(phones, "101"))
    await call.hang_up()


async def handed_over_after_a_word(phones: Phones, number: str) -> None:
    """The colleague was asked first, takes the caller, and hangs up at once."""
    call, ring = await _talk(phones, number, "202")
    own, colleague = await _ask(phones, ring)
    await colleague.answer()
    await own.answered()
    await transfer.hand_over(ring, own)
    await colleague.hang_up()
    await ring.hang_up()
    await call.ended()


async def left_with_who_rings(phones: Phones, number: str) -> None:
    """The caller is left with a colleague who rings still, and who answers."""
    call, ring = await _talk(phones, number, "202")
    own, colleague = await _ask(phones, ring)
    await transfer.hand_over(ring, own)
    await ring.hang_up()
    await colleague.answer()
    await both_hear(call, colleague)
    await call.hang_up()


async def left_with_who_rings_and_gone(phones: Phones, number: str) -> None:
    """The caller is left with a colleague who rings still, and hangs up."""
    call, ring = await _talk(phones, number, "202")
    own, colleague = await _ask(phones, ring)
    await transfer.hand_over(ring, own)
    await call.hang_up()
    await colleague.cancelled()


async def left_with_who_declines(phones: Phones, number: str) -> None:
    """The caller is left with a colleague who rings still and declines; an operator answers."""
    call, ring = await _talk(phones, number, "202", "101")
    own, colleague = await _ask(phones, ring)
    await transfer.hand_over(ring, own)
    await colleague.refuse(486)
    await both_hear(call, await answer(phones, "101"))
    await call.hang_up()


async def sent_on_in_a_room(phones: Phones, number: str) -> None:
    """The hospital, handed the call, accepts it, and sends the caller on; the colleague has him."""
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "transfer", talk.id, "rsud")
    )
    await both_hear(talk.call, agency)
    await agency.press_many("*0")
    await phones.centre.record(
        number, lambda record: any(leg.accepted for leg in record.legs), filed=False
    )
    await phones.log_in("302")
    await transfer.send_on(agency, "302")
    colleague = await answer(phones, "302")
    await both_hear(talk.call, colleague)
    await talk.call.hang_up()
    await colleague.ended()


async def handed_over_in_a_room(phones: Phones, number: str) -> None:
    """The hospital hands over to a colleague after a word, who leaves before the operator."""
    talk, agency = await _room(phones, number, "302")
    own, colleague = await _ask(phones, agency, "301", "302")
    await colleague.answer()
    await own.answered()
    await transfer.hand_over(agency, own)
    await asyncio.gather(agency.hang_up(), own.ended())
    await all_hear(talk.call, talk.officer, colleague)
    await colleague.hang_up()
    await both_hear(talk.call, talk.officer)
    await talk.call.hang_up()
    await talk.officer.ended()


async def handed_over_by_the_first_in_a_room(phones: Phones, number: str) -> None:
    """The operator, whom the route found, hands over to a colleague after a word, who stays."""
    talk, agency = await _room(phones, number, "102")
    own, colleague = await _ask(phones, talk.officer, "101", "102")
    await colleague.answer()
    await own.answered()
    await transfer.hand_over(talk.officer, own)
    await asyncio.gather(talk.officer.hang_up(), own.ended())
    await all_hear(talk.call, agency, colleague)
    await agency.hang_up()
    await both_hear(talk.call, colleague)
    await talk.call.hang_up()
    await colleague.ended()


async def _room(phones: Phones, number: str, *others: str) -> tuple[Talk, Ring]:
    """A caller, an operator and the hospital; the others are logged in after that."""
    await phones.log_in("101", "301")
    talk = await talking(phones, number)
    agency, _ = await asyncio.gather(
        answer(phones, "301"), dispatch(phones.centre, "add", talk.id, "rsud")
    )
    await all_hear(talk.call, talk.officer, agency)
    await phones.log_in(*others)
    return talk, agency


async def _talk(phones: Phones, number: str, *others: str) -> tuple[Call, Ring]:
    """A caller and Damkar's first handset; the others are logged in after that."""
    await phones.log_in("201")
    call = await choose(phones, number)
    ring = await answer(phones, "201")
    await both_hear(call, ring)
    await phones.log_in(*others)
    return call, ring


async def _ask(
    phones: Phones, ring: Ring, who: str = "201", whom: str = "202"
) -> tuple[Call, Ring]:
    """The officer rings his colleague from the same handset, the caller on hold."""
    await transfer.hold(ring)
    own = await transfer.dial(phones.line, who, phones.centre.password(who), whom)
    colleague = await phones.bank.ring(whom)
    await colleague.alert()
    await own.ringing()
    return own, colleague


async def menu_killed(phones: Phones, number: str) -> None:
    """Tier 1 is killed in the prompt; tier 2 goes on."""
    await phones.log_in("201")
    call = await arrive(phones, number)
    phones.centre.kill("ivr", signal.SIGKILL)
    await call.hears_sound()
    await phones.centre.record(number, lambda record: record.tier == 2, filed=False)
    await call.hears_sound()
    await call.press("1")
    await answer(phones, "201")
    await call.hang_up()
    await phones.centre.until_ready()


async def hostile_number(phones: Phones, number: str) -> None:
    """The caller's number and name are made to break out of whatever they are put into."""
    await phones.log_in("201")
    call = await phones.line.call(number, '";${SHELL(id)}|fire,\\')
    await call.answered()
    await call.press("1")
    await answer(phones, "201")
    await call.hang_up()


async def _send(phones: Phones, number: str, agency: str) -> None:
    record = await phones.centre.record(number, lambda record: bool(record.steps), filed=False)
    done = await asyncio.to_thread(phones.centre.command, "transfer", record.id, agency)
    if done.returncode:
        raise AssertionError(done.stderr)


SCENARIOS: Final = (
    answered,
    handset_hangs_up,
    english,
    nothing_pressed,
    silent_speaks_up,
    rubbish_pressed,
    leaves_in_menu,
    leaves_while_ringing,
    cancelled,
    nobody_logged_in,
    never_answers,
    declines,
    logs_out_while_it_rings,
    transferred_while_waiting,
    transferred_after_answer,
    agency_added,
    agency_takes_over_and_leaves,
    sent_on_and_gone,
    sent_on_to_nobody,
    handed_over_after_a_word,
    left_with_who_rings,
    left_with_who_rings_and_gone,
    left_with_who_declines,
    sent_on_in_a_room,
    handed_over_in_a_room,
    handed_over_by_the_first_in_a_room,
    menu_killed,
    hostile_number,
)
