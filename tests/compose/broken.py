"""Calls that are not as they should be: each has one record, which says what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ops.phone import CallerLine
from ops.runtime import find_runtime
from siaga import settings
from siaga.names import EMERGENCY_NUMBER
from tests.compose.calls import OFFICER_HZ
from tests.compose.desk import Desk, ScenarioError, expect
from tests.compose.stack import ADDRESS, CARRIERS, EDGE_PORT, NODES
from tests.live import wire
from tests.live.test_edge_front import within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ops.phone.message import Message

Told: TypeAlias = tuple[str, str, str | None]
"""Outcome, reason and handset of a record."""
EDGE: Final = (ADDRESS, EDGE_PORT)
NO_PORT: Final = 9
"""Where audio is thrown away."""
UNCONFIRMED_S: Final = 60.0
"""Longest until the centre ends a call whose answer nobody confirms; RFC 3261: 32 s."""
CANCELS: Final = 6
IN_MENU: Final = ("abandoned_menu", "caller_hung_up", None)
CANCELLED: Final = ("abandoned_menu", "cancelled", None)
UNCONFIRMED: Final = ("abandoned_ringing", "caller_hung_up", None)
ANSWERED: Final = ("answered", "caller_hung_up", "201")


async def broken_calls(desk: Desk) -> str:
    """Cancelled, ended at once, never confirmed, sent again, told nonsense, without any audio."""
    await desk.bank.unregister("101", desk.passwords["101"])
    unconfirmed = asyncio.create_task(_unconfirmed(desk))
    try:
        wanted = {await each(desk): outcomes for each, outcomes in _CALLS}
        given_up = [await _cancelled(desk) for _ in range(CANCELS)]
        wanted |= {number: (IN_MENU,) for number, status in given_up if status == 200}
        wanted[await unconfirmed] = (UNCONFIRMED,)
    finally:
        unconfirmed.cancel()
    nodes: set[str] = set()
    for number, outcomes in wanted.items():
        (row,) = await desk.rows(number, 1)
        if (told := _told(row)) not in outcomes:
            raise ScenarioError(f"{number}: {told}, none of {outcomes}")
        nodes.add(row["node"])
    expect("nodes", sorted(nodes), sorted(NODES))
    early = [number for number, status in given_up if status != 200]
    # Those are over for half a minute. Of one that no node had yet there is none.
    for number in early:
        rows = [_told(row) for row in await desk.newest() if row["caller"] == number]
        if rows not in ([], [CANCELLED], [IN_MENU]):
            raise ScenarioError(f"{number}, cancelled: {rows}")
    return f"{len(wanted)} calls, each with one record; {len(early)} given up in time"


def _told(row: Mapping[str, Any]) -> Told:
    return row["outcome"], row["reason"], row["handset"]


def _call(desk: Desk) -> wire.Request:
    """A call to 112 by a number of its own."""
    to = f"sip:{EMERGENCY_NUMBER}@{ADDRESS}:{EDGE_PORT}"
    offer = wire.offer(NO_PORT)
    return wire.Request("INVITE", EMERGENCY_NUMBER, desk.number(), body=offer, target=to)


async def _taken(line: wire.Wire, invite: wire.Request) -> Message:
    answer = await line.ask(invite)
    expect("answer", answer.status, 200)
    return answer


async def _cancelled(desk: Desk) -> tuple[str, int]:
    """Given up before the answer, whichever of both is first; gives the final status too."""
    async with wire.udp(None, CARRIERS, EDGE) as line:
        invite = _call(desk)
        await line.send(invite)
        await line.send(invite.cancel())
        try:
            answer = await line.final(invite)
        except TimeoutError:
            # The edge has taken the CANCEL, of a call that it had not sent on, and says no more.
            return invite.caller, 0
        if answer.status == 200:
            await line.send(within("ACK", invite, answer))
            await line.ask(within("BYE", invite, answer))
        else:
            expect("cancelled", answer.status, 487)
    return invite.caller, answer.status


async def _cancelled_late(desk: Desk) -> str:
    """Given up after the answer: it goes on, until it is ended."""
    async with wire.udp(None, CARRIERS, EDGE) as line:
        invite = _call(desk)
        answer = await _taken(line, invite)
        await line.send(within("ACK", invite, answer))
        await line.ask(invite.cancel())
        expect("BYE", (await line.ask(within("BYE", invite, answer))).status, 200)
    return invite.caller


async def _ended_at_once(desk: Desk) -> str:
    """Ended in the moment of the answer, which is never confirmed."""
    async with wire.udp(None, CARRIERS, EDGE) as line:
        invite = _call(desk)
        answer = await _taken(line, invite)
        expect("BYE", (await line.ask(within("BYE", invite, answer))).status, 200)
    return invite.caller


async def _sent_again(desk: Desk) -> str:
    """INVITE comes three times, and with BYE once more when it is answered: that was not heard."""
    async with wire.udp(None, CARRIERS, EDGE) as line:
        invite = _call(desk)
        for _ in range(2):
            await line.send(invite)
        answers = [await _taken(line, invite) for _ in range(2)]
        answer, again = answers
        expect("the answer again", again.first("To"), answer.first("To"))
        await line.send(within("ACK", invite, answer))
        bye = within("BYE", invite, answer)
        for _ in range(2):
            expect("BYE", (await line.ask(bye)).status, 200)
    return invite.caller


async def _told_nonsense(desk: Desk) -> str:
    """Somebody who does not know the call's tag cannot end it."""
    async with wire.udp(None, CARRIERS, EDGE) as line:
        invite = _call(desk)
        answer = await _taken(line, invite)
        await line.send(within("ACK", invite, answer))
        bye = within("BYE", invite, answer)
        stranger = replace(bye, to_tag="x", branch=_call(desk).branch)
        expect("a stranger's BYE", (await line.ask(stranger)).status, 481)
        expect("BYE", (await line.ask(replace(bye, cseq=bye.cseq + 1))).status, 200)
    return invite.caller


async def _without_audio(desk: Desk) -> str:
    """A caller who sends keys and no audio: the officer has him, until he leaves."""
    sipp, number = find_runtime(settings.load()).sipp, desk.number()
    async with CallerLine(sipp, EDGE, media=False) as line:
        calling = await line.call(number)
        await calling.answered()
        await calling.press("1")
        ring = await desk.take("201")
        ring.play_tone(OFFICER_HZ)
        await calling.hang_up()
        await ring.ended()
    return number


async def _unconfirmed(desk: Desk) -> str:
    """The answer is sent again and again, and at last the centre ends the call."""
    async with wire.udp(None, CARRIERS, EDGE) as line:
        invite = _call(desk)
        await _taken(line, invite)
        async with asyncio.timeout(UNCONFIRMED_S):
            while not (await line.receive()).start.startswith(b"BYE"):
                pass
    return invite.caller


_CALLS: Final[tuple[tuple[Callable[[Desk], Awaitable[str]], tuple[Told, ...]], ...]] = (
    (_cancelled_late, (IN_MENU,)),
    (_ended_at_once, (IN_MENU,)),
    (_sent_again, (IN_MENU,)),
    (_told_nonsense, (IN_MENU,)),
    (_without_audio, (ANSWERED,)),
)
"""Each with what its record may say."""
