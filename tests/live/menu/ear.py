"""Which of the centre's prompts a caller hears, told by the very bytes of its file."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from ops.phone.g711 import Law, encode
from tests.live.menu.prompts import folder

if TYPE_CHECKING:
    from ops.phone import Call
    from tests.live.centre import Centre

LONG_MS = 200
"""Of a prompt, what proves that it is this one."""
HEARD_S = 15.0
LOUD = 0.01
QUIET_S = 0.1
"""Longer than any pause a prompt makes within 200 ms of its sound."""


async def hears_prompt(
    call: Call, centre: Centre, language: str, prompt: str, since: float = 0.0
) -> float:
    """Wait until the caller has heard a stretch of this prompt after ``since``.

    Gives ``time.monotonic()`` then.

    Raises:
        PhoneTimeoutError: another one or none is played.
    """
    said = (folder(centre, language) / f"{prompt}.alaw").read_bytes()

    def check() -> float | None:
        sound = call.heard.since(since, LONG_MS)
        if sound.ms < LONG_MS or sound.rms < LOUD:
            return None
        return call.heard.last_at if encode(sound.samples, Law.PCMA) in said else None

    return await call.changes.until(check, HEARD_S, f"prompt {language}/{prompt}")


async def silence(call: Call) -> float:
    """Wait until what the caller hears stops: nothing arrives for 100 ms, or nothing that is loud.

    Gives ``time.monotonic()`` then.

    Raises:
        PhoneTimeoutError: it goes on.
    """
    async with asyncio.timeout(HEARD_S):
        while True:
            now = time.monotonic()
            if call.heard.since(now - QUIET_S).rms < LOUD:
                return now
            await asyncio.sleep(0.02)
