"""Telephones of one test: callers and handsets at a centre, all gone when the test is over."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ops.phone import CallerLine, HandsetBank

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.live.centre import Centre


@dataclass
class Phones:
    """A caller's line, and a bank of handsets of which those asked for are logged in."""

    centre: Centre
    line: CallerLine
    bank: HandsetBank
    _in: list[str] = field(default_factory=list)

    async def log_in(self, *extensions: str) -> None:
        """Log handsets in."""
        for extension in extensions:
            await self.bank.register(extension, self.centre.password(extension))
            self._in.append(extension)

    async def log_out(self, *extensions: str) -> None:
        """Log these out; none: all, so that the next test begins with nobody on the air."""
        for extension in extensions or tuple(self._in):
            await self.bank.unregister(extension, self.centre.password(extension))
            self._in.remove(extension)


@asynccontextmanager
async def telephones(
    centre: Centre, *, media: bool = True, caller_at: str = "127.0.0.1"
) -> AsyncIterator[Phones]:
    """Telephones at a centre; the caller's line is at ``caller_at``."""
    async with AsyncExitStack() as stack:
        calling = CallerLine(centre.sipp, centre.entrance, media=media, address=caller_at)
        line = await stack.enter_async_context(calling)
        bank = await stack.enter_async_context(HandsetBank(centre.sipp, centre.target, media=media))
        phones = Phones(centre, line, bank)
        stack.push_async_callback(phones.log_out)
        yield phones
