"""Whether there is an Asterisk at all: one that hangs still has its port."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

_CONNECT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class AsteriskPort:
    """The port of this node's Asterisk, on loopback."""

    host: str
    port: int

    async def is_gone(self) -> bool:
        """Whether nobody listens there."""
        try:
            async with asyncio.timeout(_CONNECT_S):
                _, writer = await asyncio.open_connection(self.host, self.port)
        except ConnectionRefusedError:
            return True
        except (OSError, TimeoutError):
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return False
