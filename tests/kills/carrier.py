"""A carrier with one way to the centre or two: what the one does not answer goes by the other."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ops.phone import message
from siaga.names import EMERGENCY_NUMBER
from tests.live import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.phone.message import Message
    from siaga.edge import Edge

ADDRESS: Final = "127.0.0.1"
FIRST_S: Final = 0.5
LONGEST_S: Final = 4.0
GIVEN_UP_S: Final = 32.0
"""How requests are repeated over UDP: RFC 3261, 17.1 (timers A, B and F)."""
OTHER_S: Final = 2.0
"""Without a word for so long a carrier that has another way takes it."""
HEARD_PORT: Final = 9
"""Where its callers want audio: nobody listens, as these are not there to talk."""


@dataclass
class Placed:
    """A call that was placed.

    Attributes:
        number: the caller's. ``at``: when, by ``time.monotonic()``.
        led: when it was answered; None: never.
        way: by which way. ``tries``: how many ways were tried.
        ended: whether the centre heard that the caller hung up.
    """

    number: str
    at: float
    led: float | None = None
    way: Edge | None = None
    tries: int = 0
    ended: bool = False

    @property
    def waited_s(self) -> float:
        """How long until it was answered."""
        assert self.led is not None
        return self.led - self.at


@dataclass
class Carrier:
    """Places calls, each of which stays a while.

    Attributes:
        stays_s: how long a caller stays in the menu.
        calls: all that were placed.
    """

    stays_s: float
    calls: list[Placed] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def place(self, number: str, ways: Sequence[Edge]) -> None:
        """Place a call by the first of these ways that answers."""
        placed = Placed(number, time.monotonic())
        self.calls.append(placed)
        self._tasks.append(asyncio.create_task(self._call(placed, ways)))

    async def over(self) -> None:
        """Wait until each call has ended, in whatever way."""
        await asyncio.gather(*self._tasks)

    async def _call(self, placed: Placed, ways: Sequence[Edge]) -> None:
        for way in ways:
            placed.tries += 1
            patience = GIVEN_UP_S if way is ways[-1] else OTHER_S
            async with wire.udp(None, ADDRESS, (way.host, way.port)) as line:
                request = wire.Request(
                    "INVITE",
                    EMERGENCY_NUMBER,
                    placed.number,
                    body=wire.offer(HEARD_PORT),
                    target=f"sip:{EMERGENCY_NUMBER}@{way}",
                )
                answer = await _asked(line, request, patience)
                if answer is None or answer.status >= 300:
                    continue
                placed.led, placed.way = time.monotonic(), way
                await line.send(_within("ACK", request, answer))
                await asyncio.sleep(self.stays_s)
                bye = await _asked(line, _within("BYE", request, answer), GIVEN_UP_S)
                placed.ended = bye is not None
                return


async def _asked(line: wire.Wire, request: wire.Request, patience_s: float) -> Message | None:
    """The final response to a request that is repeated until there is any; None: there is none.

    Once it was told 100 a carrier waits, however long that takes: there it is being seen to.
    """
    until, pause = time.monotonic() + patience_s, FIRST_S
    heard = None
    while heard is None and (left := until - time.monotonic()) > 0:
        with suppress(OSError):
            # Whether the port is closed or the machine is gone: a carrier waits all the same.
            await line.send(request)
        heard = await _heard(line, request, 100, min(pause, left))
        pause = min(pause * 2, LONGEST_S)
    if heard is None or heard.status >= 200:
        return heard
    return await _heard(line, request, 200, GIVEN_UP_S)


async def _heard(
    line: wire.Wire, request: wire.Request, least: int, within_s: float
) -> Message | None:
    wanted = f"{request.cseq} {request.method}".encode()
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while True:
                try:
                    answer = message.parse(await line.read())
                except OSError:
                    continue
                if answer.status >= least and answer.first("CSeq") == wanted:
                    return answer
    return None


def _within(method: str, request: wire.Request, answer: Message) -> wire.Request:
    """A request in the call that ``answer`` made, as it says where that goes."""
    inside = request.follow(method, answer)
    routes = tuple(f"Route: {route.decode()}" for route in reversed(answer.all("Record-Route")))
    contact = answer.first("Contact").partition(b"<")[2].partition(b">")[0].decode()
    return replace(inside, target=contact, headers=routes)
