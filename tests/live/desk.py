"""An operator who dials what only a handset may dial, spelled out message by message."""

from __future__ import annotations

import asyncio
import itertools
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ops.phone import sdp
from tests.live import wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ops.phone.message import Message
    from tests.live.centre import Centre

ADDRESS: Final = "127.0.0.22"
"""Where the operators' handsets are."""


@dataclass
class Desk:
    """An operator's call to some keys, which was answered."""

    line: wire.Wire
    invite: wire.Request
    taken: Message

    async def enter(self, keys: str) -> None:
        """Press keys, as SIP INFO has them, while the line is silent.

        Asterisk counts a key's length by the audio that comes meanwhile.
        """
        last = self.invite
        for key in keys:
            last = replace(
                last.follow("INFO", self.taken),
                body=f"Signal={key}\r\nDuration=160\r\n",
                content_type="application/dtmf-relay",
            )
            assert (await self.line.ask(last)).status == 200
        self.invite = last

    async def hang_up(self) -> None:
        """End it; the centre may have been quicker."""
        await self.line.ask(self.invite.follow("BYE", self.taken))

    async def ended(self) -> None:
        """Wait until the centre ends it.

        Raises:
            TimeoutError: it does not.
        """
        while (await self.line.receive()).start.partition(b" ")[0] != b"BYE":
            pass


@asynccontextmanager
async def quiet_line(taken: Message, address: str = ADDRESS) -> AsyncIterator[None]:
    """Audio of silence goes to whoever answered, for as long as the block lasts."""
    loop = asyncio.get_running_loop()
    session = sdp.parse(taken.body.decode("latin-1"))
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, (address, 0), (session.address, session.port)
    )

    async def send() -> None:
        for number in itertools.count():
            header = struct.pack(">BBHII", 0x80, 8, number % 2**16, number * 160 % 2**32, 1)
            transport.sendto(header + b"\xd5" * 160)
            await asyncio.sleep(0.02)

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.wait((sending,))
        transport.close()


@asynccontextmanager
async def dialling(centre: Centre, handset: str, keys: str, port: int = 9) -> AsyncIterator[Desk]:
    """An operator dials some keys, and is answered; audio goes to this port."""
    async with wire.udp(centre, ADDRESS) as line:
        invite = wire.Request("INVITE", keys, handset, body=wire.offer(port, ADDRESS))
        invite = invite.authorized(await line.ask(invite), centre.password(handset), line)
        taken = await line.ask(invite)
        assert taken.status == 200
        await line.send(invite.follow("ACK", taken))
        yield Desk(line, invite, taken)
