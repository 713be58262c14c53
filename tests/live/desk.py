"""An operator who dials what only a handset may dial, spelled out message by message."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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
async def dialling(centre: Centre, handset: str, keys: str, port: int = 9) -> AsyncIterator[Desk]:
    """An operator dials some keys, and is answered; audio goes to this port."""
    async with wire.udp(centre, ADDRESS) as line:
        invite = wire.Request("INVITE", keys, handset, body=wire.offer(port, ADDRESS))
        invite = invite.authorized(await line.ask(invite), centre.password(handset), line)
        taken = await line.ask(invite)
        assert taken.status == 200
        await line.send(invite.follow("ACK", taken))
        yield Desk(line, invite, taken)
