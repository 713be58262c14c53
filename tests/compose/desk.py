"""Telephones, consoles and command lines of the containers, and what is expected of them."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import ClientError

from ops.phone.errors import PhoneError
from tests.compose.calls import CALLER_HZ, OFFICER_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ops.phone import Call, CallerLine, HandsetBank, Ring
    from tests.compose.console import Reader
    from tests.compose.stack import Stack

RECORD_S: Final = 30.0


class ScenarioError(Exception):
    """The containers did something else than one machine does."""


def expect(what: str, found: object, wanted: object) -> None:
    """Hold what was found against what one machine does.

    Raises:
        ScenarioError: it is something else.
    """
    if found != wanted:
        raise ScenarioError(f"{what}: {found!r}, not {wanted!r}")


@dataclass(frozen=True, slots=True)
class Talk:
    """A caller and an officer who hear each other."""

    number: str
    calling: Call
    ring: Ring


@dataclass
class Desk:
    """The telephones, the consoles, and the command line of each node.

    Attributes:
        desk: a line that handsets call out by. ``seen``: records found, by node.
        up: calls and ringing of the present scenario.
    """

    stack: Stack
    line: CallerLine
    bank: HandsetBank
    desk: CallerLine
    passwords: Mapping[str, str]
    consoles: Mapping[str, Reader]
    seen: dict[str, int] = field(default_factory=dict)
    up: list[Call | Ring] = field(default_factory=list)
    _last: int = 20

    def number(self) -> str:
        """A caller's number that no other call has."""
        self._last += 1
        return f"0812000000{self._last:02d}"

    async def log_in(self, extensions: Iterable[str]) -> None:
        """The handsets log in anew, as they do on their own: the edge lets a login last 120 s."""
        for extension in extensions:
            await self.bank.register(extension, self.passwords[extension])

    async def call(self, keys: str) -> tuple[str, Call]:
        """Somebody calls 112, hears the menu and presses."""
        number = self.number()
        calling = await self.line.call(number)
        self.up.append(calling)
        await calling.answered()
        await calling.hears_sound()
        if keys:
            await calling.press_many(keys)
        return number, calling

    async def ring(self, extension: str, seconds: float = 30.0) -> Ring:
        """A handset rings, by whichever node; what rang before and is over counts no more."""
        deadline = time.monotonic() + seconds
        ring = await self.bank.ring(extension, seconds)
        while ring.end is not None:
            ring = await self.bank.ring(extension, deadline - time.monotonic())
        self.up.append(ring)
        await ring.alert()
        return ring

    async def take(self, extension: str) -> Ring:
        """A handset rings, and is answered."""
        ring = await self.ring(extension)
        await ring.answer()
        return ring

    async def talk(self, keys: str, extension: str) -> Talk:
        """Somebody calls and presses; this handset takes it, and both hear each other."""
        number, calling = await self.call(keys)
        ring = await self.take(extension)
        await converse(calling, ring)
        return Talk(number, calling, ring)

    async def clear(self) -> None:
        """End whatever a scenario left up, so that it costs none but itself."""
        for leg in self.up:
            with suppress(PhoneError):
                await leg.leave()
        self.up.clear()

    async def record(self, number: str, until: Callable[[Mapping[str, Any]], bool]) -> Any:
        """The call's record as node1's console has it, once it is as wanted."""
        deadline = time.monotonic() + RECORD_S
        while time.monotonic() < deadline:
            for row in await self.newest():
                if row["caller"] == number and until(row):
                    self.seen[row["node"]] = self.seen.get(row["node"], 0) + 1
                    return row
            await asyncio.sleep(0.3)
        raise ScenarioError(f"no such record of {number} after {RECORD_S:.0f} s")

    async def rows(self, number: str, count: int) -> list[dict[str, Any]]:
        """This caller's records, once there are so many and all are over.

        A node that refuses a call has one, also when the other takes it.
        """
        deadline = time.monotonic() + RECORD_S
        found: list[dict[str, Any]] = []
        while time.monotonic() < deadline:
            found = [row for row in await self.newest() if row["caller"] == number]
            if len(found) == count and all(over(row) for row in found):
                return found
            await asyncio.sleep(0.3)
        raise ScenarioError(f"{len(found)} records of {number} after {RECORD_S:.0f} s: {found}")

    async def newest(self) -> list[dict[str, Any]]:
        """The newest records; none while the console or the database comes back."""
        try:
            return await self.consoles["node1"].calls()
        except ClientError:
            return []

    async def command(self, node: str, *words: str) -> str:
        """``./siaga112 …`` in a node's container."""
        return await self.inside(node, "./siaga112", *words)

    async def inside(self, node: str, *words: str) -> str:
        """A command in a node's container."""
        return await asyncio.to_thread(self.stack.run, "exec", "-T", node, *words)

    async def alarms(self, node: str) -> list[dict[str, Any]]:
        """What stands at a node."""
        # Its exit status is 1 while there are alarms.
        told = await self.inside(node, "sh", "-c", "./siaga112 alarms --json || true")
        return [json.loads(line) for line in told.splitlines()]

    async def by_turns(self) -> None:
        """Wait until the next calls are the nodes' by turns.

        The sign of life that the edge's health check asks for is a turn like a call.
        """
        await asyncio.to_thread(self.stack.until_probed, "edge")

    async def healthy(self, *services: str) -> None:
        """Until their health checks pass."""
        await asyncio.to_thread(self.stack.until_healthy, *services)


async def converse(calling: Call, ring: Ring) -> None:
    """Both sides hear each other."""
    calling.play_tone(CALLER_HZ)
    ring.play_tone(OFFICER_HZ)
    await asyncio.gather(calling.hears(OFFICER_HZ), ring.hears(CALLER_HZ))


def over(row: Mapping[str, Any]) -> bool:
    """The call has ended."""
    return row["ended"] is not None
